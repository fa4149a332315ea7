/**
 * How long a node has worked, or misbehaved. Counted from the first failed probe of a streak, never from the last good
 * one: a slow schedule must not make a fault look older than what was seen.
 *
 * Every observer counts for itself, and the node is ripe when all that complain have complained for
 * their whole tolerance: an observer whose way is lossy has failed for hours when the other one meets
 * its first short pause.
 *
 * A JVM that spends its life in full collections answers now and then (docs/adr/0011). So a round in which everybody who
 * reached the node got good answers stops the clock, and pays the time for which it has failed back, second for second: the
 * streak ends when all is paid. Whoever fails most of the time gets ripe, whoever pauses now and then does not. A good answer
 * to one observer alone ends only its own streak, when nothing bad follows for the tolerance of a wrong answer.
 */
import { observersOf, REFUSES, type Verdict, type Voice } from './detect.ts';
import type { Debt, NodeMemory, Streak } from './model.ts';
import type { Policy } from './policy.ts';
import { isRipeBy } from './suspicion.ts';

export type Timers = Pick<NodeMemory, 'worksSinceMs' | 'failingSinceMs' | 'debt' | 'streaks'>;

/** With what tells whether it is the process that failed. */
export type Known = Timers & Pick<NodeMemory, 'hasWorked' | 'uuidSinceMs'>;

export const STOPPED: Timers = {
  worksSinceMs: null,
  failingSinceMs: null,
  debt: null,
  streaks: {},
};

/** A round: the end of the one before it, when its first probe was sent, and when it is judged. */
export interface Span {
  readonly lastMs: number;
  readonly atMs: number;
  readonly nowMs: number;
}

export const runTimers = (policy: Policy, known: Known, verdict: Verdict, span: Span): Timers => {
  const { atMs } = span;
  const dueMs = debtAt(policy, known.debt, atMs);
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
      const kept = Object.entries(known.streaks)
        .filter(([observer]) => !unreached.includes(observer))
        .map(([observer, streak]) => [observer, quieted(policy, streak, span)] as const);
      const worksSinceMs = known.worksSinceMs ?? atMs;
      return dueMs <= 0 || kept.length === 0 || isNew(known)
        ? { ...STOPPED, worksSinceMs, streaks: Object.fromEntries(dissent) }
        : {
            worksSinceMs,
            failingSinceMs: known.failingSinceMs,
            debt: { ms: dueMs, atMs, rate: -1 },
            streaks: Object.fromEntries([...dissent, ...kept]),
          };
    }
    case 'fails': {
      const before = resumed(policy, known, span);
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
        debt: debtAfter(verdict.voices, Math.max(0, dueMs), atMs),
        streaks: Object.fromEntries(streaks),
      };
    }
  }
};

/** Each look stands for the time until the next one. */
const debtAt = ({ faultToleranceMs }: Policy, debt: Debt | null, atMs: number): number =>
  debt === null ? 0 : Math.min(faultToleranceMs, debt.ms + debt.rate * (atMs - debt.atMs));

/**
 * A way that is cut and threads that do no work do not come and go with collections: they leave nothing that one good answer
 * does not disprove. Nor does a process that is gone: who answers next is another one.
 */
const debtAfter = (voices: readonly Voice[], dueMs: number, atMs: number): Debt => {
  const complaints = voices.filter((voice) => voice.says === 'fails');
  const isGone = complaints.length > 0 && complaints.every(({ cause }) => cause === REFUSES);
  if (isGone) return { ms: 0, atMs, rate: 0 };
  const isItsOwn = complaints.some(({ evidence }) => evidence !== 'stuck');
  return { ms: dueMs, atMs, rate: isItsOwn ? 1 : 0 };
};

/** It boots, or the one that failed is gone. */
const isNew = ({ hasWorked, uuidSinceMs, failingSinceMs }: Known): boolean =>
  !hasWorked || failingSinceMs === null || uuidSinceMs >= failingSinceMs;

const quieted = (policy: Policy, streak: Streak, { lastMs, atMs, nowMs }: Span): Streak => ({
  ...stopped(policy, streak, lastMs, nowMs),
  stuckSinceMs: null,
  quietSinceMs: streak.quietSinceMs ?? atMs,
});

/** Its clock stood still. Who is ripe stays ripe. */
const stopped = (policy: Policy, streak: Streak, fromMs: number, toMs: number): Streak =>
  isRipeBy(policy, streak, fromMs)
    ? streak
    : { ...streak, wellMs: streak.wellMs + Math.max(0, toMs - fromMs) };

/** It fails, perhaps again: then its streaks have ended meanwhile, or go on from where the clock was stopped. */
const resumed = (policy: Policy, known: Known, { lastMs, atMs }: Span): Timers => {
  const { worksSinceMs, failingSinceMs, debt, streaks } = known;
  if (worksSinceMs === null || failingSinceMs === null) return known;
  const isOver = debtAt(policy, debt, atMs) <= 0;
  const gone = Object.entries(streaks).flatMap(([observer, streak]) => {
    if (streak.quietSinceMs === null) return [[observer, streak] as const];
    return isOver ? [] : [[observer, stopped(policy, streak, lastMs, atMs)] as const];
  });
  return {
    worksSinceMs,
    failingSinceMs: isOver ? null : failingSinceMs,
    debt,
    streaks: Object.fromEntries(gone),
  };
};

const NO_ANSWER_YET = {
  faultSinceMs: null,
  stuckSinceMs: null,
  reached: false,
  quietSinceMs: null,
  wellMs: 0,
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
    const { sinceMs, faultSinceMs, stuckSinceMs, reached, wellMs } = known;
    return {
      sinceMs,
      faultSinceMs: faultSinceMs ?? (evidence === 'fault' ? atMs : null),
      // A pause that began between two probes of one round looks stuck for that round: silence explains it.
      stuckSinceMs: evidence === 'stuck' ? (stuckSinceMs ?? atMs) : null,
      reached: reached || voice.says === 'fails',
      quietSinceMs: null,
      wellMs,
    };
  }
  if (before === undefined) return null;
  const quietSinceMs = before.quietSinceMs ?? atMs;
  return atMs - quietSinceMs >= policy.faultToleranceMs ? null : { ...before, quietSinceMs };
};
