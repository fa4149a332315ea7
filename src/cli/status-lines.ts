/** The status for people: at most 80 columns, worst nodes first. */
import type { NodeCondition } from '../core/conditions.ts';
import { PHASES } from '../core/describe.ts';
import { FAILOVER_WORDS } from '../core/describe-failover.ts';
import type { Failover } from '../core/failover-ledger.ts';
import type { Fence, Retirement } from '../core/ledger.ts';
import type { Eviction, Rung, State } from '../core/model.ts';
import type { Pause } from '../core/observation.ts';
import { describeVault } from '../core/vault.ts';
import { printable } from '../printable.ts';
import type { OrderStory } from '../report/orders.ts';
import { isStale, type Status, statusCaveats } from '../report/status.ts';
import { paintCondition } from './colours.ts';
import { COLUMNS, cut, labelled, span } from './layout.ts';
import { caveatLines } from './report-lines.ts';
import { paint, type Terminal } from './terminal.ts';

/** What a person should see first. */
const WORST_FIRST: readonly NodeCondition[] = [
  'Zombie',
  'Stuck',
  'Ghost',
  'Dead',
  'Island',
  'Severed',
  'Unreachable',
  'Impaired',
  'Retiring',
  'Unknown',
  'Starting',
  'Healthy',
];

export const statusLines = (told: Status, terminal: Terminal): readonly string[] => {
  const { state, fleet, nowMs } = told;
  if (state === null) {
    return [`fleet ${fleet} has not been watched yet`, ...pauseLines(told.pause, nowMs)];
  }
  const condition = paintCondition(terminal, state.cluster);
  // A fleet whose condition never changed has been like that since before the first tick.
  const lasting = state.clusterSinceMs > 0 ? ` for ${span(nowMs - state.clusterSinceMs)}` : '';
  const held = state.seats.filter(({ instanceId }) => instanceId !== null).length;
  return [
    `${paint(terminal, 'bold', fleet)}  ${condition}${lasting}, ${held} of ${state.seats.length} seats held`,
    ...staleLines(told, terminal),
    '',
    ...nodeLines(state, nowMs, terminal),
    '',
    ...flightLines(state.inFlight, nowMs),
    ...retirementLines(state.retirement, nowMs),
    ...failoverLines(state.failover, nowMs),
    ...vaultLines(state, nowMs),
    ...state.fences.flatMap(fenceLines),
    ...orderLines(told.orders, nowMs),
    ...pauseLines(told.pause, nowMs),
    told.lease === null
      ? 'lease      nobody holds it'
      : `lease      ${cut(printable(told.lease.holder), 44)}, ${span(Math.max(0, told.lease.untilMs - nowMs))} left`,
    `last tick  ${span(nowMs - state.lastTickMs)} ago`,
    ...caveatLines(statusCaveats(told), terminal),
  ];
};

const staleLines = (told: Status, terminal: Terminal): readonly string[] => {
  if (!isStale(told) || told.state === null) return [];
  const age = span(told.nowMs - told.state.lastTickMs);
  return [paint(terminal, 'red', `Nobody has watched for ${age}: what follows is that old.`)];
};

const nodeLines = (state: State, nowMs: number, terminal: Terminal): readonly string[] => {
  const nodes = Object.entries(state.nodes).toSorted(
    ([a, one], [b, other]) =>
      WORST_FIRST.indexOf(one.condition) - WORST_FIRST.indexOf(other.condition) ||
      a.localeCompare(b),
  );
  if (nodes.length === 0) return ['no nodes'];
  const header = `${'node'.padEnd(21)}${'address'.padEnd(17)}${'condition'.padEnd(13)}since`;
  const rows = nodes.map(([instanceId, { address, condition, conditionSinceMs }]) =>
    [
      instanceId.padEnd(21),
      address.padEnd(17),
      paintCondition(terminal, condition) + ' '.repeat(13 - condition.length),
      span(nowMs - conditionSinceMs),
    ].join(''),
  );
  return [paint(terminal, 'dim', header), ...rows];
};

const flightLines = (inFlight: Eviction | null, nowMs: number): readonly string[] => {
  if (inFlight === null) return ['in flight  nothing'];
  const { fence, instanceId, condition, startedAtMs, evictedAtMs, rungs } = inFlight;
  const proof = evictedAtMs === null ? '' : ', gone from every list';
  return [
    `in flight  eviction ${fence} of ${instanceId} (${condition}), ${span(nowMs - startedAtMs)}${proof}`,
    ...rungs.map((rung) => `           ${rungText(rung, nowMs)}`),
  ];
};

const retirementLines = (retirement: Retirement | null, nowMs: number): readonly string[] => {
  if (retirement === null) return [];
  const { instanceId, phase, startedAtMs, because } = retirement;
  return [
    ...labelled('retiring', `${instanceId}, ${span(nowMs - startedAtMs)}: ${PHASES[phase]}`),
    ...labelled('', printable(because)),
  ];
};

const failoverLines = (failover: Failover | null, nowMs: number): readonly string[] => {
  if (failover === null) return [];
  const { fence, path, from, to, phase, phaseSinceMs, startedAtMs, undoneFor } = failover;
  const way = path === 'move' ? `from ${from} to ${to}` : 'in place';
  return [
    ...labelled('failover', `${fence} ${way}, ${span(nowMs - startedAtMs)}`),
    ...labelled('', `${phase} for ${span(nowMs - phaseSinceMs)}: ${FAILOVER_WORDS[phase]}`),
    ...labelled('', printable(undoneFor ?? failover.because)),
    ...labelled('', `expected to be lost: ${printable(failover.expected)}`),
  ];
};

const vaultLines = ({ vault }: State, nowMs: number): readonly string[] => {
  const told = describeVault(vault, nowMs);
  return told === null ? [] : labelled('vault', printable(told));
};

/** What stands on other hosts and must be taken back. */
const fenceLines = ({ fence, instanceId, hosts }: Fence): readonly string[] => {
  const words = hosts.map((host) => `${host.instanceId} ${host.wanted} ${host.status}`).join(', ');
  return labelled('fenced', `${instanceId} by number ${fence}: ${words || 'nobody yet'}`);
};

const rungText = ({ rung, outcome, detail, deadlineMs }: Rung, nowMs: number): string => {
  const left = deadlineMs - nowMs;
  const end = left > 0 ? `, ${span(left)} left` : ', past its deadline';
  const text = `${rung.padEnd(10)} ${outcome}${outcome === 'pending' ? end : ''}`;
  return cut(detail === '' ? text : `${text}: ${printable(detail)}`, COLUMNS - 11);
};

const pauseLines = (pause: Pause | null, nowMs: number): readonly string[] => {
  if (pause === null) return ['pause      none'];
  const end = pause.untilMs === null ? 'until resumed' : `${span(pause.untilMs - nowMs)} more`;
  return [
    cut(`pause      ${end}, by ${printable(pause.by)}, ${span(nowMs - pause.atMs)} ago`, COLUMNS),
    cut(`           ${printable(pause.reason)}`, COLUMNS),
  ];
};

/** Waiting ones, and what became of the others for as long as somebody may wonder. */
const orderLines = (orders: readonly OrderStory[], nowMs: number): readonly string[] =>
  orders
    .filter(({ status, atMs }) => status === 'waiting' || nowMs - atMs < ORDER_SHOWN_MS)
    .flatMap(({ kind, instanceId, status, by, detail, atMs }) => {
      const who = `${instanceId === null ? kind : `${kind} ${instanceId}`} ${status}, by ${printable(by)}, ${span(nowMs - atMs)} ago`;
      return [`order      ${who}`, `           ${printable(detail)}`];
    })
    .map((line) => cut(line, COLUMNS));

const ORDER_SHOWN_MS = 600_000;
