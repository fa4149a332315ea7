/** From what a scenario left behind to its result. Pure. Times come in since the epoch and go out from the scenario's start. */
import type { Call, Census } from '../clients/call.ts';
import { mitigatedAt } from './mitigation.ts';
import type { ScenarioResult } from './result.ts';
import { forcedLogouts, type SessionTruth, sessionFates } from './sessions.ts';

/** What was played, copied into the result as it is. */
export type Setting = Pick<
  ScenarioResult,
  | 'scenario'
  | 'controller'
  | 'profile'
  | 'heartbeatS'
  | 'ssmDelayMs'
  | 'toleranceMs'
  | 'bootMs'
  | 'realMembers'
  | 'seed'
>;

/** Moments since the epoch; `null`: never. */
export interface Marks {
  readonly startedAtMs: number;
  /** The end of the calls. */
  readonly endedAtMs: number;
  readonly faultAtMs: number | null;
  readonly detectedAtMs: number | null;
  readonly evictedAtMs: number | null;
  readonly replacedAtMs: number | null;
  readonly recoveredAtMs: number | null;
}

/** An act of the journal. */
export interface JournalAct {
  readonly atMs: number;
  readonly kind: string;
  readonly target: string;
  readonly outcome: string;
}

/** What the lab knows because it did it or saw it itself, whatever the controller says. */
export interface Truth extends SessionTruth {
  /** By instance: when its fault began. Instances that are not here served all the time. */
  readonly faults: Readonly<Record<string, number>>;
  /**
   * Members put out of the core's lists, and members killed or instances terminated, by the controller or by AWS;
   * not what the fault itself did.
   */
  readonly removals: readonly {
    readonly what: 'evicted' | 'killed';
    readonly instanceId: string;
    readonly atMs: number;
  }[];
  /** How young a fault must not be when its victim is touched. */
  readonly patienceMs: number;
  readonly railsBroken: readonly string[];
}

export interface Evidence {
  readonly setting: Setting;
  readonly marks: Marks;
  readonly calls: readonly Call[];
  readonly census: Census;
  readonly acts: readonly JournalAct[];
  readonly truth: Truth;
}

/** Wrong: the instance served, or its fault was younger than the tolerance. An instance counts once. */
const wrongly = (what: 'evicted' | 'killed', { faults, removals, patienceMs }: Truth): number => {
  const wrong = removals
    .filter((removal) => removal.what === what)
    .filter(({ instanceId, atMs }) => atMs - (faults[instanceId] ?? Infinity) < patienceMs);
  return new Set(wrong.map(({ instanceId }) => instanceId)).size;
};

/** The rate is that of the steady load: it begins with the first call that is not a log-in. */
const callCounts = (calls: readonly Call[], { startedAtMs, endedAtMs }: Marks) => {
  const counted = calls.filter((call) => call.startMs >= startedAtMs);
  const loadFromMs = counted
    .filter((call) => call.kind !== 'login')
    .reduce((first, call) => Math.min(first, call.startMs), endedAtMs);
  const seconds = (endedAtMs - loadFromMs) / 1000;
  const inLoad = counted.filter((call) => call.startMs >= loadFromMs).length;
  return {
    total: counted.length,
    failed: counted.filter((call) => call.failed).length,
    perSecond: seconds > 0 ? Math.round((inLoad / seconds) * 10) / 10 : 0,
  };
};

export const measure = (evidence: Evidence): ScenarioResult => {
  const { setting, marks, calls, census, acts, truth } = evidence;
  const sinceStart = (atMs: number | null): number | null =>
    atMs === null ? null : Math.round(atMs - marks.startedAtMs);
  const { faultAtMs } = marks;
  return {
    ...setting,
    faultAtMs: sinceStart(faultAtMs),
    detectedAtMs: sinceStart(marks.detectedAtMs),
    evictedAtMs: sinceStart(marks.evictedAtMs),
    mitigatedAtMs:
      faultAtMs === null ? null : sinceStart(mitigatedAt(calls, faultAtMs, marks.endedAtMs)),
    replacedAtMs: sinceStart(marks.replacedAtMs),
    recoveredAtMs: sinceStart(marks.recoveredAtMs),
    calls: callCounts(calls, marks),
    sessions: sessionFates(census, faultAtMs ?? marks.startedAtMs, truth),
    forcedLogouts: forcedLogouts(census),
    acts: acts.map(({ atMs, kind, target, outcome }) => ({
      tMs: Math.round(atMs - marks.startedAtMs),
      kind,
      target,
      outcome,
    })),
    wronglyEvicted: wrongly('evicted', truth),
    wronglyKilled: wrongly('killed', truth),
    railsBroken: [...truth.railsBroken],
  };
};

/** The later of the two middle values when their number is even, so that it never flatters; `null` (never) is later than any time. */
export const median = (values: readonly (number | null)[]): number | null =>
  [...values].sort((a, b) => (a ?? Infinity) - (b ?? Infinity))[values.length >> 1] ?? null;
