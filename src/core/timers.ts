/**
 * How long a node has misbehaved. Counted from the first failed probe of an unbroken streak, never
 * from the last good one: a slow schedule must not make a fault look older than what was seen.
 * Only a round in which everybody who reached it got good answers breaks the streak. Silence and
 * wrong answers run on separate timers, because they have separate tolerances.
 */
import type { Verdict } from './detect.ts';
import type { NodeMemory, Suspicion } from './model.ts';
import type { Policy } from './policy.ts';

export type Timers = Pick<
  NodeMemory,
  'failingSinceMs' | 'faultSinceMs' | 'failedBy' | 'dissentSinceMs'
>;

export const STOPPED: Timers = {
  failingSinceMs: null,
  faultSinceMs: null,
  failedBy: [],
  dissentSinceMs: null,
};

/** @param atMs when the round's first probe was sent */
export const runTimers = (timers: Timers, verdict: Verdict, atMs: number): Timers => {
  switch (verdict.verdict) {
    case 'unseen':
      // What happened meanwhile is not known: all timers restart (I2).
      return STOPPED;
    case 'works':
      return {
        ...STOPPED,
        dissentSinceMs: verdict.dissent.length > 0 ? (timers.dissentSinceMs ?? atMs) : null,
      };
    case 'fails':
      return {
        failingSinceMs: timers.failingSinceMs ?? atMs,
        faultSinceMs: timers.faultSinceMs ?? (verdict.evidence === 'fault' ? atMs : null),
        failedBy: [...new Set([...timers.failedBy, ...verdict.failedBy])].sort(),
        dissentSinceMs: timers.dissentSinceMs,
      };
  }
};

/** The suspicion that the timers amount to; whichever tolerance runs out first decides. */
export const suspicionOf = (policy: Policy, timers: Timers, cause: string): Suspicion | null => {
  const { failingSinceMs, faultSinceMs } = timers;
  if (failingSinceMs === null) return null;
  const silentUntilMs = failingSinceMs + policy.silenceToleranceMs;
  const faultyUntilMs = (faultSinceMs ?? Infinity) + policy.faultToleranceMs;
  return {
    evidence: faultyUntilMs < silentUntilMs ? 'fault' : 'silence',
    sinceMs: failingSinceMs,
    ripeAtMs: Math.min(silentUntilMs, faultyUntilMs),
    cause,
  };
};
