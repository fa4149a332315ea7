/**
 * Members whose instance is gone, and whom the core lists all the same: it saw no connection break (the power was cut) and
 * waits for its heart-beat time-out, and every call that needs the ghost's data waits with it.
 *
 * A ghost is never taken from a member's list: only an instance that EC2 told of before, under the address that EC2 gave it,
 * and only while nobody else has that address (I12).
 */
import type { Diagnosis, NodeMemory, State } from './model.ts';
import type { Address, InstanceId, Inventory } from './observation.ts';
import type { Policy } from './policy.ts';

export interface Ghost {
  readonly instanceId: InstanceId;
  readonly memory: NodeMemory;
}

/** Auto Scaling's readings lag by a second or two. */
export const GONE_AFTER_MS = 5_000;

export const ghostsOf = (
  { nodes }: State,
  inventory: Inventory,
  listed: ReadonlySet<Address>,
): readonly Ghost[] => {
  const present = new Map(inventory.instances.map((each) => [each.instanceId, each]));
  return Object.entries(nodes).flatMap(([instanceId, memory]) => {
    const isListed = memory.hasWorked && listed.has(memory.address);
    if (!isListed || isInUse(inventory, instanceId, memory.address)) return [];
    const isTerminated =
      present.get(instanceId)?.ec2State === 'terminated' || inventory.departed.includes(instanceId);
    const isMissing =
      !present.has(instanceId) &&
      memory.missingSinceMs !== null &&
      inventory.readAtMs - memory.missingSinceMs >= GONE_AFTER_MS;
    return isTerminated || isMissing ? [{ instanceId, memory }] : [];
  });
};

/** EC2 gives a terminated instance's address to the next one. */
const isInUse = ({ instances }: Inventory, instanceId: InstanceId, address: Address): boolean =>
  instances.some((each) => each.address === address && each.instanceId !== instanceId);

export const nameGhost = (
  policy: Policy,
  { instanceId, memory }: Ghost,
  nowMs: number,
): Diagnosis => {
  // It has hurt the others since it fell silent, before EC2 told of it.
  const goneSinceMs = memory.condition === 'Ghost' ? memory.conditionSinceMs : nowMs;
  const sinceMs = memory.failingSinceMs ?? goneSinceMs;
  return {
    instanceId,
    address: memory.address,
    condition: 'Ghost',
    suspicion: {
      evidence: 'fault',
      sinceMs,
      ripeAtMs: sinceMs + policy.faultToleranceMs,
      cause: 'is gone',
    },
    because: 'its instance is gone, yet the core lists it',
    hostSilent: true,
  };
};
