/** How an act's end is told: certain, postponed, refused or unknown. */
import type { Performed } from '../../core/acts.ts';
import { CallFailed, call } from './call.ts';
import type { Failure } from './failure.ts';

export type Result = Pick<Performed, 'outcome' | 'detail' | 'commandId'> & {
  /** AWS's refusal, for those who know better what it means. */
  readonly refusal?: Failure;
};

export const done = (detail: string): Result => ({ outcome: 'done', detail, commandId: null });

export const skipped = (detail: string): Result => ({
  outcome: 'skipped',
  detail,
  commandId: null,
});

export const failed = (detail: string): Result => ({ outcome: 'failed', detail, commandId: null });

const deferred = (detail: string): Result => ({ outcome: 'deferred', detail, commandId: null });

/**
 * One attempt at changing the world.
 *
 * - not sent because the lease is about to end, throttled, busy, no connection: `deferred`, nothing happened;
 * - a refusal with a code: `failed`;
 * - no reply, or one that says nothing: `unknown`.
 */
export const mutate = async (
  action: string,
  signal: AbortSignal,
  send: () => Promise<Result>,
): Promise<Result> => {
  if (signal.aborted) return deferred(`${action} was not sent: out of time`);
  try {
    return await call(action, send());
  } catch (error) {
    if (!(error instanceof CallFailed)) throw error;
    const { failure, message } = error;
    if (failure.kind === 'refused') return { ...failed(message), refusal: failure };
    if (failure.kind === 'notNow') return deferred(message);
    const detail = `no usable reply to ${action} (${failure.code}): it may have happened`;
    return { outcome: 'unknown', detail, commandId: null };
  }
};

/** A check before an act could not be made: nothing was done, whatever the reason. */
export const unchecked = (error: unknown): Result => {
  const mayPass = error instanceof CallFailed && error.failure.kind !== 'refused';
  const why = error instanceof Error ? error.message : String(error);
  return mayPass ? deferred(`nothing done: ${why}`) : failed(`nothing done: ${why}`);
};

/** A refusal that means "it is already gone" is what was wanted. */
export const gone = (result: Result, code: string, message: RegExp): Result =>
  meant(result, code, message, 'already gone or on its way out');

/** A refusal because it is so already is what was wanted. Bundled, the SDK gives codes without the suffix of their class. */
export const meant = (result: Result, code: string, message: RegExp, is: string): Result => {
  const { refusal, ...plain } = result;
  if (
    refusal === undefined ||
    refusal.code.replace(/Exception$/, '') !== code ||
    !message.test(refusal.message)
  ) {
    return plain;
  }
  return done(`${is} (${refusal.code}: ${refusal.message})`);
};

/** A refusal whose cause and remedy AWS's own words do not tell. */
export const explained = (result: Result, code: string, detail: string): Result =>
  result.refusal?.code === code ? { ...result, detail } : result;

const WORST_FIRST: readonly Result['outcome'][] = ['unknown', 'failed', 'deferred', 'skipped'];

/** The same act on several target groups is as certain as its worst part. */
export const worstOf = (results: readonly Result[]): Result => {
  const worst = WORST_FIRST.map((outcome) => results.find((one) => one.outcome === outcome));
  return (
    worst.find((one) => one !== undefined) ?? done(results.map((one) => one.detail).join('; '))
  );
};
