/**
 * From evidence to names. Detection never repairs: this file says what each node and the cluster
 * *are*; whether anything may be done about it is decided in guard.ts.
 */
import { clusterOf, lossAfter } from './cluster.ts';
import { type Company, type Judged, nameNode } from './condition.ts';
import type { NodeCondition } from './conditions.ts';
import { failingApplications, stuckPartition, verdictOf } from './detect.ts';
import { GONE_AFTER_MS, ghostsOf, nameGhost } from './ghosts.ts';
import { bootsAfter, graceOf } from './grace.ts';
import type { ClusterDiagnosis, Diagnosis, NodeMemory, State } from './model.ts';
import { muteSince } from './mute.ts';
import type { Address, Instance, InstanceId, Inventory, Observation } from './observation.ts';
import { isOwing } from './owed.ts';
import { cutsAfter } from './peers.ts';
import type { Policy } from './policy.ts';
import { coreOf, type Listing } from './quorum.ts';
import { resyncAfter } from './resync.ts';
import { reseat } from './seats.ts';
import { strayingSince } from './stray.ts';
import { runTimers, STOPPED, type Timers } from './timers.ts';
import { isSettled, rememberView, roundView } from './views.ts';

export interface Diagnosed {
  readonly nodes: readonly Diagnosis[];
  readonly cluster: ClusterDiagnosis;
  /** State with everything that was learnt, before anything is planned. */
  readonly state: State;
}

export const diagnose = (given: Policy, state: State, observation: Observation): Diagnosed => {
  // Of this side: another group may boot another image, on other machines.
  const policy = { ...given, startupGraceMs: graceOf(given, state.boots) };
  if (!observation.inventory.ok) return unseenTick(policy, state, observation);
  const inventory = observation.inventory.value;
  const { nowMs, rounds } = observation;
  const seen = inventory.instances.map((instance) => judge(policy, state, observation, instance));
  const core = coreMembers(seen, state);
  const listed = listedAddresses(seen, core);
  const addresses = seen
    .filter(({ instance }) => core.includes(instance.instanceId))
    .map(({ instance }) => instance.address);
  const judged = seen.map((each) => ({
    ...each,
    memory: placed(policy, each, { core, addresses }, nowMs),
  }));
  const cuts = cutsAfter(state.cuts, rounds, nowMs);
  const troubled = troubledInstances(judged);
  const company = { core, listed, cuts, retiring: state.retirement?.instanceId ?? null };
  const ghosts = ghostsOf(state, inventory, listed);
  const named = judged
    .filter(({ instance }) => ghosts.every(({ instanceId }) => instanceId !== instance.instanceId))
    .map((each) => {
      const others = troubled.filter((id) => id !== each.instance.instanceId);
      return { each, node: nameNode(policy, observation, each, { ...company, troubled: others }) };
    });
  const haunting = ghosts.map((ghost) => ({ ghost, node: nameGhost(policy, ghost, nowMs) }));
  const memory = Object.fromEntries([
    ...missingNodes(state, inventory),
    ...haunting.map(
      ({ ghost, node }) =>
        [node.instanceId, withCondition(ghost.memory, node.condition, nowMs)] as const,
    ),
    ...named.map(
      ({ each, node }) => [node.instanceId, remember(each, node, company, observation)] as const,
    ),
  ]);
  const nodes = [...named, ...haunting].map(({ node }) => node);
  const seats = reseat(state.seats, inventory, memory, nowMs - policy.stableAfterMs);
  const { loss } = state;
  const patienceMs = policy.startupGraceMs;
  const cluster = clusterOf({ observation, nodes, core, seats, loss, patienceMs });
  const owing = Object.entries(memory).flatMap(([id, node]) => (isOwing(node) ? [id] : []));
  const lost = core.length > 0 && Object.values(state.nodes).some((node) => isLost(node, listed));
  return {
    nodes,
    cluster,
    state: {
      ...state,
      lastTickMs: nowMs,
      nodes: memory,
      seats,
      core: core.length > 0 ? core : state.core,
      cuts,
      resync: resyncAfter(state, { core, rounds, nowMs, lost }),
      symptomsSinceMs: symptomsSince(state, observation, nodes),
      muteSinceMs: muteSince(state.muteSinceMs, rounds, nowMs),
      ...lossAfter(state, { cluster, seats, owing, nowMs }),
      boots: bootsAfter(given, state, memory, inventory.instances),
      cluster: cluster.condition,
      clusterSinceMs: cluster.condition === state.cluster ? state.clusterSinceMs : nowMs,
    },
  };
};

/** A member that the core listed and lists no more: what it held has a copy less. */
const isLost = (
  { coreUuid, listedSinceMs, address }: NodeMemory,
  listed: ReadonlySet<Address>,
): boolean => coreUuid !== null && listedSinceMs !== null && !listed.has(address);

/** Users are failed somewhere and no member is to blame: is it the way between two of them? */
const symptomsSince = (
  { symptomsSinceMs }: State,
  { rounds, nowMs }: Observation,
  nodes: readonly Diagnosis[],
): number | null => {
  const isExplained = nodes.some(
    ({ suspicion, condition }) => suspicion !== null || condition === 'Starting',
  );
  const felt = !isExplained && failingApplications(rounds).length > 0;
  return felt ? (symptomsSinceMs ?? nowMs) : null;
};

/** Without an inventory nothing can be named. Those who were known are looked at all the same. */
const unseenTick = (policy: Policy, state: State, observation: Observation): Diagnosed => {
  const { seats, loss } = state;
  const patienceMs = policy.startupGraceMs;
  const cluster = clusterOf({ observation, nodes: [], core: [], seats, loss, patienceMs });
  const nodes = Object.entries(state.nodes).map(([id, node]) => [
    id,
    { ...node, ...timersOf(policy, state, observation, [id, node]) },
  ]);
  return {
    nodes: [],
    cluster,
    state: {
      ...state,
      lastTickMs: observation.nowMs,
      nodes: Object.fromEntries(nodes),
      cluster: cluster.condition,
      clusterSinceMs:
        cluster.condition === state.cluster ? state.clusterSinceMs : observation.nowMs,
    },
  };
};

const timersOf = (
  policy: Policy,
  { lastTickMs }: State,
  { rounds, startedAtMs }: Observation,
  [instanceId, before]: readonly [InstanceId, NodeMemory],
): Timers => {
  // Also when the clock was set back: what is dated in the future cannot be counted from.
  const isBlindGap = Math.abs(startedAtMs - lastTickMs) > policy.blindGapMs;
  const verdict = verdictOf(instanceId, rounds);
  const known = isBlindGap ? { ...before, ...STOPPED } : before;
  return runTimers(policy, known, verdict, startedAtMs);
};

const judge = (
  policy: Policy,
  state: State,
  observation: Observation,
  instance: Instance,
): Judged => {
  const known = state.nodes[instance.instanceId];
  const before = known?.address === instance.address ? known : newcomer(instance, observation);
  const { instanceId, address, tagged } = instance;
  const verdict = verdictOf(instanceId, observation.rounds);
  const view = roundView(instanceId, observation.rounds);
  const uuid = view?.members.find((member) => member.address === address)?.uuid ?? before.uuid;
  const uuidSinceMs = uuid === before.uuid ? before.uuidSinceMs : observation.nowMs;
  return {
    instance,
    memory: {
      ...before,
      ...rememberView(before, view),
      hasWorked: before.hasWorked || verdict.verdict === 'works',
      uuid,
      uuidSinceMs,
      canaryPartition: stuckPartition(instanceId, observation.rounds),
      tagged,
      missingSinceMs: null,
    },
    verdict,
    timers: timersOf(policy, state, observation, [instanceId, { ...before, uuidSinceMs }]),
  };
};

/** With what can only be told beside the core. */
const placed = (
  policy: Policy,
  { instance, memory, verdict }: Judged,
  members: { readonly core: readonly InstanceId[]; readonly addresses: readonly Address[] },
  nowMs: number,
): NodeMemory => {
  const { core } = members;
  const isWorking = verdict.verdict === 'works';
  // A process that has just started again still counts by the list of the one before.
  const isMember = core.includes(instance.instanceId) && isSettled(memory);
  return {
    ...memory,
    coreUuid: isMember ? memory.uuid : memory.coreUuid,
    strayingSinceMs: strayingSince(policy, { instance, memory, isWorking }, members, nowMs),
  };
};

const newcomer = (instance: Instance, observation: Observation): NodeMemory => ({
  address: instance.address,
  firstSeenMs: observation.nowMs,
  hasWorked: false,
  ...STOPPED,
  listedSinceMs: null,
  lastView: null,
  view: null,
  uuid: '',
  uuidSinceMs: observation.nowMs,
  coreUuid: null,
  strayingSinceMs: null,
  canaryPartition: null,
  tagged: instance.tagged,
  condition: 'Unknown',
  conditionSinceMs: observation.nowMs,
  missingSinceMs: null,
});

/**
 * Those whom the inventory leaves out. A reading may be stale, so they are remembered, seat and all,
 * until readings this far apart agree.
 */
const missingNodes = (
  { nodes }: State,
  { instances, readAtMs }: Inventory,
): readonly (readonly [InstanceId, NodeMemory])[] => {
  const present = new Set(instances.map(({ instanceId }) => instanceId));
  return Object.entries(nodes)
    .filter(([id]) => !present.has(id))
    .map(
      ([id, node]) =>
        [id, { ...node, ...STOPPED, missingSinceMs: node.missingSinceMs ?? readAtMs }] as const,
    )
    .filter(([, { missingSinceMs }]) => readAtMs - missingSinceMs < GONE_AFTER_MS);
};

/** Whoever is not seen to work, newcomers aside, or is unhealthy to the load balancer: one's trouble may be another's. */
const troubledInstances = (judged: readonly Judged[]): readonly InstanceId[] =>
  judged
    .filter(({ memory, verdict }) => memory.hasWorked && verdict.verdict !== 'works')
    .concat(judged.filter(({ instance }) => instance.target === 'unhealthy'))
    .map(({ instance }) => instance.instanceId);

/** The core as instance ids, oldest member first. */
const coreMembers = (judged: readonly Judged[], state: State): readonly InstanceId[] => {
  const listings = judged.flatMap(({ instance, memory, verdict }): Listing[] =>
    verdict.verdict === 'works' && memory.view !== null
      ? [{ address: instance.address, lists: memory.view, uuid: memory.uuid }]
      : [],
  );
  const [oldestId] = state.core;
  const previousOldest = oldestId === undefined ? null : (state.nodes[oldestId]?.address ?? null);
  const core = coreOf(listings, previousOldest);
  const order = listings.find(({ address }) => address === core[0])?.lists ?? [];
  return [...core]
    .sort((a, b) => order.indexOf(a) - order.indexOf(b))
    .flatMap((address) => judged.filter(({ instance }) => instance.address === address))
    .map(({ instance }) => instance.instanceId);
};

/** Everybody whom any member of the core lists: one that still lists a victim is still hurt by it. */
const listedAddresses = (
  judged: readonly Judged[],
  core: readonly InstanceId[],
): ReadonlySet<Address> =>
  new Set(
    judged
      .filter(({ instance }) => core.includes(instance.instanceId))
      .flatMap(({ memory }) => [...(memory.view ?? []), ...(memory.lastView ?? [])]),
  );

const remember = (
  { instance, memory, timers }: Judged,
  { condition }: Diagnosis,
  { listed }: Pick<Company, 'listed'>,
  { nowMs }: Observation,
): NodeMemory => ({
  ...withCondition(memory, condition, nowMs),
  ...timers,
  listedSinceMs: listed.has(instance.address) ? (memory.listedSinceMs ?? nowMs) : null,
});

const withCondition = (
  memory: NodeMemory,
  condition: NodeCondition,
  nowMs: number,
): NodeMemory => ({
  ...memory,
  condition,
  conditionSinceMs: condition === memory.condition ? memory.conditionSinceMs : nowMs,
});
