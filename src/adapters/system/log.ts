/** JSON lines for machines and people. Level and service name come from Powertools' and Lambda's own environment. */
import { Logger } from '@aws-lambda-powertools/logger';

/** Fields must be data that may be shown to anybody who may read the log: no secrets, no bodies of answers. */
export interface Log {
  info(message: string, fields: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields: Readonly<Record<string, unknown>>): void;
}

export const createLog = (): Log => {
  const logger = new Logger({ serviceName: 'quorate' });
  return {
    info: (message, fields) => {
      logger.info(message, { ...fields });
    },
    warn: (message, fields) => {
      logger.warn(message, { ...fields });
    },
  };
};
