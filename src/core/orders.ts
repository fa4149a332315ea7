/** The list of what people asked for by hand: short, oldest first, and an id stands in it once. */
import type { Order } from './observation.ts';

/** What was decided about an order is remembered in the state; the order itself is of no use for longer. */
const KEPT_MS = 3_600_000;
const KEPT_MAX = 20;

/** @returns the list with the order, or `null` when one with its id is there already. */
export const withOrder = (orders: readonly Order[], order: Order): readonly Order[] | null =>
  orders.some(({ id }) => id === order.id)
    ? null
    : [...orders.filter(({ atMs }) => order.atMs - atMs < KEPT_MS), order].slice(-KEPT_MAX);
