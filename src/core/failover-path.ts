/**
 * Which way leads out when there is no majority, the cheapest that works: repaired in place by evictions, moved to the
 * standby, or rebuilt in place; with what is expected to be lost, before anything is done.
 */
import type { Diagnosed } from './diagnose.ts';
import { untagged } from './guard.ts';
import type { Hold } from './model.ts';
import type { Observation } from './observation.ts';
import type { Policy } from './policy.ts';
import { isRepairable } from './repair.ts';
import { isStandingBy } from './standby.ts';
import { EVERY_SESSION, totalLoss } from './vault.ts';

export interface Way {
  readonly path: 'repair' | 'move' | 'rebuild';
  readonly because: string;
  /** For people: what is expected to be lost. */
  readonly expected: string;
  /** Why the standby cannot be had; empty when it can, or is not the way. */
  readonly against: readonly Hold[];
}

export const wayOut = (
  policy: Policy,
  diagnosed: Diagnosed,
  observation: Observation,
  kind: 'loss' | 'order',
): Way => {
  const { cluster } = diagnosed;
  const { nowMs } = observation;
  const isSeen = observation.inventory.ok;
  const expected = kind === 'loss' ? expectedLoss(policy, diagnosed, nowMs) : NOTHING;
  if (kind === 'loss' && isRepairable({ policy, ...diagnosed, observation })) {
    return { path: 'repair', because: REPAIRABLE, expected: NOTHING, against: [] };
  }
  const against = againstStandby(policy, diagnosed, observation, kind);
  const because = kind === 'loss' ? `${cluster.condition}: ${cluster.because}` : 'asked for';
  if (policy.standby && against.length === 0) {
    return { path: 'move', because, expected: isSeen ? expected : UNTOLD, against };
  }
  // The vault is for a move: a rebuilding restores nothing.
  const lostInPlace = cluster.core.length > 0 ? expected : EVERY_SESSION;
  return {
    path: 'rebuild',
    because,
    expected: isSeen ? lostInPlace : UNTOLD,
    against,
  };
};

const NOTHING = 'no session that can be read';
const UNTOLD = 'nobody can tell: the nodes could not be read';
const REPAIRABLE = 'those who are left serve, and nobody hurts them: what is gone is replaced';

const againstStandby = (
  policy: Policy,
  { state }: Diagnosed,
  observation: Observation,
  kind: 'loss' | 'order',
): readonly Hold[] => {
  if (!policy.standby) return [];
  const holds: Hold[] = [];
  const hold = (rail: Hold['rail'], reason: string, untilMs: number | null = null): void => {
    holds.push({ rail, instanceId: null, reason, untilMs });
  };
  const { move, nowMs } = observation;
  if (kind === 'loss' && nowMs < state.standbyAfterMs) {
    hold('I9', 'the last move to the standby came to nothing', state.standbyAfterMs);
  }
  if (move?.other === undefined || move.other === null) {
    hold('I2', 'the standby was not read');
    return holds;
  }
  const { inventory } = move.other;
  if (!inventory.ok) hold('I2', `the standby cannot be read: ${inventory.error}`);
  else {
    const size = sizeOf({ state }, observation);
    if (!inventory.value.groupTagged) hold('I11', untagged('the standby group'));
    if (inventory.value.max < size) {
      hold('I3', `the standby's maximum size is ${inventory.value.max}, it needs ${size}`);
    }
  }
  if (!move.routing.ok) hold('I2', `the load balancer cannot be read: ${move.routing.error}`);
  else if (move.routing.value.side !== state.active) {
    hold('I5', 'the load balancer does not send all users to the side that it should');
  }
  return holds;
};

/** As many members as there were, or should be. Whoever stands by has a spare beside it. */
export const sizeOf = ({ state }: Pick<Diagnosed, 'state'>, { inventory }: Observation): number => {
  const { length } = state.seats;
  if (!inventory.ok) return length;
  const { desired, instances } = inventory.value;
  return Math.max(length - instances.filter(isStandingBy).length, desired);
};

/** With one backup a partition is lost when both of its members are: the share of pairs among those who are gone. */
const expectedLoss = (policy: Policy, { state, cluster }: Diagnosed, nowMs: number): string => {
  const all = state.seats.length;
  const left = state.seats.filter(
    ({ instanceId }) => instanceId !== null && cluster.core.includes(instanceId),
  ).length;
  if (left === 0) return totalLoss(policy, state, nowMs);
  const gone = all - left;
  const share = Math.round((100 * gone * (gone - 1)) / (all * (all - 1)));
  const unread = `about ${share} % of the sessions, whose copies were all on the ${gone} that are gone`;
  return policy.standby && !policy.sessions
    ? 'every session: the fleets file names no maps to carry'
    : unread;
};
