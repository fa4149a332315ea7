/**
 * What to do next: go on with the eviction in flight, or start one if a node is ripe and every rail
 * agrees, or watch. One eviction at a time (I1); of several ripe nodes the one that has hurt longest.
 */
import type { Diagnosed } from './diagnose.ts';
import { holdsAnyAct, holdsEviction } from './guard.ts';
import { climb, firstRungs, signOf, targetOf } from './ladder.ts';
import type { Diagnosis, Eviction, Hold, Plan, State } from './model.ts';
import type { Observation } from './observation.ts';
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
  const { state, cluster } = diagnosed;
  const holds: readonly Hold[] = holdsAnyAct({ policy, state, observation, cluster });
  if (holds.length > 0) return { plan: { kind: 'hold', holds, nextCheckAtMs }, state };
  if (eviction.confirmedAtMs === null) return resume(tick, eviction, nextCheckAtMs);
  const step = climb(
    policy,
    eviction,
    signOf(eviction, observation, isListed(diagnosed, eviction)),
  );
  switch (step.kind) {
    case 'finished':
      return { plan: { kind: 'watch', nextCheckAtMs }, state: { ...state, inFlight: null } };
    case 'wait':
      return {
        plan: { kind: 'watch', nextCheckAtMs },
        state: { ...state, inFlight: step.eviction },
      };
    case 'climb':
      return {
        plan: { kind: 'act', acts: step.acts, lastLook: false, reason: step.reason, nextCheckAtMs },
        state: { ...state, inFlight: step.eviction },
      };
  }
};

/**
 * Committed, but nobody knows whether anything was done: the invocation died between commit and act,
 * or the last look was unclear. Look again; a node that works is put back where it was.
 */
const resume = (tick: Tick, eviction: Eviction, nextCheckAtMs: number): Planned => {
  const { diagnosed } = tick;
  const node = diagnosed.nodes.find(({ instanceId }) => instanceId === eviction.instanceId);
  if (node?.suspicion === null || node === undefined) {
    const reason = node === undefined ? 'it left the group' : 'it works again: undo what was begun';
    const acts =
      node === undefined ? [] : [{ kind: 'register', target: targetOf(eviction) } as const];
    return {
      plan: { kind: 'act', acts, lastLook: false, reason, nextCheckAtMs },
      state: { ...diagnosed.state, inFlight: null },
    };
  }
  return evict(tick, eviction, nextCheckAtMs, 'evict, taken up again');
};

/** Whether any member of the core still lists the victim; `null` when there is no core to ask. */
const isListed = ({ state, cluster }: Diagnosed, { address }: Eviction): boolean | null => {
  const views = cluster.core.flatMap((id) => state.nodes[id] ?? []);
  if (views.length === 0) return null;
  return views.some(({ view, lastView }) =>
    [...(view ?? []), ...(lastView ?? [])].includes(address),
  );
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
