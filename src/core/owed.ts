/**
 * What is remembered of a member's failures while it answers well. A JVM that spends its life in full collections gives a good
 * round now and then (docs/adr/0011): what it failed before stands still in the meantime, and is paid back by good answers,
 * second for second. Whoever fails most of the time gets ripe all the same; whoever pauses now and then does not.
 */
import type { Verdict, Voice } from './detect.ts';
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
  if (verdict === 'unseen') return {};
  const isEnding = verdict === 'works' && !isAnother(before);
  const observers = [...new Set([...Object.keys(before.owed), ...Object.keys(before.streaks)])];
  const owed = observers.flatMap((observer) => {
    const voice = voices.find((each) => each.observer === observer);
    // What comes after a way that is cut, or fails, is told by the streak.
    if (voice?.says === 'unreached' || voice?.says === 'fails') return [];
    const streak = isEnding ? before.streaks[observer] : undefined;
    const known = streak === undefined ? before.owed[observer] : debtOf(policy, streak, atMs);
    const left = known === undefined ? null : paid(known, atMs);
    return left === null ? [] : [[observer, left] as const];
  });
  return Object.fromEntries(owed);
};

/** It boots, or the process that failed is not the one that answers. */
const isAnother = ({ hasWorked, failingSinceMs, uuidSinceMs }: Before): boolean =>
  !hasWorked || (failingSinceMs !== null && uuidSinceMs >= failingSinceMs);

/** Each look stands for the time until the next one, but only what was seen to be bad from look to look counts as failed. */
const debtOf = (policy: Policy, streak: Streak, atMs: number): Owed => {
  const { failedMs, owedMs, badUntilMs, faultSinceMs, quietSinceMs } = streak;
  const lastMs = badUntilMs === null ? 0 : Math.max(0, atMs - badUntilMs);
  const quietMs = quietSinceMs === null ? 0 : Math.max(0, atMs - quietSinceMs);
  return {
    failedMs,
    faultMs: faultSinceMs === null ? null : Math.min(failedMs, Math.max(0, atMs - faultSinceMs)),
    owedMs: Math.min(policy.faultToleranceMs, owedMs + lastMs) - quietMs,
    atMs,
  };
};

const paid = (owed: Owed, atMs: number): Owed | null => {
  const owedMs = owed.owedMs - Math.max(0, atMs - owed.atMs);
  return owedMs > 0 ? { ...owed, owedMs, atMs } : null;
};

/** The streak that an observer takes up where it stood when the member fails again; `null`: all is paid, or it is another fault. */
export const goesOn = (
  owed: Owed | undefined,
  voice: Voice | undefined,
  atMs: number,
): Streak | null => {
  const isSame = voice?.says === 'fails' && voice.evidence !== 'stuck';
  const left = owed === undefined || !isSame ? null : paid(owed, atMs);
  if (left === null) return null;
  const { failedMs, faultMs, owedMs } = left;
  return {
    sinceMs: atMs - failedMs,
    faultSinceMs: faultMs === null ? null : atMs - faultMs,
    stuckSinceMs: null,
    reached: true,
    quietSinceMs: null,
    failedMs,
    owedMs,
    badUntilMs: null,
  };
};
