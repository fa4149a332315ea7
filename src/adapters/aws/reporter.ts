/**
 * Tells the world about each tick: a log line, events, metrics. Telling never changes a decision, so nothing here
 * rejects, everything has a short deadline, and a channel that fails is mentioned once and once more when it is back.
 */
import { PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import {
  PutEventsCommand,
  type PutEventsRequestEntry,
  type PutEventsResultEntry,
} from '@aws-sdk/client-eventbridge';
import type { Fleet, Settings } from '../../config/fleet.ts';
import type { Report } from '../../core/model.ts';
import { QuorateError } from '../../errors.ts';
import type { Clock, Reporter } from '../../ports.ts';
import type { Log } from '../system/log.ts';
import { call, slicesOf, within } from './call.ts';
import type { AwsClients } from './clients.ts';
import { eventsOf, holdKeysOf } from './report-events.ts';
import {
  actsStartedIn,
  EMPTY_TALLY,
  emptied,
  metricsOf,
  type Tally,
  tallied,
} from './report-metrics.ts';

/** Both calls run side by side and the next tick waits for them. */
const SEND_DEADLINE_MS = 1_000;
/** Custom metrics cost by the call as well; alarms look at minutes. */
const METRICS_EVERY_MS = 60_000;
/** Of a fleet that is looked at once a minute: its alarm for silence waits longer too (infra/alarms.cjs). */
const FRUGAL_METRICS_EVERY_MS = 300_000;
/** An invocation may begin a moment before its minute. */
const EARLY_MS = 5_000;
/** Most entries of one PutEvents. */
const EVENTS_PER_CALL = 10;
/** Events that could not be sent are kept for later ticks; a flood loses its oldest. */
const UNSENT_MAX = 200;
/** A channel that failed is left alone this long, so that it does not slow down every tick. */
const REST_MS = 10_000;
/** A hold that this process told longer ago is told again: another invocation may have ended it meanwhile. */
const MEMORY_MS = 30_000;

interface ReporterParts {
  readonly fleet: Fleet;
  readonly settings: Settings;
  readonly clients: Pick<AwsClients, 'retried'>;
  readonly clock: Clock;
  readonly log: Log;
}

export const createReporter = (parts: ReporterParts): Reporter => {
  const events = createEvents(parts);
  const metrics = createMetrics(parts);
  return {
    report: async (report, signal) => {
      logTick(parts.log, report);
      const deadline = within(SEND_DEADLINE_MS, signal);
      await Promise.all([events(report, deadline), metrics(report, deadline)]);
    },
  };
};

const logTick = (log: Log, report: Report): void => {
  const { fleet, mode, tookMs, cluster, nodes, plan } = report;
  log.info(report.sentence, {
    fleet,
    mode,
    tookMs,
    cluster: cluster.condition,
    nodes: Object.fromEntries(nodes.map((node) => [node.instanceId, node.condition])),
    suspects: nodes.filter((node) => node.suspicion !== null).map((node) => node.instanceId),
    plan: plan.kind,
  });
};

type Send = (report: Report, signal: AbortSignal) => Promise<void>;

const createEvents = ({ clients, settings, clock, log }: ReporterParts): Send => {
  const attempt = createAttempt('events', { clock, log });
  let told: { readonly atMs: number; readonly holds: readonly string[] } | null = null;
  let unsent: readonly PutEventsRequestEntry[] = [];
  return async (report, abortSignal) => {
    const isRecent = told !== null && report.atMs - told.atMs <= MEMORY_MS;
    const fresh = eventsOf(report, isRecent ? (told?.holds ?? []) : []).map(
      ({ name, detail }): PutEventsRequestEntry => ({
        EventBusName: settings.eventBus,
        Source: 'quorate',
        DetailType: name,
        Time: new Date(report.atMs),
        Detail: JSON.stringify(detail),
      }),
    );
    told = { atMs: report.atMs, holds: holdKeysOf(report) };
    unsent = [...unsent, ...fresh].slice(-UNSENT_MAX);
    await attempt(unsent.length > 0, async () => {
      for (const slice of slicesOf(unsent, EVENTS_PER_CALL)) {
        const command = new PutEventsCommand({ Entries: [...slice] });
        const sent = clients.retried.events.send(command, { abortSignal });
        const results = (await call('events:PutEvents', sent)).Entries ?? [];
        unsent = [
          ...slice.filter((_, index) => mayPass(results[index])),
          ...unsent.slice(slice.length),
        ];
        throwIfRefused(results);
      }
    });
  };
};

/** A status of 200 may still hold entries that were refused; of those only these are worth another try. */
const mayPass = (result: PutEventsResultEntry | undefined): boolean =>
  result?.ErrorCode === 'ThrottlingException' || result?.ErrorCode === 'InternalFailure';

const throwIfRefused = (results: readonly PutEventsResultEntry[]): void => {
  const [first] = results.filter((result) => result.ErrorCode !== undefined);
  if (first === undefined) return;
  throw new QuorateError(
    `events:PutEvents refused an entry (${first.ErrorCode ?? ''}): ${first.ErrorMessage ?? 'no reason given'}`,
  );
};

const createMetrics = ({ fleet, clients, clock, log }: ReporterParts): Send => {
  const attempt = createAttempt('metrics', { clock, log });
  const isFrugal = fleet.policy.tickEveryMs >= METRICS_EVERY_MS;
  const everyMs = isFrugal ? FRUGAL_METRICS_EVERY_MS - EARLY_MS : METRICS_EVERY_MS;
  let tally: Tally = EMPTY_TALLY;
  let sentAtMs = Number.NEGATIVE_INFINITY;
  return async (report, abortSignal) => {
    tally = tallied(tally, report);
    const nowMs = clock.nowMs();
    const isNews = report.changes.length > 0 || actsStartedIn(report) > 0;
    await attempt(isNews || nowMs - sentAtMs >= everyMs, async () => {
      const MetricData = metricsOf(report, tally, isFrugal);
      const command = new PutMetricDataCommand({ Namespace: 'Quorate', MetricData });
      const sent = clients.retried.cloudWatch.send(command, { abortSignal });
      await call('cloudwatch:PutMetricData', sent);
      tally = emptied(tally);
      sentAtMs = nowMs;
    });
  };
};

/** Runs `send` when it is due; says once that it fails, and once that it works again. */
const createAttempt = (channel: string, { clock, log }: Pick<ReporterParts, 'clock' | 'log'>) => {
  let failedAtMs: number | null = null;
  return async (isDue: boolean, send: () => Promise<void>): Promise<void> => {
    const isResting = failedAtMs !== null && clock.nowMs() - failedAtMs < REST_MS;
    if (!isDue || isResting) return;
    try {
      await send();
      if (failedAtMs !== null) log.info(`${channel} are sent again`, {});
      failedAtMs = null;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (failedAtMs === null) log.warn(`${channel} cannot be sent`, { reason });
      failedAtMs = clock.nowMs();
    }
  };
};
