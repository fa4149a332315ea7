/** What running timers amount to: whether there is a suspicion, and when it is ripe. */
import type { Evidence, Streak, Suspicion } from './model.ts';
import type { Policy } from './policy.ts';
import type { Timers } from './timers.ts';

/**
 * The observer whose tolerance ends last decides. Whoever answers well again is suspected no more, unless it is past its
 * tolerance: then it is no working member again with its first good answer, or soundness, the core and a loss of the majority
 * would flicker with it, and neither an eviction nor a failover would ever be clear enough (docs/adr/0011).
 */
export const suspicionOf = (
  policy: Policy,
  { worksSinceMs, failingSinceMs, streaks }: Timers,
  cause: string,
  nowMs: number,
): Suspicion | null => {
  if (failingSinceMs === null) return null;
  const [last] = Object.values(streaks)
    .map((streak) => ripeningOf(policy, streak))
    .sort((a, b) => b.ripeAtMs - a.ripeAtMs);
  if (last === undefined) return null;
  return worksSinceMs === null || last.ripeAtMs <= nowMs
    ? { ...last, sinceMs: failingSinceMs, quietSinceMs: worksSinceMs, cause }
    : null;
};

/** This round shows the fault. Nothing is begun against a node in a round in which it answers well. */
export const failsNow = (suspicion: Suspicion | null): suspicion is Suspicion =>
  suspicion !== null && suspicion.quietSinceMs === null;

/** It is past its tolerance and answers well, though not for long enough to be counted again. */
export const isRecovering = (suspicion: Suspicion | null): suspicion is Suspicion =>
  suspicion !== null && suspicion.quietSinceMs !== null;

/** Whether an observer's streak stands for a whole tolerance: it did not end before. */
export const isWhole = (policy: Policy, streak: Streak): boolean =>
  streak.quietSinceMs === null || isRipeBy(policy, streak, streak.quietSinceMs);

export const isRipeBy = (policy: Policy, streak: Streak, atMs: number): boolean =>
  ripeningOf(policy, streak).ripeAtMs <= atMs;

type Ripening = Pick<Suspicion, 'evidence' | 'ripeAtMs'>;

/** Whichever tolerance of one observer runs out first. */
export const ripeningOf = (
  policy: Policy,
  { sinceMs, faultSinceMs, stuckSinceMs, wellMs }: Streak,
): Ripening => {
  const until = (evidence: Evidence, fromMs: number | null, toleranceMs: number): Ripening => ({
    evidence,
    ripeAtMs: (fromMs ?? Infinity) + toleranceMs,
  });
  const silence = until('silence', sinceMs, policy.silenceToleranceMs + wellMs);
  return [
    until('fault', faultSinceMs, policy.faultToleranceMs + wellMs),
    until('stuck', stuckSinceMs, policy.faultToleranceMs),
  ].reduce((first, next) => (next.ripeAtMs < first.ripeAtMs ? next : first), silence);
};
