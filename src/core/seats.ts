/**
 * The quorum base: one seat for each *established* member. A joiner takes a seat once the core has
 * listed it for `stableAfterMs`; so scaling from 3 to 6 raises the base one stable member at a time
 * and is never a loss of quorum. A seat outlives its holder: an evicted or vanished member leaves it
 * vacant, and it keeps counting until a newcomer is stable. An instance that is being taken out has
 * left its seat too, although it may drain for minutes: else its newcomer would come on top of it.
 * Only a deliberate scale-in, a desired capacity below the number of seats, removes vacant ones.
 */
import { isLeaving } from './condition.ts';
import type { Seat } from './ledger.ts';
import type { NodeMemory } from './model.ts';
import type { InstanceId, Inventory } from './observation.ts';
import { isStandingBy } from './standby.ts';

export const reseat = (
  seats: readonly Seat[],
  inventory: Inventory,
  nodes: Readonly<Record<InstanceId, NodeMemory>>,
  stableBeforeMs: number,
): readonly Seat[] => {
  const staying = inventory.instances
    .filter((instance) => !isLeaving(instance))
    .map(({ instanceId }) => instanceId);
  const kept = seats.map(({ seat, instanceId }): Seat => {
    const stays =
      instanceId !== null && (staying.includes(instanceId) || isMissing(nodes[instanceId]));
    return { seat, instanceId: stays ? instanceId : null };
  });
  const joiners = staying
    .filter((id) => kept.every((seat) => seat.instanceId !== id))
    .filter((id) => {
      const listedSinceMs = nodes[id]?.listedSinceMs ?? null;
      return listedSinceMs !== null && listedSinceMs <= stableBeforeMs;
    })
    .sort();
  // Whom we replace in good order is a member beside those that Auto Scaling counts.
  const standing = inventory.instances.filter(isStandingBy).length;
  return withoutSurplus(joiners.reduce(takeSeat, kept), inventory.desired + standing);
};

/** Left out by the inventory, perhaps because its reading is stale. Of a ghost it is known that it is gone. */
const isMissing = (node: NodeMemory | undefined): boolean =>
  node !== undefined && node.missingSinceMs !== null && node.condition !== 'Ghost';

const takeSeat = (seats: readonly Seat[], instanceId: InstanceId): readonly Seat[] => {
  const vacant = seats.find((seat) => seat.instanceId === null);
  if (vacant !== undefined) {
    return seats.map((seat) => (seat === vacant ? { ...seat, instanceId } : seat));
  }
  const highest = Math.max(0, ...seats.map(({ seat }) => seat));
  return [...seats, { seat: highest + 1, instanceId }];
};

const withoutSurplus = (seats: readonly Seat[], wanted: number): readonly Seat[] => {
  const surplus = Math.max(0, seats.length - wanted);
  const vacant = seats.filter(({ instanceId }) => instanceId === null).slice(-surplus);
  return surplus === 0 ? seats : seats.filter((seat) => !vacant.includes(seat));
};
