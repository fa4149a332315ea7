/** Watches an accepted order from outside until it is over. Progress goes to stderr, one line for each thing that changed. */
import { setTimeout as sleep } from 'node:timers/promises';
import { printable } from '../printable.ts';
import {
  type FailoverStory,
  type Flight,
  type OrderStory,
  OrdersReport,
} from '../report/orders.ts';
import { type Refusal, refusal } from '../requests/reply.ts';
import { type Backend, reportIn } from './backend.ts';
import type { Terminal } from './terminal.ts';

interface Followed {
  readonly fleet: string;
  readonly requestId: string;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

export type Ended =
  | {
      readonly ok: true;
      readonly answer: 'done';
      readonly requestId: string;
      readonly message: string;
    }
  | Refusal;

const POLL_MS = 2_000;
/** A minute of silence: three invocations would have answered. */
const FAILURES_MAX = 30;
/** Two minutes' invocations were lost: nobody carries it on. */
const STALE_MS = 150_000;

export const follow = async (
  backend: Pick<Backend, 'ask'>,
  { fleet, requestId, terminal, signal }: Followed,
): Promise<Ended> => {
  const told = new Set<string>();
  let failures = 0;
  while (!signal.aborted) {
    const reply = reportIn(await backend.ask({ kind: 'orders', fleet }), OrdersReport);
    failures = reply.ok ? 0 : failures + 1;
    const lines = reply.ok ? progressOf(reply.report, requestId) : [`waiting: ${reply.message}`];
    for (const line of lines.filter((each) => !told.has(each))) terminal.error(line);
    for (const line of lines) told.add(line);
    const end = reply.ok ? endOf(reply.report, requestId, terminal.nowMs()) : null;
    if (end !== null) return end;
    if (!reply.ok && failures >= FAILURES_MAX) return reply;
    await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
  }
  return refusal('unknown', 'not waited for: it goes on, and quorate status shows how');
};

const progressOf = (
  { orders, inFlight, failover }: OrdersReport,
  requestId: string,
): readonly string[] => {
  const order = orders.find(({ id }) => id === requestId);
  if (order === undefined) return [];
  if (failover !== null && failover.orderId === requestId) return [failoverLine(failover)];
  return inFlight === null || inFlight.instanceId !== order.instanceId
    ? [`${order.status}: ${printable(order.detail)}`]
    : flightLines(inFlight);
};

const failoverLine = ({ fence, words, undoneFor }: FailoverStory): string =>
  `failover ${fence}: ${printable(words)}${undoneFor === null ? '' : `, because ${printable(undoneFor)}`}`;

const flightLines = ({ fence, isOut, rungs }: Flight): readonly string[] => [
  ...rungs.map(({ rung, outcome, detail }) => {
    const words = detail === '' ? outcome : `${outcome}: ${printable(detail)}`;
    return `eviction ${fence}: ${rung} ${words}`;
  }),
  ...(isOut ? [`eviction ${fence}: gone from every list`] : []),
];

const endOf = (
  { orders, inFlight, retirement, failover, lastTickMs }: OrdersReport,
  requestId: string,
  nowMs: number,
): Ended | null => {
  const order: OrderStory | undefined = orders.find(({ id }) => id === requestId);
  if (order === undefined) {
    return refusal('unknown', `nothing is known of request ${requestId} any more`);
  }
  if (order.status === 'done') {
    return { ok: true, answer: 'done', requestId, message: order.detail };
  }
  if (order.status === 'refused') return refusal('refused', order.detail);
  if (lastTickMs !== null && nowMs - lastTickMs > STALE_MS) {
    return refusal('unknown', 'nobody watches the fleet any more: quorate status says since when');
  }
  const isUnderWay =
    order.instanceId === null
      ? failover?.orderId === requestId
      : (inFlight ?? retirement)?.instanceId === order.instanceId;
  return order.status === 'waiting' || isUnderWay
    ? null
    : refusal('unknown', 'nothing of it is under way any more: quorate explain says how it stands');
};
