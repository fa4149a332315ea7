/**
 * Members of the new side that work and are not with the others: one that joined half way, or found nobody. Users who are sent
 * to it meet another cluster. It has nothing yet, so it goes before they come, and its group launches another one.
 */
import type { MoveAct } from './acts.ts';
import { APART_MS } from './calling-off.ts';
import { isLeaving } from './condition.ts';
import type { Tick } from './evicting.ts';
import type { Failover } from './failover-ledger.ts';
import { ownershipProblems } from './guard.ts';
import { majorityOf } from './quorum.ts';
import { inventoryOf } from './side.ts';

/** Nobody goes while the others are no majority: then all of it is called off. */
export const dismissing = (
  { diagnosed, observation }: Tick,
  { to, size, side }: Failover,
): readonly MoveAct[] => {
  const standby = inventoryOf(diagnosed.state, observation, to);
  if (side === null || !standby.ok || side.core.length < majorityOf(size)) return [];
  return standby.value.instances
    .filter((instance) => {
      const { instanceId } = instance;
      const worksSinceMs = side.nodes[instanceId]?.worksSinceMs ?? null;
      return (
        worksSinceMs !== null &&
        observation.nowMs - worksSinceMs >= APART_MS &&
        !side.core.includes(instanceId) &&
        !isLeaving(instance) &&
        ownershipProblems(standby.value, instanceId).length === 0
      );
    })
    .map(({ instanceId, address }) => ({
      kind: 'dismiss',
      side: to,
      node: { instanceId, address },
    }));
};
