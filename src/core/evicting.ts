/** One eviction from the record to its end: begun, taken up again by whoever comes next, or found to be over. */
import { isCurable } from './cluster.ts';
import { isLeaving } from './condition.ts';
import type { Diagnosed } from './diagnose.ts';
import { ended } from './ending.ts';
import { isHalf, type Peers, whyNotFence } from './fence.ts';
import { holdsAnyAct, holdsEviction, holdsReplacement, holdsRung } from './guard.ts';
import { climb, firstRungs } from './ladder.ts';
import type { Fence } from './ledger.ts';
import type { Diagnosis, Eviction, Hold, NodeMemory, Plan, State } from './model.ts';
import type { Instance, InstanceId, Observation, Target } from './observation.ts';
import type { Policy } from './policy.ts';
import { commandInFlight, rungOf, targetOf, terminated } from './rungs.ts';
import type { Sign, Step } from './sign.ts';

export interface Planned {
  readonly plan: Plan;
  readonly state: State;
}

export interface Tick {
  readonly policy: Policy;
  readonly diagnosed: Diagnosed;
  readonly observation: Observation;
  readonly nextCheckAtMs: number;
}

export const isEvictable = ({ condition, suspicion }: Diagnosis, nowMs: number): boolean =>
  EVICTABLE.includes(condition) && suspicion !== null && nowMs >= suspicion.ripeAtMs;

const EVICTABLE: readonly Diagnosis['condition'][] = ['Zombie', 'Stuck', 'Dead', 'Island', 'Ghost'];

export const watching = ({ nextCheckAtMs }: Tick, state: State): Planned => ({
  plan: { kind: 'watch', nextCheckAtMs },
  state,
});

export const holding = (
  { nextCheckAtMs }: Tick,
  state: State,
  holds: readonly Hold[],
): Planned => ({ plan: { kind: 'hold', holds, nextCheckAtMs }, state });

type Beginning = Pick<Eviction, 'begunBy' | 'orderId'>;

/** A new number, a record, and the first rungs. */
export const beginEviction = (tick: Tick, node: Diagnosis, how: Beginning): Planned => {
  const reason = how.begunBy === 'tolerance' ? 'evict' : `evict, by ${how.begunBy}`;
  return evict(tick, recordOf(tick, node, how), reason);
};

/** The record of a member that has been stopped in good order: what is left is the proof, and its instance. */
export const takeOver = (tick: Tick, node: Diagnosis, how: Beginning): Planned => {
  const { policy, diagnosed, observation } = tick;
  const startedAtMs = observation.nowMs;
  const deadlineMs = startedAtMs + policy.killDeadlineMs;
  const rung = { startedAtMs, deadlineMs, outcome: 'done', commandId: null } as const;
  const eviction: Eviction = {
    ...recordOf(tick, node, how),
    rungs: [
      { ...rung, rung: 'deregister', detail: 'drained' },
      { ...rung, rung: 'kill', detail: 'stopped in good order' },
    ],
  };
  return watching(tick, { ...diagnosed.state, fence: eviction.fence, inFlight: eviction });
};

const recordOf = (
  { diagnosed, observation: { nowMs } }: Tick,
  { instanceId, address, condition, suspicion }: Diagnosis,
  how: Beginning,
): Eviction => ({
  fence: diagnosed.state.fence + 1,
  instanceId,
  address,
  condition,
  failingSinceMs: suspicion?.sinceMs ?? nowMs,
  startedAtMs: nowMs,
  confirmedAtMs: how.begunBy === 'tolerance' ? null : nowMs,
  evictedAtMs: null,
  ...how,
  rungs: [],
});

const evict = (tick: Tick, eviction: Eviction, reason: string): Planned => {
  const { policy } = tick;
  const sign = signOf(tick, eviction);
  if (sign.isGone) return carryOut(tick, { ...climb(policy, confirmed(eviction, tick), sign) });
  return carryOut(tick, { ...firstRungs(policy, eviction, sign), reason });
};

/** Of whom nothing is left to look at, nothing can be found working. */
const confirmed = (eviction: Eviction, { observation: { nowMs } }: Tick): Eviction => ({
  ...eviction,
  confirmedAtMs: eviction.confirmedAtMs ?? nowMs,
});

const carryOut = (tick: Tick, step: Step): Planned => {
  const { state } = tick.diagnosed;
  const { eviction, fence } = step;
  const next = {
    ...state,
    fence: Math.max(state.fence, eviction.fence),
    inFlight: eviction,
    fences: withFence(state.fences, fence),
  };
  if (step.kind === 'wait') return watching(tick, next);
  const { acts, lastLook, reason } = step;
  return {
    plan: { kind: 'act', acts, lastLook, reason, nextCheckAtMs: tick.nextCheckAtMs },
    state: next,
  };
};

const withFence = (fences: readonly Fence[], fence: Fence | null): readonly Fence[] =>
  fence === null ? fences : [...fences.filter((each) => each.fence !== fence.fence), fence];

export const planInFlight = (tick: Tick, eviction: Eviction): Planned => {
  const { policy, diagnosed, observation } = tick;
  const { state } = diagnosed;
  const sign = signOf(tick, eviction);
  if (sign.isGone && isOver(policy, eviction, sign)) {
    const detail = 'evicted and its instance terminated';
    return watching(tick, ended(state, observation, terminated(eviction), detail));
  }
  const kase = { policy, observation, ...diagnosed };
  if (eviction.confirmedAtMs === null && !sign.isGone) {
    const holds = holdsAnyAct(kase);
    return holds.length > 0 ? holding(tick, state, holds) : resume(tick, eviction);
  }
  const node = diagnosed.nodes.find(({ instanceId }) => instanceId === eviction.instanceId);
  const holds = node === undefined ? holdsAnyAct(kase) : holdsRung(kase, node);
  if (holds.length > 0) return holding(tick, state, holds);
  const step = climb(policy, confirmed(eviction, tick), sign);
  const replaces =
    step.kind === 'climb' &&
    step.acts.some(({ kind }) => kind === 'replace' || kind === 'terminate');
  const others = replaces ? holdsReplacement(kase, eviction.instanceId) : [];
  return others.length > 0 ? holding(tick, state, others) : carryOut(tick, step);
};

/**
 * A victim that is gone hurts the others for as long as they list it: peers that saw no connection break
 * wait for it until their heart-beat time-out. When they cannot be made to drop it, it stays a ghost, but
 * no longer stands in the way of others that need to be evicted.
 */
const isOver = (policy: Policy, eviction: Eviction, { listed, fence, nowMs }: Sign): boolean => {
  const outcome = rungOf(eviction, 'fence')?.outcome;
  const isAsked = fence !== null && isHalf(fence);
  const isVain = (outcome === 'failed' || outcome === 'skipped') && !isAsked;
  return listed === false || isVain || nowMs >= eviction.startedAtMs + policy.ghostPatienceMs;
};

export const instanceIn = (
  { inventory }: Observation,
  instanceId: InstanceId,
): Instance | undefined =>
  inventory.ok
    ? inventory.value.instances.find((each) => each.instanceId === instanceId)
    : undefined;

/**
 * Committed, but nobody knows whether anything was done: the invocation died between commit and act,
 * or a later look found the victim working. Judged anew, as if nothing had been decided; what is not
 * to be evicted is put back where it was, until AWS has said yes to that.
 */
const resume = (tick: Tick, eviction: Eviction): Planned => {
  const { policy, diagnosed, observation } = tick;
  const { state } = diagnosed;
  const { instanceId } = eviction;
  const instance = instanceIn(observation, instanceId);
  const node = diagnosed.nodes.find((each) => each.instanceId === instanceId);
  if (instance === undefined || node === undefined) return watching(tick, state);
  if (isLeaving(instance))
    return watching(tick, ended(state, observation, eviction, 'it leaves the group already'));
  if (isEvictable(node, observation.nowMs)) {
    const holds = holdsEviction({ policy, observation, ...diagnosed }, instanceId);
    if (holds.length > 0) return holding(tick, state, holds);
    const failingSinceMs = node.suspicion?.sinceMs ?? eviction.failingSinceMs;
    const again = { ...eviction, condition: node.condition, failingSinceMs };
    return evict(tick, again, 'evict, taken up again');
  }
  if (node.suspicion !== null && observation.nowMs < node.suspicion.ripeAtMs) {
    return watching(tick, state);
  }
  // What is being replaced in good order stays out of the load balancer, and its retirement goes on.
  if (state.retirement?.instanceId === instanceId)
    return watching(tick, { ...state, inFlight: null });
  const acts = [{ kind: 'register', target: targetOf(eviction) } as const];
  const reason = 'it is not to be evicted any more: undo what was begun';
  return {
    plan: { kind: 'act', acts, lastLook: false, reason, nextCheckAtMs: tick.nextCheckAtMs },
    state,
  };
};

/** What holds the shutting out of a ghost, beyond the rails: nobody can be made to refuse it. */
export const holdsGhost = (
  tick: Tick,
  { condition, instanceId, address }: Diagnosis,
): readonly Hold[] => {
  if (condition !== 'Ghost') return [];
  const why = whyNotFence(peersOf(tick.diagnosed, tick.observation, { instanceId, address }));
  return why === null
    ? []
    : [{ rail: 'I3', instanceId, reason: `it cannot be shut out: ${why}`, untilMs: null }];
};

const signOf = ({ diagnosed, observation }: Tick, eviction: Eviction): Sign => {
  const { state, nodes } = diagnosed;
  const { inventory, commands, nowMs } = observation;
  const { instanceId } = eviction;
  const instance = instanceIn(observation, instanceId) ?? null;
  const node = nodes.find((each) => each.instanceId === instanceId);
  const commandId = commandInFlight(eviction);
  return {
    listed: isListed(diagnosed, observation, eviction),
    listedLast: peersIn(diagnosed, instanceId).some(
      ({ lastView }) => lastView?.includes(eviction.address) === true,
    ),
    instance,
    isGone:
      inventory.ok &&
      (instance?.ec2State === 'terminated' ||
        inventory.value.departed.includes(instanceId) ||
        // Left out by so many readings of the inventory that it is a ghost, or no longer remembered.
        (instance === null &&
          (state.nodes[instanceId] === undefined ||
            state.nodes[instanceId].condition === 'Ghost'))),
    command: commands.find((each) => each.commandId === commandId) ?? null,
    hostSilent: node?.hostSilent ?? false,
    peers: peersOf(diagnosed, observation, eviction),
    fence: state.fences.find(({ fence }) => fence === eviction.fence) ?? null,
    seats: state.seats.length,
    nowMs,
  };
};

/** Whether any member of the core still lists the victim; `null` when there is no majority to ask. */
const isListed = (
  diagnosed: Diagnosed,
  { inventory }: Observation,
  { instanceId, address }: Eviction,
): boolean | null => {
  const isReused =
    inventory.ok &&
    inventory.value.instances.some(
      (each) => each.address === address && each.instanceId !== instanceId,
    );
  if (isReused) return false;
  if (!isCurable(diagnosed.cluster)) return null;
  return peersIn(diagnosed, instanceId).some(({ view, lastView }) =>
    [...(view ?? []), ...(lastView ?? [])].includes(address),
  );
};

/** What is remembered of the core's other members. */
const peersIn = ({ state, cluster }: Diagnosed, instanceId: InstanceId): readonly NodeMemory[] =>
  cluster.core.filter((id) => id !== instanceId).flatMap((id) => state.nodes[id] ?? []);

/** The core without the victim, and who leads it in the eyes of its members. */
const peersOf = (
  { state, cluster, nodes }: Diagnosed,
  { inventory }: Observation,
  { instanceId, address }: Target,
): Peers => {
  const hosts = cluster.core.filter((id) => id !== instanceId);
  const views = hosts.flatMap((id) => [state.nodes[id]?.view ?? []]);
  const heads = new Set(views.flatMap(([head]) => head ?? []));
  const [head] = heads;
  const own = new Map(hosts.flatMap((id) => [[state.nodes[id]?.address ?? '', id] as const]));
  const leader = heads.size === 1 && head !== undefined ? head : null;
  const isTagged = (id: InstanceId): boolean =>
    inventory.ok && inventory.value.instances.some((each) => each.instanceId === id && each.tagged);
  return {
    hosts,
    isMaster: leader === address,
    master: own.get(leader ?? '') ?? null,
    deaf: hosts.filter(
      (id) => !isTagged(id) || nodes.some((node) => node.instanceId === id && node.hostSilent),
    ),
    strangers: [...new Set(views.flat())].filter((each) => each !== address && !own.has(each)),
  };
};
