/** What a tick must read beyond the side that carries the traffic; nothing of it while all is well. */
import type { FailoverPhase } from './failover-ledger.ts';
import type { State } from './model.ts';
import type { Order } from './observation.ts';

export interface MoveNeeds {
  /** The other side's inventory and nodes, the routing, and the courier's word. */
  readonly move: boolean;
  /** One call through the load balancer to the side in preview. */
  readonly preview: boolean;
}

export const moveNeeds = (
  { failover, loss, orders: decided }: State,
  orders: readonly Order[],
): MoveNeeds => ({
  move: failover !== null || loss !== null || orders.some((each) => isOpen(each, decided)),
  preview: failover !== null && failover.path === 'move' && PREVIEWED.includes(failover.phase),
});

/** From when the rule for verifying may be there until users are. */
const PREVIEWED: readonly FailoverPhase[] = [
  'form',
  'copy',
  'isolate',
  'level',
  'restore',
  'verify',
  'switch',
];

/** A person asks for a failover or a move, and it is not decided yet. */
const isOpen = ({ id, instanceId }: Order, decided: State['orders']): boolean =>
  instanceId === null && decided.every((each) => each.id !== id);
