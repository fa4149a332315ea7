/** How an eviction ends: out of flight, its order answered, and a spare accounted for. */
import type { Eviction, OrderRecord, State } from './model.ts';
import type { Observation } from './observation.ts';

/** Out of flight, and the order that began it is carried out. A spare that was got for it must be accounted for. */
export const ended = (
  state: State,
  { inventory, nowMs }: Observation,
  { instanceId, orderId }: Eviction,
  detail: string,
): State => {
  const { retirement, orders } = state;
  const isRestored = inventory.ok && inventory.value.desired <= (retirement?.desired ?? 0);
  return {
    ...state,
    inFlight: null,
    retirement:
      retirement?.instanceId !== instanceId
        ? retirement
        : isRestored
          ? null
          : { ...retirement, phase: 'undo', phaseSinceMs: nowMs, isAsked: false, commandId: null },
    orders: withEnd(orders, orderId, { status: 'done', detail, atMs: nowMs }),
  };
};

/** What became of an order that was begun. */
export const withEnd = (
  orders: State['orders'],
  orderId: string | null,
  end: Pick<OrderRecord, 'status' | 'detail' | 'atMs'>,
): State['orders'] =>
  orders.map((order) =>
    order.id === orderId && order.status === 'accepted' ? { ...order, ...end } : order,
  );
