/** Metrics of one fleet: gauges of the last tick, counts and durations since the last time they were sent. */
import type { MetricDatum } from '@aws-sdk/client-cloudwatch';
import type { Report } from '../../core/model.ts';

/** What has happened since the metrics were last sent. */
export interface Tally {
  readonly actsStarted: number;
  readonly holds: number;
  /** One for each tick, the newest last; PutMetricData takes 150 values of one metric. */
  readonly tickMs: readonly number[];
}

export const EMPTY_TALLY: Tally = { actsStarted: 0, holds: 0, tickMs: [] };
const TICKS_MAX = 150;

export const tallied = (tally: Tally, report: Report): Tally => ({
  actsStarted: tally.actsStarted + actsStartedIn(report),
  holds: tally.holds + (report.plan.kind === 'hold' ? 1 : 0),
  tickMs: [...tally.tickMs, report.tookMs].slice(-TICKS_MAX),
});

/** Calls that were made, whatever came of them. */
export const actsStartedIn = ({ outcome }: Report): number =>
  outcome?.kind === 'acted'
    ? outcome.outcomes.filter((one) => one.outcome !== 'skipped' && one.outcome !== 'deferred')
        .length
    : 0;

export const metricsOf = (report: Report, tally: Tally): MetricDatum[] => {
  const { nodes, cluster } = report;
  const values: Readonly<Record<string, number>> = {
    Heartbeat: 1,
    WorkingNodes: nodes.filter((node) => node.condition === 'Healthy').length,
    Seats: report.seats,
    CoreSize: cluster.core.length,
    SuspectNodes: nodes.filter((node) => node.suspicion !== null).length,
    Quorate: cluster.condition === 'Quorate' ? 1 : 0,
    ActsStarted: tally.actsStarted,
    Holds: tally.holds,
  };
  const every = {
    Timestamp: new Date(report.atMs),
    Dimensions: [{ Name: 'Fleet', Value: report.fleet }],
  };
  const counts = Object.entries(values).map(([name, value]): MetricDatum => {
    return { ...every, MetricName: name, Value: value, Unit: 'Count' };
  });
  const ticks: MetricDatum = {
    ...every,
    MetricName: 'TickMs',
    Values: [...tally.tickMs],
    Unit: 'Milliseconds',
  };
  return [...counts, ticks];
};
