/**
 * How long a node has worked, or misbehaved. Counted from the first failed probe of a streak, never from the last good
 * one: a slow schedule must not make a fault look older than what was seen.
 *
 * Every observer counts for itself, and the node is ripe when all that complain have complained for
 * their whole tolerance: an observer whose way is lossy has failed for hours when the other one meets
 * its first short pause. A round in which everybody who reached the node got good answers ends all
 * streaks; a good answer to one observer ends its own only when nothing bad follows for a while,
 * because a JVM that spends its life in full collections answers now and then. What it has failed is
 * remembered over good rounds (owed.ts).
 */
import { observersOf, REFUSES, type Verdict, type Voice } from './detect.ts';
import type { Evidence, NodeMemory, Streak, Suspicion } from './model.ts';
import { goesOn, owedAfter } from './owed.ts';
import type { Policy } from './policy.ts';

export type Timers = Pick<NodeMemory, 'worksSinceMs' | 'failingSinceMs' | 'streaks' | 'owed'>;

/** With what tells whether it is the process that failed. */
export type Known = Timers & Pick<NodeMemory, 'hasWorked' | 'uuidSinceMs'>;

export const STOPPED: Timers = { worksSinceMs: null, failingSinceMs: null, streaks: {}, owed: {} };

/** @param atMs when the round's first probe was sent */
export const runTimers = (
  policy: Policy,
  before: Known,
  verdict: Verdict,
  atMs: number,
): Timers => {
  const owed = owedAfter(policy, before, verdict, atMs);
  switch (verdict.verdict) {
    case 'unseen':
      // What happened meanwhile is not known: all timers restart (I2).
      return STOPPED;
    case 'works': {
      // Who does not reach it goes on counting, as dissent.
      const unreached = observersOf(verdict.voices, 'unreached');
      const streaks = unreached.map((observer) => {
        const sinceMs = before.streaks[observer]?.sinceMs ?? atMs;
        return [observer, { ...NO_ANSWER_YET, sinceMs }] as const;
      });
      return {
        worksSinceMs: before.worksSinceMs ?? atMs,
        failingSinceMs: null,
        streaks: Object.fromEntries(streaks),
        owed,
      };
    }
    case 'fails': {
      const voiceOf = (observer: string): Voice | undefined =>
        verdict.voices.find((each) => each.observer === observer);
      const { uuidSinceMs } = before;
      // What an observer is owed is told by that, not by a streak of which it was part.
      const takenUp = Object.entries(before.owed).map(
        ([observer, each]) =>
          [observer, goesOn(each, voiceOf(observer), { uuidSinceMs, atMs })] as const,
      );
      const known = { ...before.streaks, ...Object.fromEntries(takenUp) };
      const observers = new Set([
        ...Object.keys(known),
        ...verdict.voices.map(({ observer }) => observer),
      ]);
      const streaks = [...observers].sort().flatMap((observer) => {
        const streak = runStreak(policy, known[observer] ?? undefined, voiceOf(observer), atMs);
        return streak === null ? [] : [[observer, streak] as const];
      });
      const sinceMs = takenUp.map(([, streak]) => streak?.sinceMs ?? atMs);
      return {
        worksSinceMs: null,
        failingSinceMs: before.failingSinceMs ?? Math.min(atMs, ...sinceMs),
        streaks: Object.fromEntries(streaks),
        owed,
      };
    }
  }
};

const NO_ANSWER_YET = {
  faultSinceMs: null,
  stuckSinceMs: null,
  reached: false,
  quietSinceMs: null,
  failedMs: 0,
  owedMs: 0,
  badUntilMs: null,
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
      ...failedBy(policy, known, voice, atMs),
    };
  }
  if (before === undefined) return null;
  const quietSinceMs = before.quietSinceMs ?? atMs;
  return atMs - quietSinceMs >= policy.faultToleranceMs
    ? null
    : { ...before, quietSinceMs, ...failedBy(policy, before, voice, atMs) };
};

/**
 * A way that is cut and threads that do no work do not come and go with collections: one good answer disproves them. And
 * when nobody listens the process is gone that failed before.
 */
const failedBy = (
  { faultToleranceMs, probeDeadlineMs }: Policy,
  { failedMs, owedMs, badUntilMs }: Streak,
  voice: Voice | undefined,
  atMs: number,
): Pick<Streak, 'failedMs' | 'owedMs' | 'badUntilMs'> => {
  const isFailing = voice?.says === 'fails';
  if (isFailing && voice.cause === REFUSES) return { failedMs: 0, owedMs: 0, badUntilMs: null };
  const passedMs = badUntilMs === null ? 0 : Math.max(0, atMs - badUntilMs);
  const owed = (ms: number): number => Math.min(faultToleranceMs, owedMs + ms);
  if (!isFailing || voice.evidence === 'stuck') {
    return { failedMs, owedMs: owed(passedMs), badUntilMs: null };
  }
  // Whoever does not answer was waited for.
  const waitedMs = voice.evidence === 'silence' ? probeDeadlineMs : 0;
  const badMs = passedMs + waitedMs;
  return { failedMs: failedMs + badMs, owedMs: owed(badMs), badUntilMs: atMs + waitedMs };
};

/** The suspicion that the timers amount to: the observer whose tolerance ends last decides. */
export const suspicionOf = (policy: Policy, timers: Timers, cause: string): Suspicion | null => {
  const { failingSinceMs, streaks } = timers;
  if (failingSinceMs === null) return null;
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
