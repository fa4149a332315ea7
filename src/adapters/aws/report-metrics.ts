/**
 * Metrics of one fleet: gauges of the last tick, counts and durations since the last time they were sent.
 *
 * CloudWatch bills a metric for each hour in which it was sent. So what is nothing most of the time is sent only when it
 * is something, and its absence means zero; and a fleet that is looked at once a minute sends nothing but its heart-beat
 * while all is well (docs/deploy.md, cost).
 */
import type { MetricDatum } from '@aws-sdk/client-cloudwatch';
import type { Report } from '../../core/model.ts';
import { majorityOf } from '../../core/quorum.ts';
import { vaultAgeMs } from '../../core/vault.ts';

/** What has happened since the metrics were last sent. */
export interface Tally {
  readonly actsStarted: number;
  readonly holds: number;
  /** At least one tick could see and judge. */
  readonly hasSeen: boolean;
  /** One for each tick, the newest last; PutMetricData takes 150 values of one metric. */
  readonly tickMs: readonly number[];
  /** The longest time from when a tick was due until it had seen; 0 when none followed another closely. */
  readonly delayMs: number;
  /** When the next tick is due. Outlives the sending. */
  readonly dueAtMs: number | null;
}

const NOTHING = { actsStarted: 0, holds: 0, hasSeen: false, tickMs: [], delayMs: 0 };
export const EMPTY_TALLY: Tally = { ...NOTHING, dueAtMs: null };
const TICKS_MAX = 150;
/** A tick that follows this much later is another invocation's: the loop was not late, it was elsewhere. */
const GAP_MS = 30_000;

export const tallied = (tally: Tally, report: Report): Tally => {
  const delayMs = tally.dueAtMs === null ? 0 : report.atMs - tally.dueAtMs;
  return {
    actsStarted: tally.actsStarted + actsStartedIn(report),
    holds: tally.holds + (report.plan.kind === 'hold' ? 1 : 0),
    hasSeen: tally.hasSeen || canJudge(report),
    tickMs: [...tally.tickMs, report.tookMs].slice(-TICKS_MAX),
    delayMs: delayMs < GAP_MS ? Math.max(tally.delayMs, delayMs) : tally.delayMs,
    dueAtMs: report.plan.nextCheckAtMs,
  };
};

/** After its metrics were sent. */
export const emptied = ({ dueAtMs }: Tally): Tally => ({ ...NOTHING, dueAtMs });

/** Calls that were made, whatever came of them. A generation for the vault changes nothing. */
export const actsStartedIn = ({ outcome }: Report): number =>
  outcome?.kind === 'acted'
    ? outcome.outcomes.filter(
        ({ kind, outcome: how }) => kind !== 'keep' && how !== 'skipped' && how !== 'deferred',
      ).length
    : 0;

const canJudge = ({ cluster }: Report): boolean =>
  cluster.condition !== 'Blind' && cluster.condition !== 'Unknown';

/** One more loss ends the quorum, or it is lost; and not by design: a fleet of two is always one loss away. */
const isAtRisk = ({ cluster: { condition, core }, seats }: Report): boolean =>
  condition !== 'Blind' && core.length < seats && core.length <= majorityOf(seats);

/** @param isFrugal the fleet is looked at once a minute */
export const metricsOf = (report: Report, tally: Tally, isFrugal: boolean): MetricDatum[] => {
  const { nodes, cluster } = report;
  const troubles: Readonly<Record<string, number>> = {
    NotQuorate: cluster.condition === 'Quorate' ? 0 : 1,
    QuorumAtRisk: isAtRisk(report) ? 1 : 0,
    SuspectNodes: nodes.filter((node) => node.suspicion !== null).length,
    ActsStarted: tally.actsStarted,
    Holds: tally.holds,
  };
  const told = Object.entries(troubles).filter(([, value]) => value > 0);
  const isTold = !isFrugal || told.length > 0;
  const gauges: Readonly<Record<string, number>> = {
    Heartbeat: tally.hasSeen ? 1 : 0,
    ...(isTold && {
      WorkingNodes: nodes.filter((node) => node.condition === 'Healthy').length,
      CoreSize: cluster.core.length,
    }),
    ...Object.fromEntries(told),
  };
  const every = {
    Timestamp: new Date(report.atMs),
    Dimensions: [{ Name: 'Fleet', Value: report.fleet }],
  };
  const counts = Object.entries(gauges).map(([name, value]): MetricDatum => {
    return { ...every, MetricName: name, Value: value, Unit: 'Count' };
  });
  const ageMs = vaultAgeMs(report.vault, report.atMs);
  if (ageMs !== null) {
    counts.push({ ...every, MetricName: 'VaultAgeS', Value: ageMs / 1_000, Unit: 'Seconds' });
  }
  if (isFrugal) return counts;
  const times = { TickMs: [...tally.tickMs], TickDelayMs: [tally.delayMs] };
  return [
    ...counts,
    ...Object.entries(times).map(([name, values]): MetricDatum => {
      return { ...every, MetricName: name, Values: values, Unit: 'Milliseconds' };
    }),
  ];
};
