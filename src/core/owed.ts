/**
 * What is remembered of a member's failures while it answers well. A JVM that spends its life in full collections gives a good
 * round now and then (docs/adr/0011): what it failed before stands still in the meantime, and is paid back by good answers,
 * second for second. Whoever fails most of the time gets ripe all the same; whoever pauses now and then does not.
 */
import { REFUSES, type Verdict, type Voice } from './detect.ts';
import type { NodeMemory, Owed, Streak } from './model.ts';
import type { Policy } from './policy.ts';

type Before = Pick<NodeMemory, 'streaks' | 'owed' | 'failingSinceMs' | 'hasWorked' | 'uuidSinceMs'>;

/** What is owed to each observer after a round. A streak becomes a debt in a round in which all is well. */
export const owedAfter = (
  policy: Policy,
  before: Before,
  { verdict, voices }: Verdict,
  atMs: number,
): NodeMemory['owed'] => {
  if (verdict === 'unseen' || (verdict === 'works' && isAnother(before))) return {};
  const observers = [...new Set([...Object.keys(before.owed), ...Object.keys(before.streaks)])];
  const owed = observers.flatMap((observer) => {
    const voice = voices.find((each) => each.observer === observer);
    // What comes after a way that is cut, or fails, is told by the streak.
    if (voice?.says === 'unreached' || voice?.says === 'fails') return [];
    const streak = verdict === 'works' ? before.streaks[observer] : undefined;
    const known =
      before.owed[observer] ?? (streak === undefined ? undefined : debtOf(policy, streak, atMs));
    const left = known === undefined ? null : paid(known, atMs);
    const isIts = left !== null && before.uuidSinceMs < left.sinceMs;
    return isIts ? [[observer, left] as const] : [];
  });
  return Object.fromEntries(owed);
};

/** It answers well, though not for as long as it had failed. */
export const isOwing = ({ owed }: Pick<NodeMemory, 'owed'>): boolean =>
  Object.keys(owed).length > 0;

/** It boots, or the process that failed is not the one that answers. */
const isAnother = ({ hasWorked, failingSinceMs, uuidSinceMs }: Before): boolean =>
  !hasWorked || (failingSinceMs !== null && uuidSinceMs >= failingSinceMs);

/** Each look stands for the time until the next one, but only what was seen to be bad from look to look counts as failed. */
const debtOf = (policy: Policy, streak: Streak, atMs: number): Owed => {
  const { failedMs, owedMs, badUntilMs, faultSinceMs, quietSinceMs } = streak;
  const lastMs = badUntilMs === null ? 0 : Math.max(0, atMs - badUntilMs);
  const sinceMs = quietSinceMs ?? atMs;
  return {
    failedMs,
    faultMs: faultSinceMs === null ? null : Math.min(failedMs, Math.max(0, atMs - faultSinceMs)),
    sinceMs,
    owedMs: Math.min(policy.faultToleranceMs, owedMs + lastMs) - Math.max(0, atMs - sinceMs),
    atMs,
  };
};

const paid = (owed: Owed, atMs: number): Owed | null => {
  const owedMs = owed.owedMs - Math.max(0, atMs - owed.atMs);
  return owedMs > 0 ? { ...owed, owedMs, atMs } : null;
};

/**
 * The streak that an observer takes up when the member fails again: where it stood, if it fails this observer too, else as one
 * that has been quiet since. `null`: all is paid, our own way is cut now, or the process is not the one that failed.
 */
export const goesOn = (
  owed: Owed,
  voice: Voice | undefined,
  { uuidSinceMs, atMs }: { readonly uuidSinceMs: number; readonly atMs: number },
): Streak | null => {
  const left = paid(owed, atMs);
  const isRefused = voice?.says === 'fails' && voice.cause === REFUSES;
  const isOther = voice?.says === 'unreached' || isRefused || uuidSinceMs >= owed.sinceMs;
  if (left === null || isOther) return null;
  const { failedMs, faultMs, owedMs, sinceMs } = left;
  const quietSinceMs = voice?.says === 'fails' ? null : sinceMs;
  const fromMs = quietSinceMs ?? atMs;
  return {
    sinceMs: fromMs - failedMs,
    faultSinceMs: faultMs === null ? null : fromMs - faultMs,
    stuckSinceMs: null,
    reached: true,
    quietSinceMs,
    failedMs,
    owedMs,
    badUntilMs: null,
  };
};
