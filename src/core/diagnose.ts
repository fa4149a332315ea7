/**
 * From evidence to names. Detection never repairs: this file says what each node and the cluster
 * *are*; whether anything may be done about it is decided in guard.ts.
 */
import { clusterOf } from './cluster.ts';
import { type Judged, nameNode } from './condition.ts';
import { verdictOf } from './detect.ts';
import type { ClusterDiagnosis, Diagnosis, NodeMemory, State } from './model.ts';
import type { Address, Instance, InstanceId, Inventory, Observation } from './observation.ts';
import type { Policy } from './policy.ts';
import { coreOf, type Listing } from './quorum.ts';
import { reseat } from './seats.ts';
import { runTimers, STOPPED, type Timers } from './timers.ts';
import { rememberView, roundView } from './views.ts';

export interface Diagnosed {
  readonly nodes: readonly Diagnosis[];
  readonly cluster: ClusterDiagnosis;
  /** State with everything that was learnt, before anything is planned. */
  readonly state: State;
}

export const diagnose = (policy: Policy, state: State, observation: Observation): Diagnosed => {
  if (!observation.inventory.ok) return unseenTick(policy, state, observation);
  const inventory = observation.inventory.value;
  const judged = inventory.instances.map((instance) => judge(policy, state, observation, instance));
  const core = coreMembers(judged, state);
  const listed = listedAddresses(judged, core);
  const troubled = troubledInstances(judged);
  const named = judged.map((each) => {
    const others = troubled.filter((id) => id !== each.instance.instanceId);
    return { each, node: nameNode(policy, observation, each, { core, listed, troubled: others }) };
  });
  const memory = Object.fromEntries([
    ...missingNodes(state, inventory),
    ...named.map(
      ({ each, node }) => [node.instanceId, remember(each, node, listed, observation)] as const,
    ),
  ]);
  const nodes = named.map(({ node }) => node);
  const seats = reseat(state.seats, inventory, memory, observation.nowMs - policy.stableAfterMs);
  const cluster = clusterOf({ observation, nodes, core, seats });
  return {
    nodes,
    cluster,
    state: {
      ...state,
      lastTickMs: observation.nowMs,
      nodes: memory,
      seats,
      core: core.length > 0 ? core : state.core,
      cluster: cluster.condition,
      clusterSinceMs:
        cluster.condition === state.cluster ? state.clusterSinceMs : observation.nowMs,
    },
  };
};

/** Without an inventory nothing can be named. Those who were known are looked at all the same. */
const unseenTick = (policy: Policy, state: State, observation: Observation): Diagnosed => {
  const cluster = clusterOf({ observation, nodes: [], core: [], seats: state.seats });
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
  return runTimers(policy, isBlindGap ? STOPPED : before, verdict, startedAtMs);
};

const judge = (
  policy: Policy,
  state: State,
  observation: Observation,
  instance: Instance,
): Judged => {
  const known = state.nodes[instance.instanceId];
  const before = known?.address === instance.address ? known : newcomer(instance, observation);
  const verdict = verdictOf(instance.instanceId, observation.rounds);
  const view = roundView(instance.instanceId, observation.rounds);
  return {
    instance,
    memory: {
      ...before,
      ...rememberView(before, view),
      hasWorked: before.hasWorked || verdict.verdict === 'works',
      missingSinceMs: null,
    },
    verdict,
    timers: timersOf(policy, state, observation, [instance.instanceId, before]),
    uuid: view?.members.find(({ address }) => address === instance.address)?.uuid ?? '',
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

/** Auto Scaling's readings lag by a second or two. */
const GONE_AFTER_MS = 5_000;

/** Whoever is not seen to work, newcomers aside, or is unhealthy to the load balancer: one's trouble may be another's. */
const troubledInstances = (judged: readonly Judged[]): readonly InstanceId[] =>
  judged
    .filter(({ memory, verdict }) => memory.hasWorked && verdict.verdict !== 'works')
    .concat(judged.filter(({ instance }) => instance.target === 'unhealthy'))
    .map(({ instance }) => instance.instanceId);

/** The core as instance ids, oldest member first. */
const coreMembers = (judged: readonly Judged[], state: State): readonly InstanceId[] => {
  const listings = judged.flatMap(({ instance, memory, verdict, uuid }): Listing[] =>
    verdict.verdict === 'works' && memory.view !== null
      ? [{ address: instance.address, lists: memory.view, uuid }]
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
  listed: ReadonlySet<Address>,
  { nowMs }: Observation,
): NodeMemory => ({
  ...memory,
  ...timers,
  listedSinceMs: listed.has(instance.address) ? (memory.listedSinceMs ?? nowMs) : null,
  condition,
  conditionSinceMs: condition === memory.condition ? memory.conditionSinceMs : nowMs,
});
