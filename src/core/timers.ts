/**
 * How long a node has worked, or misbehaved. Counted from the first failed probe of an unbroken streak, never
 * from the last good one: a slow schedule must not make a fault look older than what was seen.
 *
 * Every observer counts for itself, and the node is ripe when all that complain have complained for
 * their whole tolerance: an observer whose way is lossy has failed for hours when the other one meets
 * its first short pause.
 *
 * A JVM that spends its life in full collections answers now and then (docs/adr/0011). So a round in which
 * everybody who reached the node got good answers stops the clock, and ends the streaks only when such rounds have
 * gone on for as long as the node had failed, or for the tolerance of a wrong answer: whoever fails most of the time
 * gets ripe, whoever pauses now and then does not. A good answer to one observer alone ends only its own streak, when
 * nothing bad follows for that tolerance.
 */
import { observersOf, type Verdict, type Voice } from './detect.ts';
import type { NodeMemory, Streak } from './model.ts';
import type { Policy } from './policy.ts';

export type Timers = Pick<NodeMemory, 'worksSinceMs' | 'failingSinceMs' | 'streaks'>;

export interface Known extends Timers {
  /** Its process has not answered well before: there is nothing that it could recover from. */
  readonly isBooting: boolean;
}

export const STOPPED: Timers = { worksSinceMs: null, failingSinceMs: null, streaks: {} };

/** @param atMs when the round's first probe was sent */
export const runTimers = (policy: Policy, known: Known, verdict: Verdict, atMs: number): Timers => {
  switch (verdict.verdict) {
    case 'unseen':
      // What happened meanwhile is not known: all timers restart (I2).
      return STOPPED;
    case 'works': {
      // Who does not reach it goes on counting, as dissent.
      const unreached = observersOf(verdict.voices, 'unreached');
      const dissent = unreached.map((observer) => {
        const sinceMs = known.streaks[observer]?.sinceMs ?? atMs;
        return [observer, { ...NO_ANSWER_YET, sinceMs }] as const;
      });
      const worksSinceMs = known.worksSinceMs ?? atMs;
      const isOver = known.isBooting || hasEnded(policy, { ...known, worksSinceMs }, atMs);
      const kept = Object.entries(known.streaks).flatMap(([observer, streak]) =>
        isOver || unreached.includes(observer) || isDisproved(streak)
          ? []
          : [[observer, quieted(streak, atMs)] as const],
      );
      return {
        worksSinceMs,
        failingSinceMs: kept.length === 0 ? null : known.failingSinceMs,
        streaks: Object.fromEntries([...dissent, ...kept]),
      };
    }
    case 'fails': {
      const before = resumed(policy, known, atMs);
      const observers = new Set([
        ...Object.keys(before.streaks),
        ...verdict.voices.map(({ observer }) => observer),
      ]);
      const streaks = [...observers].sort().flatMap((observer) => {
        const voice = verdict.voices.find((each) => each.observer === observer);
        const streak = runStreak(policy, before.streaks[observer], voice, atMs);
        return streak === null ? [] : [[observer, streak] as const];
      });
      return {
        worksSinceMs: null,
        failingSinceMs: before.failingSinceMs ?? atMs,
        streaks: Object.fromEntries(streaks),
      };
    }
  }
};

/** Whether good answers, which began at `worksSinceMs`, have outweighed the failures before them. */
const hasEnded = (
  { faultToleranceMs }: Policy,
  { worksSinceMs, failingSinceMs }: Timers,
  atMs: number,
): boolean =>
  worksSinceMs !== null &&
  failingSinceMs !== null &&
  atMs - worksSinceMs >= Math.min(faultToleranceMs, worksSinceMs - failingSinceMs);

/** One good answer disproves that the way is cut, and that threads do no work: neither comes and goes with collections. */
const isDisproved = ({ sinceMs, stuckSinceMs, reached }: Streak): boolean =>
  !reached || stuckSinceMs === sinceMs;

const quieted = (streak: Streak, atMs: number): Streak => ({
  ...streak,
  stuckSinceMs: null,
  quietSinceMs: streak.quietSinceMs ?? atMs,
});

/** It fails again: its streaks have ended meanwhile, or go on from where the clock was stopped. */
const resumed = (policy: Policy, known: Timers, atMs: number): Timers => {
  const { worksSinceMs, failingSinceMs, streaks } = known;
  if (worksSinceMs === null || failingSinceMs === null) return known;
  const isOver = hasEnded(policy, known, atMs);
  const gone = Object.entries(streaks).flatMap(([observer, streak]) => {
    if (streak.quietSinceMs === null) return [[observer, streak] as const];
    return isOver ? [] : [[observer, movedOn(streak, atMs - worksSinceMs)] as const];
  });
  return {
    worksSinceMs,
    failingSinceMs: isOver ? null : failingSinceMs,
    streaks: Object.fromEntries(gone),
  };
};

const movedOn = (streak: Streak, byMs: number): Streak => ({
  ...streak,
  sinceMs: streak.sinceMs + byMs,
  faultSinceMs: streak.faultSinceMs === null ? null : streak.faultSinceMs + byMs,
});

const NO_ANSWER_YET = {
  faultSinceMs: null,
  stuckSinceMs: null,
  reached: false,
  quietSinceMs: null,
};

/** An observer that left the vote has nothing to complain of either, and loses its streak as slowly. */
const runStreak = (
  policy: Policy,
  before: Streak | undefined,
  voice: Voice | undefined,
  atMs: number,
): Streak | null => {
  if (voice?.says === 'fails' || voice?.says === 'unreached') {
    const evidence = voice.says === 'fails' ? voice.evidence : 'silence';
    // It answers again, though wrongly: what was not reached till now may have been our own way, and says nothing of it.
    const isBack = before?.reached === false && evidence !== 'silence';
    const known = before === undefined || isBack ? { ...NO_ANSWER_YET, sinceMs: atMs } : before;
    const { sinceMs, faultSinceMs, stuckSinceMs, reached } = known;
    return {
      sinceMs,
      faultSinceMs: faultSinceMs ?? (evidence === 'fault' ? atMs : null),
      // A pause that began between two probes of one round looks stuck for that round: silence explains it.
      stuckSinceMs: evidence === 'stuck' ? (stuckSinceMs ?? atMs) : null,
      reached: reached || voice.says === 'fails',
      quietSinceMs: null,
    };
  }
  if (before === undefined) return null;
  const quietSinceMs = before.quietSinceMs ?? atMs;
  return atMs - quietSinceMs >= policy.faultToleranceMs ? null : { ...before, quietSinceMs };
};
