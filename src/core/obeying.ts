/** What people ask for by hand: decided once for each request id, by the same rails, and remembered under it. */

import { abort } from './aborting.ts';
import { beginEviction, type Planned, type Tick } from './evicting.ts';
import { begin } from './failover.ts';
import { type Way, wayOut } from './failover-path.ts';
import { holdsAnyAct, holdsEviction } from './guard.ts';
import type { Diagnosis, Hold, OrderRecord, State } from './model.ts';
import type { Order } from './observation.ts';
import { beginRetirement, holdsRetirement } from './retiring.ts';

/** Records kept for whoever asks again; older ones are forgotten. */
const KEPT_MAX = 20;
/**
 * Whoever cannot see now may see at the next tick, and some rails pass by themselves: after nobody has watched, members
 * count as sound only when they have worked for a whole tolerance. An order is refused for that when it is this old; who
 * asked waits for 25 s.
 */
const WAITED_MS = 20_000;

/** Nobody watched when it was given. Who asked has long read that it was not decided, and may think otherwise by now. */
const STALE_MS = 60_000;
const STALE = 'I2: it is too old to be carried out: ask again with a new request id';

/** Takes up the oldest order that is not decided yet; `null` when there is nothing to decide. */
export const obey = (tick: Tick): Planned | null => {
  const { diagnosed, observation } = tick;
  const { state } = diagnosed;
  const order = observation.orders.find(({ id }) => state.orders.every((each) => each.id !== id));
  if (order === undefined) return null;
  if (observation.nowMs - order.atMs > STALE_MS) return refused(tick, order, STALE);
  if (order.instanceId === null) return obeyFleet(tick, order);
  const node = diagnosed.nodes.find(({ instanceId }) => instanceId === order.instanceId);
  const holds = holdsOrder(tick, { ...order, instanceId: order.instanceId }, node);
  const lateAtMs = order.atMs + WAITED_MS;
  const isPassing =
    holds.some(({ rail }) => rail === 'I2') ||
    holds.every(({ untilMs }) => untilMs !== null && untilMs < lateAtMs);
  if (holds.length > 0 && isPassing && observation.nowMs < lateAtMs) return null;
  if (node === undefined || holds.length > 0) {
    const detail = holds.map(({ rail, reason }) => `${rail}: ${reason}`).join('; ');
    return refused(tick, order, detail);
  }
  const { id: orderId } = order;
  const accepted = withRecord(tick, order, {
    status: 'accepted',
    detail: `${order.kind} begun`,
  });
  const next = { ...tick, diagnosed: { ...diagnosed, state: accepted } };
  const because = `asked for by ${order.by}: ${order.reason}`;
  return order.kind === 'replace' && isWorking(node)
    ? beginRetirement(next, node, { because, orderId })
    : beginEviction(next, node, { begunBy: 'order', orderId });
};

const BUSY_FAILOVER: Hold = {
  rail: 'I1',
  instanceId: null,
  reason: 'a failover is under way: one at a time, ask again when it is over',
  untilMs: null,
};

/** Orders about the fleet as a whole. */
const obeyFleet = (tick: Tick, order: Order): Planned | null => {
  const { policy, diagnosed, observation } = tick;
  const { state } = diagnosed;
  if (order.kind === 'abort') return obeyAbort(tick, order);
  const kind = state.loss === null ? 'order' : 'loss';
  const way = wayOut(policy, diagnosed, observation, 'order');
  const holds = [
    ...holdsAnyAct({ policy, observation, ...diagnosed }),
    ...(state.failover === null ? [] : [BUSY_FAILOVER]),
    ...holdsMove(tick, order, way),
  ];
  const isPassing = holds.some(({ rail }) => rail === 'I2');
  // What it needs to see is read from the next tick on.
  if (isPassing && observation.nowMs < order.atMs + WAITED_MS) return null;
  if (holds.length > 0) {
    return refused(tick, order, holds.map(({ rail, reason }) => `${rail}: ${reason}`).join('; '));
  }
  const accepted = withRecord(tick, order, { status: 'accepted', detail: `${way.path} begun` });
  const next = { ...tick, diagnosed: { ...diagnosed, state: accepted } };
  const told = { ...way, because: `asked for by ${order.by}: ${order.reason}` };
  const path = way.path === 'move' ? 'move' : 'rebuild';
  const isPlanned = order.kind === 'move';
  return begin(next, path, { way: told, begunBy: kind, isPlanned, orderId: order.id });
};

/** A planned move is of a cluster that works, and never becomes a rebuilding, which loses what it has. */
const holdsMove = ({ policy, diagnosed }: Tick, { kind }: Order, way: Way): readonly Hold[] => {
  const { cluster, state } = diagnosed;
  const hold = (rail: Hold['rail'], reason: string): Hold => ({
    rail,
    instanceId: null,
    reason,
    untilMs: null,
  });
  const busy = state.retirement ?? (kind === 'move' ? state.inFlight : null);
  if (busy !== null) return [hold('I1', `${busy.instanceId} is on its way out: one at a time`)];
  if (kind !== 'move') return [];
  if (cluster.condition !== 'Quorate') {
    return [hold('I3', `a planned move needs a Quorate cluster, this one is ${cluster.condition}`)];
  }
  if (!policy.sessions) {
    return [
      hold('I3', 'the fleets file names no sessions to carry: everybody would be logged out'),
    ];
  }
  if (way.path === 'move') return [];
  return way.against.length > 0
    ? way.against
    : [hold('I3', 'the fleets file names no standby to move to')];
};

const obeyAbort = (tick: Tick, order: Order): Planned => {
  const { failover } = tick.diagnosed.state;
  if (failover === null) return refused(tick, order, 'I1: no failover is under way');
  const state = withRecord(tick, order, { status: 'done', detail: 'it is being undone' });
  const next = { ...tick, diagnosed: { ...tick.diagnosed, state } };
  const aborted = abort(next, failover, `${order.by}: ${order.reason}`);
  return typeof aborted === 'string' ? refused(tick, order, `I1: ${aborted}`) : aborted;
};

/** Members that serve are replaced in good order; whoever does not is evicted. */
const isWorking = ({ condition, suspicion }: Diagnosis): boolean =>
  suspicion === null && ['Healthy', 'Impaired', 'Severed'].includes(condition);

type NodeOrder = Order & { readonly instanceId: string };

const holdsOrder = (tick: Tick, order: NodeOrder, node: Diagnosis | undefined): readonly Hold[] => {
  const { policy, diagnosed, observation } = tick;
  const { state } = diagnosed;
  const { instanceId } = order;
  const busy = state.inFlight ?? state.retirement;
  if (state.failover !== null) return [BUSY_FAILOVER];
  if (busy !== null) {
    const reason = `${busy.instanceId} is on its way out: one at a time, ask again when it is over`;
    return [{ rail: 'I1', instanceId, reason, untilMs: null }];
  }
  if (order.kind === 'replace' && node !== undefined && isWorking(node)) {
    return holdsRetirement(tick, instanceId);
  }
  return holdsEviction({ policy, observation, ...diagnosed }, instanceId);
};

const refused = (tick: Tick, order: Order, detail: string): Planned => ({
  plan: { kind: 'watch', nextCheckAtMs: tick.nextCheckAtMs },
  state: withRecord(tick, order, { status: 'refused', detail }),
});

const withRecord = (
  { diagnosed: { state }, observation }: Tick,
  { id, kind, instanceId, by }: Order,
  decided: Pick<OrderRecord, 'status' | 'detail'>,
): State => {
  const record: OrderRecord = { id, kind, instanceId, by, ...decided, atMs: observation.nowMs };
  return { ...state, orders: [...state.orders, record].slice(-KEPT_MAX) };
};
