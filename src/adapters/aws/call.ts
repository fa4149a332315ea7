/** One question to AWS: its answer, or a `CallFailed` that says which action, why, and what to do about it. */
import type { Reading } from '../../core/observation.ts';
import { QuorateError } from '../../errors.ts';
import { type Failure, failureOf, sentenceOf } from './failure.ts';

/** An AWS call that gave no answer. The message is a sentence for people. */
export class CallFailed extends QuorateError {
  override readonly name = 'CallFailed';
  readonly failure: Failure;
  constructor(action: string, cause: unknown) {
    const failure = failureOf(cause);
    super(sentenceOf(action, failure), { cause });
    this.failure = failure;
  }
}

/**
 * @param action as IAM spells it, for example `ec2:DescribeInstances`.
 * @throws CallFailed
 */
export const call = async <T>(action: string, answer: Promise<T>): Promise<T> => {
  try {
    return await answer;
  } catch (error) {
    throw new CallFailed(action, error);
  }
};

/** The same as a value: never rejects for what AWS refuses or loses. */
export const readingOf = async <T>(action: string, answer: Promise<T>): Promise<Reading<T>> => {
  try {
    return { ok: true, value: await call(action, answer) };
  } catch (error) {
    if (!(error instanceof CallFailed)) throw error;
    return { ok: false, error: error.message };
  }
};

/** All pages of a listing. @throws CallFailed also when only some pages came: half a list is not a list. */
export const pagesOf = async <T>(
  action: string,
  pages: AsyncIterable<T>,
): Promise<readonly T[]> => {
  const all: T[] = [];
  try {
    for await (const page of pages) all.push(page);
  } catch (error) {
    throw new CallFailed(action, error);
  }
  return all;
};

/** The caller's signal, or a deadline of our own, whichever ends first. */
export const within = (deadlineMs: number, signal?: AbortSignal): AbortSignal => {
  const timeout = AbortSignal.timeout(deadlineMs);
  return signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
};

/** AWS limits how many names one question may carry. */
export const slicesOf = <T>(items: readonly T[], size: number): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
