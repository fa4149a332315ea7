/** What calls a move off, or makes a rescue of it. */
import { isCurable } from './cluster.ts';
import type { Diagnosed } from './diagnose.ts';
import { isEvictable, type Tick } from './evicting.ts';
import { lostSinceMs } from './failover.ts';
import type { Failover, FailoverPhase } from './failover-ledger.ts';
import { majorityOf } from './quorum.ts';

const USERS_ARE_STILL_THERE: readonly FailoverPhase[] = [
  'launch',
  'form',
  'copy',
  'isolate',
  'level',
  'restore',
  'verify',
];

/** A planned move of a cluster that has lost its majority meanwhile is a rescue: the way out is the one that it is on. */
export const asRescue = (tick: Tick, failover: Failover): Failover => {
  const { nowMs } = tick.observation;
  const { condition, because: how } = tick.diagnosed.cluster;
  const { isPlanned, phase } = failover;
  if (!isPlanned || !USERS_ARE_STILL_THERE.includes(phase)) return failover;
  const sinceMs = lostSinceMs(tick);
  if (sinceMs === null || nowMs < sinceMs + tick.policy.confirmMs) return failover;
  const because = `${failover.because}; since then ${condition}: ${how}`;
  const rescue = { ...failover, because, begunBy: 'loss', isPlanned: false } as const;
  // Nobody was isolated for a planned move.
  return phase === 'level' || phase === 'verify'
    ? { ...rescue, phase: 'isolate', phaseSinceMs: nowMs }
    : rescue;
};

/** Why users need not move any more, before they have; nothing is said against the standby. */
export const whyNeedless = (tick: Tick, { begunBy, isPlanned, phase }: Failover): string | null => {
  if (!USERS_ARE_STILL_THERE.includes(phase)) return null;
  const { condition } = tick.diagnosed.cluster;
  if (begunBy === 'loss' && condition === 'Quorate') return 'the old cluster works again';
  return isPlanned ? whoIsSick(tick) : null;
};

/** Why users must not move to it: the new side is not what it should be. */
export const whyUnfit = (
  tick: Tick,
  { phase, size }: Failover,
  seen: Diagnosed | null,
): string | null => {
  if (!USERS_ARE_STILL_THERE.includes(phase) || seen === null) return null;
  return joined(tick, seen) ?? (phase === 'form' ? apart(tick, seen, size) : null);
};

/**
 * Nobody is evicted while users may be sent away at any moment, and who is sick hurts them now. Of a cluster that has lost its
 * majority nobody can be evicted: then the move is the cure.
 */
const whoIsSick = ({ diagnosed, observation }: Tick): string | null => {
  const sick = diagnosed.nodes.find((node) => isEvictable(node, observation.nowMs));
  return sick === undefined || !isCurable(diagnosed.cluster)
    ? null
    : `${sick.instanceId} is ${sick.condition} and is seen to first: ask again when the cluster is whole`;
};

const joined = ({ diagnosed, observation }: Tick, seen: Diagnosed): string | null => {
  const old = Object.values(diagnosed.state.nodes).map(({ address }) => address);
  const other = observation.move?.other?.inventory;
  const own = other?.ok === true ? other.value.instances.map(({ address }) => address) : null;
  const strangers = Object.values(seen.state.nodes).flatMap(({ view }) =>
    (view ?? []).filter((address) => old.includes(address)),
  );
  const met = Object.values(diagnosed.state.nodes).flatMap(({ view }) =>
    (view ?? []).filter((address) => own?.includes(address) === true),
  );
  const [stranger] = [...strangers, ...met];
  return stranger === undefined
    ? null
    : `the standby joined the old cluster (${stranger} is listed by the other side): give its members another cluster name, and let them find only each other`;
};

/**
 * Members that start together are one cluster after some seconds. Who has found nobody by then looks again only after
 * minutes (Hazelcast's `merge.first.run.delay` is 300 s), and a start-up grace has nothing to wait for.
 */
export const APART_MS = 30_000;

const apart = (
  { observation: { nowMs } }: Tick,
  { state, cluster }: Diagnosed,
  size: number,
): string | null => {
  const working = Object.values(state.nodes).filter(
    ({ worksSinceMs }) => worksSinceMs !== null && nowMs - worksSinceMs >= APART_MS,
  );
  return working.length < size || cluster.core.length >= majorityOf(size)
    ? null
    : `the other side does not form: its ${size} members work, but do not find each other: look at their discovery, their cluster name, and what lies between them`;
};
