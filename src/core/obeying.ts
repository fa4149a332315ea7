/** What people ask for by hand: decided once for each request id, by the same rails, and remembered under it. */
import { beginEviction, type Planned, type Tick } from './evicting.ts';
import { holdsEviction } from './guard.ts';
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

/** Takes up the oldest order that is not decided yet; `null` when there is nothing to decide. */
export const obey = (tick: Tick): Planned | null => {
  const { diagnosed, observation } = tick;
  const { state } = diagnosed;
  const order = observation.orders.find(({ id }) => state.orders.every((each) => each.id !== id));
  if (order === undefined) return null;
  const node = diagnosed.nodes.find(({ instanceId }) => instanceId === order.instanceId);
  const holds = holdsOrder(tick, order, node);
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

/** Members that serve are replaced in good order; whoever does not is evicted. */
const isWorking = ({ condition, suspicion }: Diagnosis): boolean =>
  suspicion === null && ['Healthy', 'Impaired', 'Severed'].includes(condition);

const holdsOrder = (tick: Tick, order: Order, node: Diagnosis | undefined): readonly Hold[] => {
  const { policy, diagnosed, observation } = tick;
  const { state, cluster } = diagnosed;
  const { instanceId } = order;
  const busy = state.inFlight ?? state.retirement;
  if (busy !== null) {
    const reason = `${busy.instanceId} is on its way out: one at a time, ask again when it is over`;
    return [{ rail: 'I1', instanceId, reason, untilMs: null }];
  }
  if (order.kind === 'replace' && node !== undefined && isWorking(node)) {
    return holdsRetirement(tick, instanceId);
  }
  return holdsEviction({ policy, state, observation, cluster }, instanceId);
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
