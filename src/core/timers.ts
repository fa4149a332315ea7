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
import type { Debt, Evidence, NodeMemory, Streak, Suspicion } from './model.ts';
import type { Policy } from './policy.ts';

export type Timers = Pick<NodeMemory, 'worksSinceMs' | 'failingSinceMs' | 'debt' | 'streaks'>;

/** With what tells whether it is the process that failed. */
export type Known = Timers & Pick<NodeMemory, 'hasWorked' | 'uuidSinceMs'>;

export const STOPPED: Timers = {
  worksSinceMs: null,
  failingSinceMs: null,
  debt: null,
  streaks: {},
};

/** @param atMs when the round's first probe was sent */
export const runTimers = (
  policy: Policy,
  known: Known,
  { verdict, voices }: Verdict,
  atMs: number,
): Timers => {
  switch (verdict) {
    case 'unseen':
      // What happened meanwhile is not known: all timers restart (I2).
      return STOPPED;
    case 'works':
      return rest(policy, known, voices, atMs);
    case 'fails': {
      const before = resumed(policy, known, atMs);
      const observers = new Set([
        ...Object.keys(before.streaks),
        ...voices.map(({ observer }) => observer),
      ]);
      const streaks = [...observers].sort().flatMap((observer) => {
        const voice = voices.find((each) => each.observer === observer);
        const streak = runStreak(policy, before.streaks[observer], voice, atMs);
        return streak === null ? [] : [[observer, streak] as const];
      });
      return {
        worksSinceMs: null,
        failingSinceMs: before.failingSinceMs ?? atMs,
        debt: debtAfter(voices, { ...before, owedMs: owedAt(policy, before, atMs) }, atMs),
        streaks: Object.fromEntries(streaks),
      };
    }
  }
};

/** A round in which all was well: what is not paid back yet stands still. */
const rest = (policy: Policy, known: Known, voices: readonly Voice[], atMs: number): Timers => {
  const owedMs = owedAt(policy, known, atMs);
  const kept =
    owedMs > 0
      ? Object.entries(known.streaks)
          .filter(([, { reached }]) => reached)
          .map(([observer, streak]) => {
            const { quietSinceMs, ...still } = stoodStill(known, streak, atMs);
            const quiet = { ...still, stuckSinceMs: null, quietSinceMs: quietSinceMs ?? atMs };
            return [observer, quiet] as const;
          })
      : [];
  // Who does not reach it goes on counting, as dissent.
  const dissent = observersOf(voices, 'unreached')
    .filter((observer) => kept.every(([name]) => name !== observer))
    .map((observer) => {
      const before = known.streaks[observer];
      const sinceMs = before?.reached === false ? before.sinceMs : atMs;
      return [observer, { ...NO_ANSWER_YET, sinceMs }] as const;
    });
  const isOver = kept.length === 0;
  return {
    worksSinceMs: known.worksSinceMs ?? atMs,
    failingSinceMs: isOver ? null : known.failingSinceMs,
    debt: isOver ? null : { ms: owedMs, atMs, rate: -1, isGone: false },
    streaks: Object.fromEntries([...dissent, ...kept]),
  };
};

/** It fails again: its streaks have ended meanwhile, or go on from where their clocks were stopped. */
const resumed = (policy: Policy, known: Known, atMs: number): Known => {
  if (known.worksSinceMs === null || known.failingSinceMs === null) return known;
  const isOver = owedAt(policy, known, atMs) === 0;
  const streaks = Object.entries(known.streaks).flatMap(([observer, streak]) => {
    if (streak.quietSinceMs === null) return [[observer, streak] as const];
    return isOver ? [] : [[observer, stoodStill(known, streak, atMs)] as const];
  });
  const left = { ...known, streaks: Object.fromEntries(streaks) };
  return isOver ? { ...left, failingSinceMs: null, debt: null } : left;
};

/** From the last look on nothing counted. */
const stoodStill = ({ debt }: Timers, streak: Streak, atMs: number): Streak => {
  const byMs = Math.max(0, atMs - (debt?.atMs ?? atMs));
  const later = (sinceMs: number | null): number | null =>
    sinceMs === null ? null : sinceMs + byMs;
  return {
    ...streak,
    sinceMs: streak.sinceMs + byMs,
    faultSinceMs: later(streak.faultSinceMs),
    quietSinceMs: later(streak.quietSinceMs),
  };
};

/** How long it has to answer well until its streak is over. Each look stands for the time until the next one. */
const owedAt = ({ faultToleranceMs }: Policy, known: Known, atMs: number): number => {
  const { debt, hasWorked, uuidSinceMs, failingSinceMs } = known;
  const isAnother = debt?.isGone === true || !hasWorked || uuidSinceMs >= (failingSinceMs ?? atMs);
  if (debt === null || isAnother) return 0;
  const ms = debt.ms + debt.rate * (atMs - debt.atMs);
  return Math.min(faultToleranceMs, Math.max(0, ms));
};

/**
 * Only what a member does itself comes and goes with collections: one good answer disproves that the way is cut, and that
 * threads do no work. Nor does a process that is gone owe anything: who answers next is another one.
 */
const debtAfter = (
  voices: readonly Voice[],
  { debt, owedMs }: Timers & { readonly owedMs: number },
  atMs: number,
): Debt => {
  const complaints = voices.filter((voice) => voice.says === 'fails');
  const isRefused = complaints.length > 0 && complaints.every(({ cause }) => cause === REFUSES);
  const isItsOwn = complaints.some(({ evidence }) => evidence !== 'stuck');
  return { ms: owedMs, atMs, rate: isItsOwn ? 1 : 0, isGone: isRefused || debt?.isGone === true };
};

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

/** The suspicion that the timers amount to: the observer whose tolerance ends last decides. */
export const suspicionOf = (policy: Policy, timers: Timers, cause: string): Suspicion | null => {
  const { worksSinceMs, failingSinceMs, streaks } = timers;
  // Whoever answers well is not suspected, however short ago it failed.
  if (failingSinceMs === null || worksSinceMs !== null) return null;
  const [last] = Object.values(streaks)
    .map((streak) => ripeningOf(policy, streak))
    .sort((a, b) => b.ripeAtMs - a.ripeAtMs);
  return last === undefined ? null : { ...last, sinceMs: failingSinceMs, cause };
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
