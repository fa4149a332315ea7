/**
 * How long a newcomer may take to start. Learned from the boots of its own side: too short a grace cuts honest boots short,
 * which is how Auto Scaling could not bring the servers back in the incident; too long a one waits for the dead.
 */
import { isLeaving } from './condition.ts';
import type { NodeMemory, State } from './model.ts';
import type { Instance, InstanceId } from './observation.ts';
import type { Policy } from './policy.ts';

/** Boots that are remembered. */
const KEPT = 20;
/** Below this the fleets file decides. */
const ENOUGH = 5;
/** Nine of ten boots were faster than this one; twice that is still an honest boot on a bad day. */
const SHARE = 0.9;
const FACTOR = 2;
/** Never under a minute: an instance alone takes up to that until its operating system runs. */
const LEAST_MS = 60_000;
/** Nor far beyond what people said. */
const MOST_FACTOR = 3;

const withBoot = (boots: readonly number[], bootMs: number): readonly number[] =>
  [...boots, bootMs].slice(-KEPT);

/** @returns ms from launch until a node that never worked counts as failed */
export const graceOf = ({ startupGraceMs }: Policy, boots: readonly number[]): number => {
  if (boots.length < ENOUGH) return startupGraceMs;
  const sorted = [...boots].sort((a, b) => a - b);
  const slow = sorted[Math.ceil(sorted.length * SHARE) - 1] ?? startupGraceMs;
  const leastMs = Math.min(LEAST_MS, startupGraceMs);
  return Math.min(Math.max(slow * FACTOR, leastMs), startupGraceMs * MOST_FACTOR);
};

type Nodes = Readonly<Record<InstanceId, NodeMemory>>;

/**
 * With the boots of those whom the core lists for the first time. Whoever was cut short may have been honest and slow: then
 * the fleets file decides again, until as many boots are known as before.
 */
export const bootsAfter = (
  policy: Policy,
  state: Pick<State, 'boots' | 'nodes' | 'inFlight'>,
  nodes: Nodes,
  instances: readonly Instance[],
): readonly number[] => {
  const { boots } = state;
  const isCut = instances.some((each) => isCutShort(each, state, nodes));
  if (isCut && graceOf(policy, boots) < policy.startupGraceMs) return [];
  return instances.reduce((known, { instanceId, launchedAtMs }) => {
    const before = state.nodes[instanceId];
    const node = nodes[instanceId];
    const isNew = before?.listedSinceMs == null && before?.coreUuid == null;
    if (node === undefined || node.listedSinceMs === null || !isNew) return known;
    const isWitnessed = isBootSeen(policy, node, launchedAtMs);
    return isWitnessed ? withBoot(known, node.listedSinceMs - launchedAtMs) : known;
  }, boots);
};

/** Seen before it worked, and soon after its launch: else it is a process that was started again, or was there before us. */
const isBootSeen = (
  { startupGraceMs }: Policy,
  { firstSeenMs, worksSinceMs }: NodeMemory,
  launchedAtMs: number,
): boolean =>
  worksSinceMs !== null &&
  firstSeenMs < worksSinceMs &&
  firstSeenMs - launchedAtMs < startupGraceMs;

/** It goes because it did not work in time. */
const isCutShort = (
  instance: Instance,
  { inFlight }: Pick<State, 'inFlight'>,
  nodes: Nodes,
): boolean =>
  inFlight?.instanceId === instance.instanceId &&
  inFlight.begunBy === 'tolerance' &&
  isLeaving(instance) &&
  nodes[instance.instanceId]?.hasWorked === false;
