/**
 * A member that works, but not with the others. One that lost the core and runs on alone looks healthy to every probe, and
 * acknowledges writes that nobody else sees; one that starts again looks just the same until it has joined. The name that a
 * process gives itself tells them apart: a new process has a new one.
 */
import type { NodeMemory } from './model.ts';
import type { Address, Instance, InstanceId } from './observation.ts';
import type { Policy } from './policy.ts';

interface Loner {
  readonly instance: Instance;
  readonly memory: NodeMemory;
  readonly isWorking: boolean;
}

/** Works, but has yet to join: launched, or started again, within the start-up grace. */
export const isComing = (
  policy: Policy,
  { instance, memory }: Pick<Loner, 'instance' | 'memory'>,
  nowMs: number,
): boolean => {
  const isSameProcess = memory.coreUuid !== null && memory.coreUuid === memory.uuid;
  const bornAtMs = Math.max(instance.launchedAtMs, memory.uuidSinceMs);
  return !isSameProcess && nowMs - bornAtMs < policy.startupGraceMs;
};

interface Core {
  readonly core: readonly InstanceId[];
  readonly addresses: readonly Address[];
}

/** Since when it has lived apart from the core; `null` when it does not. */
export const strayingSince = (
  policy: Policy,
  loner: Loner,
  { core, addresses }: Core,
  nowMs: number,
): number | null => {
  const { instance, memory, isWorking } = loner;
  const isApart =
    isWorking &&
    memory.view !== null &&
    core.length > 0 &&
    !core.includes(instance.instanceId) &&
    // Whoever lists some of them is with them, whatever a torn list or a lie makes of it.
    !memory.view.some((address) => address !== instance.address && addresses.includes(address)) &&
    !isComing(policy, loner, nowMs);
  return isApart ? (memory.strayingSinceMs ?? nowMs) : null;
};

/** Lines of Hazelcast whose members do not name themselves take some seconds to come back after a restart. */
export const strayToleranceMs = (policy: Policy, { uuid }: NodeMemory): number =>
  uuid === '' ? policy.silenceToleranceMs + policy.stableAfterMs : policy.faultToleranceMs;
