/** What a tick must read beyond the side that carries the traffic; nothing of it while all is well. */
import type { State } from './model.ts';

export interface MoveNeeds {
  /** The other side's inventory and nodes, the routing, and the courier's word. */
  readonly move: boolean;
  /** One call through the load balancer to the side in preview. */
  readonly preview: boolean;
}

export const moveNeeds = ({ failover, loss }: State): MoveNeeds => ({
  move: failover !== null || loss !== null,
  preview:
    failover !== null &&
    failover.undoneFor === null &&
    failover.changed.some(({ what }) => what === 'preview'),
});
