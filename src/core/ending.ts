/** How an eviction ends: out of flight, its order answered, and a retirement over with it; or how it is left for later. */
import type { Eviction, OrderRecord, State } from './model.ts';
import type { Observation } from './observation.ts';
import { isStandingBy } from './standby.ts';

/**
 * Out of flight, and the order that began it is carried out. The spare keeps the place of a member that was being replaced;
 * when EC2 took that one while it stood by, Auto Scaling goes on listing it, and it must be taken out there too. An undo
 * that was begun is brought to its end.
 */
export const ended = (
  state: State,
  { inventory, nowMs }: Observation,
  { instanceId, orderId }: Eviction,
  detail: string,
): State => {
  const { retirement, orders } = state;
  const isOwn = retirement?.instanceId === instanceId;
  const isLeft =
    inventory.ok &&
    inventory.value.instances.some((each) => each.instanceId === instanceId && isStandingBy(each));
  return {
    ...state,
    inFlight: null,
    retirement:
      !isOwn || retirement.phase === 'undo'
        ? retirement
        : isLeft
          ? { ...retirement, phase: 'undo', phaseSinceMs: nowMs, isAsked: false, commandId: null }
          : null,
    orders: withEnd(orders, orderId, { status: 'done', detail, atMs: nowMs }),
  };
};

/** Nothing of it counts any more but that it was begun: it is judged anew, and taken up again or put back. */
export const doubted = (eviction: Eviction): Eviction => ({
  ...eviction,
  confirmedAtMs: null,
  evictedAtMs: null,
  rungs: [],
});

/** What became of an order that was begun. */
export const withEnd = (
  orders: State['orders'],
  orderId: string | null,
  end: Pick<OrderRecord, 'status' | 'detail' | 'atMs'>,
): State['orders'] =>
  orders.map((order) =>
    order.id === orderId && order.status === 'accepted' ? { ...order, ...end } : order,
  );
