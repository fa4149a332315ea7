/** Asynchronous invocations: Lambda's own queue, with retries, a maximum age, and somewhere for what failed. */
import type { LabFunction, Lambda } from './lambda.ts';

export interface AsyncEvents {
  /** Accepts the event and returns: what becomes of it, the caller never learns. */
  accept: (nameOrArn: string, event: string) => void;
}

export interface AsyncEventsParts {
  readonly lambda: Lambda;
  readonly sleep: (ms: number) => Promise<unknown>;
  /** Delivers a record to a queue or topic. */
  readonly deliver: (arn: string, message: object) => Promise<void>;
  readonly onFailure: (what: string, error: unknown) => void;
}

/** After a function error: a minute before the first retry, two before the second. */
const RETRY_MS = 60_000;
/** While throttled: 1 s, growing to 5 min. */
const THROTTLE_MS = 1_000;
const THROTTLE_MS_MAX = 300_000;

type Condition = 'RetriesExhausted' | 'EventAgeExceeded';

export const createAsyncEvents = (parts: AsyncEventsParts): AsyncEvents => {
  const { lambda, sleep } = parts;
  const process = async (target: LabFunction, event: string): Promise<void> => {
    const { name, retriesMax, eventAgeMaxMs } = target.spec;
    const acceptedMs = Date.now();
    let throttleMs = THROTTLE_MS;
    for (let failures = 0; failures <= retriesMax; ) {
      if (Date.now() - acceptedMs > eventAgeMaxMs)
        return await giveUp(target, event, 'EventAgeExceeded');
      const result = await lambda.invoke(name, event).catch(() => 'throttled' as const);
      if (result === 'throttled') {
        await sleep(throttleMs);
        throttleMs = Math.min(throttleMs * 2, THROTTLE_MS_MAX);
        continue;
      }
      if (result.functionError === null) return;
      failures += 1;
      if (failures <= retriesMax) await sleep(RETRY_MS * failures);
    }
    await giveUp(target, event, 'RetriesExhausted');
  };
  const giveUp = async (target: LabFunction, event: string, why: Condition): Promise<void> => {
    const { onFailure, name } = target.spec;
    if (onFailure === null) return;
    await parts.deliver(onFailure, {
      version: '1.0',
      timestamp: new Date().toISOString(),
      requestContext: { functionArn: name, condition: why },
      requestPayload: JSON.parse(event) as unknown,
    });
  };
  return {
    accept: (nameOrArn, event) => {
      const target = lambda.find(nameOrArn);
      process(target, event).catch((error: unknown) =>
        parts.onFailure(`event for ${target.spec.name}`, error),
      );
    },
  };
};
