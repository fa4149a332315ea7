/** Asks the functions of a deployment. What cannot be reached is an answer, and says what to do about it. */
import { QuorateError } from '../errors.ts';
import { type Refusal, refusal } from '../requests/reply.ts';
import type { Backend } from './backend.ts';

/** @param stage of `quorate-STAGE-query` and `quorate-STAGE-command` */
export const deployed = async (stage: string): Promise<Backend> => {
  // Half a second of loading, which nobody else should wait for.
  const { createFunctionCaller } = await import('../adapters/aws/function-call.ts');
  const { invoke, close } = createFunctionCaller();
  const ask = async (part: string, event: unknown): Promise<unknown> => {
    const name = `quorate-${stage}-${part}`;
    try {
      return await invoke(name, event);
    } catch (error) {
      if (error instanceof QuorateError) return unreached(name, error);
      throw error;
    }
  };
  return {
    ask: async (query) => await ask('query', query),
    order: async (command) => await ask('command', command),
    close,
  };
};

const unreached = (name: string, { message }: QuorateError): Refusal => {
  if (message.includes('ResourceNotFoundException')) {
    const missing = `there is no function ${name} in this region: is --stage right? --local asks without it`;
    return refusal('unknown', missing);
  }
  return refusal('unknown', message.startsWith(name) ? message : `${name}: ${message}`);
};
