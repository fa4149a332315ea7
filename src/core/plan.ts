/**
 * What to do next: go on with the eviction in flight, or start one if a node is ripe and every rail
 * agrees, or watch. One eviction at a time (I1); of several ripe nodes the one that has hurt longest.
 */

import { isLeaving } from './condition.ts';
import type { Diagnosed } from './diagnose.ts';
import { holdsAnyAct, holdsEviction, holdsRung } from './guard.ts';
import { climb, firstRungs, signOf, targetOf, terminated } from './ladder.ts';
import type { Diagnosis, Eviction, Hold, Plan, State } from './model.ts';
import type { Instance, InstanceId, Observation } from './observation.ts';
import type { Policy } from './policy.ts';

export interface Planned {
  readonly plan: Plan;
  readonly state: State;
}

export const planNext = (
  policy: Policy,
  diagnosed: Diagnosed,
  observation: Observation,
): Planned => {
  const { state } = diagnosed;
  const nextCheckAtMs = nextCheck(policy, diagnosed, observation);
  if (state.inFlight !== null) {
    return planInFlight({ policy, diagnosed, observation }, state.inFlight, nextCheckAtMs);
  }
  const ripe = diagnosed.nodes
    .filter((node) => isEvictable(node, observation.nowMs))
    .sort((a, b) => sinceMs(a) - sinceMs(b) || (a.instanceId < b.instanceId ? -1 : 1));
  if (ripe.length === 0) return { plan: { kind: 'watch', nextCheckAtMs }, state };
  const kase = { policy, state, observation, cluster: diagnosed.cluster };
  const judged = ripe.map((node) => ({ node, holds: holdsEviction(kase, node.instanceId) }));
  const free = judged.find(({ holds }) => holds.length === 0);
  if (free === undefined) {
    return {
      plan: { kind: 'hold', holds: judged.flatMap(({ holds }) => holds), nextCheckAtMs },
      state,
    };
  }
  return startEviction({ policy, diagnosed, observation }, free.node, nextCheckAtMs);
};

interface Tick {
  readonly policy: Policy;
  readonly diagnosed: Diagnosed;
  readonly observation: Observation;
}

const isEvictable = ({ condition, suspicion }: Diagnosis, nowMs: number): boolean =>
  (condition === 'Zombie' || condition === 'Dead') &&
  suspicion !== null &&
  nowMs >= suspicion.ripeAtMs;

const sinceMs = ({ suspicion }: Diagnosis): number => suspicion?.sinceMs ?? 0;

const startEviction = (tick: Tick, node: Diagnosis, nextCheckAtMs: number): Planned => {
  const { diagnosed, observation } = tick;
  const { state } = diagnosed;
  const eviction: Eviction = {
    fence: state.fence + 1,
    instanceId: node.instanceId,
    address: node.address,
    condition: node.condition,
    failingSinceMs: sinceMs(node),
    startedAtMs: observation.nowMs,
    confirmedAtMs: null,
    evictedAtMs: null,
    rungs: [],
  };
  return evict(tick, eviction, nextCheckAtMs, 'evict');
};

const evict = (tick: Tick, eviction: Eviction, nextCheckAtMs: number, reason: string): Planned => {
  const { policy, diagnosed, observation } = tick;
  const step = firstRungs(policy, eviction, observation.nowMs);
  return {
    plan: { kind: 'act', acts: step.acts, lastLook: true, reason, nextCheckAtMs },
    state: { ...diagnosed.state, fence: eviction.fence, inFlight: step.eviction },
  };
};

const planInFlight = (tick: Tick, eviction: Eviction, nextCheckAtMs: number): Planned => {
  const { policy, diagnosed, observation } = tick;
  const { state } = diagnosed;
  const watch = (inFlight: Eviction | null): Planned => ({
    plan: { kind: 'watch', nextCheckAtMs },
    state: { ...state, inFlight },
  });
  const hold = (holds: readonly Hold[]): Planned => ({
    plan: { kind: 'hold', holds, nextCheckAtMs },
    state,
  });
  if (isGone(tick, eviction)) return watch(isOver(tick, eviction) ? null : terminated(eviction));
  const kase = { policy, state, observation, cluster: diagnosed.cluster };
  if (eviction.confirmedAtMs === null) {
    const holds = holdsAnyAct(kase);
    return holds.length > 0 ? hold(holds) : resume(tick, eviction, nextCheckAtMs);
  }
  const node = diagnosed.nodes.find(({ instanceId }) => instanceId === eviction.instanceId);
  const holds = node === undefined ? holdsAnyAct(kase) : holdsRung(kase, node);
  if (holds.length > 0) return hold(holds);
  const sign = signOf(eviction, observation, isListed(diagnosed, observation, eviction));
  const step = climb(policy, eviction, sign);
  if (step.kind === 'wait') return watch(step.eviction);
  const { acts, lastLook, reason } = step;
  return {
    plan: { kind: 'act', acts, lastLook, reason, nextCheckAtMs },
    state: { ...state, inFlight: step.eviction },
  };
};

/** Terminated, or left out by so many readings of the inventory that it is no longer remembered. */
const isGone = ({ diagnosed, observation }: Tick, { instanceId }: Eviction): boolean => {
  if (!observation.inventory.ok) return false;
  const instance = instanceIn(observation, instanceId);
  if (instance === undefined) return diagnosed.state.nodes[instanceId] === undefined;
  return instance.ec2State === 'terminated';
};

/**
 * A victim that is gone hurts the others for as long as they list it: peers that saw no connection break
 * wait for it until their heart-beat time-out.
 */
const isOver = ({ policy, diagnosed, observation }: Tick, eviction: Eviction): boolean =>
  isListed(diagnosed, observation, eviction) === false ||
  observation.nowMs >= eviction.startedAtMs + policy.ghostPatienceMs;

const instanceIn = ({ inventory }: Observation, instanceId: InstanceId): Instance | undefined =>
  inventory.ok
    ? inventory.value.instances.find((each) => each.instanceId === instanceId)
    : undefined;

/**
 * Committed, but nobody knows whether anything was done: the invocation died between commit and act,
 * or a later look found the victim working. Judged anew, as if nothing had been decided; what is not
 * to be evicted is put back where it was, until AWS has said yes to that.
 */
const resume = (tick: Tick, eviction: Eviction, nextCheckAtMs: number): Planned => {
  const { policy, diagnosed, observation } = tick;
  const { state, cluster } = diagnosed;
  const { instanceId } = eviction;
  const instance = instanceIn(observation, instanceId);
  const node = diagnosed.nodes.find((each) => each.instanceId === instanceId);
  if (instance === undefined || node === undefined) {
    return { plan: { kind: 'watch', nextCheckAtMs }, state };
  }
  if (isLeaving(instance)) {
    return { plan: { kind: 'watch', nextCheckAtMs }, state: { ...state, inFlight: null } };
  }
  if (isEvictable(node, observation.nowMs)) {
    const holds = holdsEviction({ policy, state, observation, cluster }, instanceId);
    if (holds.length > 0) return { plan: { kind: 'hold', holds, nextCheckAtMs }, state };
    const again = { ...eviction, condition: node.condition, failingSinceMs: sinceMs(node) };
    return evict(tick, again, nextCheckAtMs, 'evict, taken up again');
  }
  if (node.suspicion !== null && observation.nowMs < node.suspicion.ripeAtMs) {
    return { plan: { kind: 'watch', nextCheckAtMs }, state };
  }
  const acts = [{ kind: 'register', target: targetOf(eviction) } as const];
  const reason = 'it is not to be evicted any more: undo what was begun';
  return { plan: { kind: 'act', acts, lastLook: false, reason, nextCheckAtMs }, state };
};

/** Whether any member of the core still lists the victim; `null` when there is no majority to ask. */
const isListed = (
  { state, cluster }: Diagnosed,
  { inventory }: Observation,
  { instanceId, address }: Eviction,
): boolean | null => {
  const isReused =
    inventory.ok &&
    inventory.value.instances.some(
      (each) => each.address === address && each.instanceId !== instanceId,
    );
  if (isReused) return false;
  if (cluster.condition !== 'Quorate' && cluster.condition !== 'Degraded') return null;
  return cluster.core
    .flatMap((id) => state.nodes[id] ?? [])
    .some(({ view, lastView }) => [...(view ?? []), ...(lastView ?? [])].includes(address));
};

/**
 * Dense ticks while anything is suspect or in flight. A silent node takes a whole probe deadline to
 * observe, so the last of them waits until its round ends just when the tolerance does, instead of
 * beginning earlier and ending in the middle of the next one.
 */
const nextCheck = (
  policy: Policy,
  { nodes, state }: Diagnosed,
  { startedAtMs, nowMs }: Observation,
): number => {
  const suspicions = nodes.flatMap(({ suspicion }) => suspicion ?? []);
  if (suspicions.length === 0 && state.inFlight === null) return startedAtMs + policy.tickEveryMs;
  const denseAtMs = Math.max(nowMs, startedAtMs + policy.suspectTickEveryMs);
  const decisive = suspicions
    .map(({ ripeAtMs, evidence }) =>
      evidence === 'silence' ? ripeAtMs - policy.probeDeadlineMs : ripeAtMs,
    )
    .filter((atMs) => atMs >= nowMs && atMs < denseAtMs + policy.probeDeadlineMs);
  return decisive.length > 0 ? Math.min(...decisive) : denseAtMs;
};
