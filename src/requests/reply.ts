/** What a request is answered with. A refusal is an answer, and says what to do about it. */
import * as v from 'valibot';
import { StateUnreadable, StoreUnavailable } from '../errors.ts';

export const Refusal = v.object({
  ok: v.literal(false),
  /** `wrong`: the request itself; `refused`: the fleet, or a rail; `unknown`: nobody can tell now. */
  why: v.picklist(['wrong', 'refused', 'unknown']),
  message: v.string(),
});
export type Refusal = v.InferOutput<typeof Refusal>;

export const CommandReply = v.union([
  v.object({
    ok: v.literal(true),
    /** `done`: over already, or at once. */
    answer: v.picklist(['accepted', 'done']),
    requestId: v.string(),
    message: v.string(),
  }),
  Refusal,
]);
export type CommandReply = v.InferOutput<typeof CommandReply>;

export const refusal = (why: Refusal['why'], message: string): Refusal => ({
  ok: false,
  why,
  message,
});

/** The first problem: which field, and what it should be; never the value that somebody sent. */
export const wrongRequest = (issues: readonly [v.BaseIssue<unknown>, ...v.BaseIssue<unknown>[]]) =>
  refusal(
    'wrong',
    `the request's ${v.getDotPath(issues[0]) ?? 'form'} is not ${wanted(issues[0])}`,
  );

/** Messages of valibot's own begin with Invalid, and repeat what was received. */
const wanted = ({ type, message, expected }: v.BaseIssue<unknown>): string => {
  if (type === 'strict_object') return expected === 'never' ? 'known here' : 'there';
  return message.startsWith('Invalid') ? (expected ?? type).replaceAll(/["()]/g, '') : message;
};

/** @throws whatever is no trouble of the store */
export const storeRefusal = (error: unknown): Refusal => {
  if (error instanceof StoreUnavailable || error instanceof StateUnreadable) {
    return refusal('unknown', error.message);
  }
  throw error;
};

/** The fleet that is meant, or why there is none. */
export const fleetIn = <F extends { readonly name: string }>(
  fleets: readonly F[],
  name: string,
): F | Refusal => {
  const known = fleets.map((fleet) => fleet.name).join(', ');
  return (
    fleets.find((fleet) => fleet.name === name) ??
    refusal('wrong', `there is no fleet ${name}, only: ${known}`)
  );
};
