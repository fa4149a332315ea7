/**
 * How long a newcomer may take to start. Learned from the group's own boots: too short a grace cuts honest boots short, which
 * is how Auto Scaling could not bring the servers back in the incident; too long a one waits for the dead.
 */
import type { Seat } from './ledger.ts';
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

/** With the boots of those who took a seat just now. One whose beginning nobody saw is no measure. */
export const bootsAfter = (
  { boots, seats: before }: Pick<State, 'boots' | 'seats'>,
  seats: readonly Seat[],
  nodes: Readonly<Record<InstanceId, NodeMemory>>,
  instances: readonly Instance[],
): readonly number[] => {
  const joined = seats.flatMap(({ instanceId }) =>
    instanceId === null || before.some((seat) => seat.instanceId === instanceId)
      ? []
      : [instanceId],
  );
  return joined.reduce((known, id) => {
    const node = nodes[id];
    const launchedAtMs = instances.find(({ instanceId }) => instanceId === id)?.launchedAtMs;
    const listedSinceMs = node?.listedSinceMs ?? null;
    if (node === undefined || launchedAtMs === undefined || listedSinceMs === null) return known;
    const isWitnessed = node.firstSeenMs < listedSinceMs;
    return isWitnessed ? withBoot(known, listedSinceMs - launchedAtMs) : known;
  }, boots);
};
