/**
 * What a fleet costs in a month while all is well: prices x quantities, each with its arithmetic. An incident adds cents: a
 * minute of ticks every second is a few hundred more probes.
 */
import type { Fleet } from '../config/fleet.ts';
import {
  FRUGAL_LOADS,
  FRUGAL_METRIC_CALLS_A_MINUTE,
  FRUGAL_METRICS,
  FRUGAL_ROUND_FACTOR,
  FRUGAL_TICK_S,
  FRUGAL_WRITES,
  HANDOVER_LOADS,
  HANDOVER_WRITES,
  lineBytes,
  METRIC_CALLS_A_MINUTE,
  METRICS,
  MINUTES_A_MONTH,
  RENEWALS_A_MINUTE,
  roundMs,
  rowBytes,
  WATCH_S,
} from './measured.ts';
import type { Prices } from './prices.ts';
import type { Deployed } from './template.ts';

export interface CostLine {
  readonly what: string;
  /** For people: the product whose result is `usd`. */
  readonly arithmetic: string;
  /** A month. */
  readonly usd: number;
}

/** A fleet that is looked at once a minute and not watched in between (watch.ts). */
export const isFrugal = ({ policy }: Fleet): boolean => policy.tickEveryMs >= 60_000;

interface Fleetwise {
  readonly fleet: Fleet;
  readonly nodes: number;
  readonly deployed: Deployed;
  readonly prices: Prices;
}

export const fleetCost = (about: Fleetwise): readonly CostLine[] => [
  ...controllerCost(about),
  ...proberCost(about),
  ...storeCost(about),
  ...tellingCost(about),
];

/** What is there once, however many fleets there are. */
export const sharedCost = (deployed: Deployed, prices: Prices): readonly CostLine[] => [
  line('dashboard', [[deployed.dashboards]], prices.dashboard),
  line('alarms of the deployment', [[deployed.sharedAlarms]], prices.alarm),
];

export const sumOf = (lines: readonly CostLine[]): number =>
  lines.reduce((sum, { usd }) => sum + usd, 0);

const MILLION = { per: 1e6, name: 'a million' };
const THOUSAND = { per: 1_000, name: 'a thousand' };
const GB = { per: 1024 ** 3, name: 'a GB' };
const ONE = { per: 1, name: '' };

const ticksAMinute = (fleet: Fleet): number =>
  isFrugal(fleet) ? 1 : 60_000 / fleet.policy.tickEveryMs;

const controllerCost = ({ fleet, deployed, prices }: Fleetwise): readonly CostLine[] => {
  const seconds = isFrugal(fleet) ? FRUGAL_TICK_S : WATCH_S;
  const gb = deployed.scheduleMb / 1024;
  const invocations: Factor = [MINUTES_A_MONTH];
  return [
    line('schedule', [invocations], prices.schedulePerMillion, MILLION),
    line('controller, invocations', [invocations], prices.lambdaPerMillionRequests, MILLION),
    line(
      'controller, GB-seconds',
      [invocations, [seconds, 's'], [gb, 'GB']],
      prices.lambdaPerGbSecond,
    ),
  ];
};

const proberCost = ({ fleet, nodes, deployed, prices }: Fleetwise): readonly CostLine[] =>
  deployed.probersMb.flatMap((memoryMb, index) => {
    const prober = `prober ${index + 1}`;
    const rounds: Factor = [MINUTES_A_MONTH * ticksAMinute(fleet)];
    const factor = isFrugal(fleet) ? FRUGAL_ROUND_FACTOR : 1;
    const seconds = (factor * roundMs(nodes, memoryMb)) / 1000;
    const gb = memoryMb / 1024;
    return [
      line(`${prober}, invocations`, [rounds], prices.lambdaPerMillionRequests, MILLION),
      line(`${prober}, GB-seconds`, [rounds, [seconds, 's'], [gb, 'GB']], prices.lambdaPerGbSecond),
    ];
  });

const storeCost = ({ fleet, nodes, prices }: Fleetwise): readonly CostLine[] => {
  const writes = isFrugal(fleet) ? FRUGAL_WRITES : RENEWALS_A_MINUTE + HANDOVER_WRITES;
  const loads = isFrugal(fleet) ? FRUGAL_LOADS : ticksAMinute(fleet) + HANDOVER_LOADS;
  const minutes: Factor = [MINUTES_A_MONTH, 'minutes'];
  return [
    line(
      'state, writes',
      [minutes, [writes], [Math.ceil(rowBytes(nodes) / 1024), 'of 1 KB']],
      prices.dynamoPerMillionWrites,
      MILLION,
    ),
    line(
      'state, reads',
      [minutes, [loads], [Math.ceil(rowBytes(nodes) / 4096), 'of 4 KB']],
      prices.dynamoPerMillionReads,
      MILLION,
    ),
  ];
};

const tellingCost = ({ fleet, nodes, deployed, prices }: Fleetwise): readonly CostLine[] => {
  const calls = isFrugal(fleet) ? FRUGAL_METRIC_CALLS_A_MINUTE : METRIC_CALLS_A_MINUTE;
  const lines = MINUTES_A_MONTH * ticksAMinute(fleet);
  return [
    line('metrics', [[isFrugal(fleet) ? FRUGAL_METRICS : METRICS]], prices.metric),
    line(
      'metrics, calls',
      [[MINUTES_A_MONTH, 'minutes'], [calls]],
      prices.metricCallPer1000,
      THOUSAND,
    ),
    line('alarms', [[deployed.alarms[fleet.name] ?? 0]], prices.alarm),
    line(
      'log',
      [
        [lines, 'lines'],
        [lineBytes(nodes), 'bytes'],
      ],
      prices.logsPerGb,
      GB,
    ),
  ];
};

type Factor = readonly [value: number, unit?: string];

const line = (
  what: string,
  factors: readonly Factor[],
  priceUsd: number,
  unit: { readonly per: number; readonly name: string } = ONE,
): CostLine => {
  const told = factors.map(([value, name]) => [text(value), name ?? ''].join(' ').trim());
  return {
    what,
    arithmetic: `${told.join(' x ')} x $${text(priceUsd)} ${unit.name}`.trim(),
    usd: factors.reduce((product, [value]) => product * value, priceUsd / unit.per),
  };
};

/** Six digits tell everything that is known here. */
const text = (value: number): string =>
  value.toLocaleString('en-US', { maximumSignificantDigits: 6 });
