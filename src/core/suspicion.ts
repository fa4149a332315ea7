/** What running timers amount to: whether there is a suspicion, when it is ripe, and whether the node counts as working meanwhile. */
import type { Verdict } from './detect.ts';
import type { Evidence, Streak, Suspicion } from './model.ts';
import type { Policy } from './policy.ts';
import { seconds } from './seconds.ts';
import type { Timers } from './timers.ts';

/** The suspicion that the timers amount to: the observer whose tolerance ends last decides. */
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
  const suspicion = { ...last, sinceMs: failingSinceMs, quietSinceMs: worksSinceMs, cause };
  // Who was not ripe before its good answers does not get ripe by them.
  return worksSinceMs === null || last.ripeAtMs <= worksSinceMs
    ? suspicion
    : { ...suspicion, ripeAtMs: last.ripeAtMs + nowMs - worksSinceMs };
};

/** This round shows the fault. Nothing is begun against a node in a round in which it answers well. */
export const failsNow = (suspicion: Suspicion | null): suspicion is Suspicion =>
  suspicion !== null && suspicion.quietSinceMs === null;

/**
 * What a round says in the light of those before it. Whoever has failed for a whole tolerance is no working member
 * again with its first good answer: soundness, the core and a loss of the majority would flicker with it, and neither
 * an eviction nor a failover would ever be clear enough.
 */
export const inLightOf = (
  policy: Policy,
  timers: Timers,
  verdict: Verdict,
  nowMs: number,
): Verdict => {
  const suspicion = verdict.verdict === 'works' ? suspicionOf(policy, timers, '', nowMs) : null;
  if (suspicion === null || nowMs < suspicion.ripeAtMs) return verdict;
  const { evidence, quietSinceMs } = suspicion;
  const cause = `answers well again, though not for long enough (${seconds(nowMs - (quietSinceMs ?? nowMs))})`;
  return { verdict: 'fails', evidence, cause, voices: verdict.voices };
};

/** Whether an observer's streak stands for a whole tolerance: it did not end before. */
export const isWhole = (policy: Policy, streak: Streak): boolean =>
  streak.quietSinceMs === null || streak.quietSinceMs >= ripeningOf(policy, streak).ripeAtMs;

type Ripening = Pick<Suspicion, 'evidence' | 'ripeAtMs'>;

/** Whichever tolerance of one observer runs out first. */
const ripeningOf = (policy: Policy, { sinceMs, faultSinceMs, stuckSinceMs }: Streak): Ripening => {
  const until = (evidence: Evidence, fromMs: number | null, toleranceMs: number): Ripening => ({
    evidence,
    ripeAtMs: (fromMs ?? Infinity) + toleranceMs,
  });
  const silence = until('silence', sinceMs, policy.silenceToleranceMs);
  return [
    until('fault', faultSinceMs, policy.faultToleranceMs),
    until('stuck', stuckSinceMs, policy.faultToleranceMs),
  ].reduce((first, next) => (next.ripeAtMs < first.ripeAtMs ? next : first), silence);
};
