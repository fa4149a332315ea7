/** The first step of a move: the other side gets its instances. */
import type { Act, MoveAct } from './acts.ts';
import { isLeaving } from './condition.ts';
import type { Planned, Tick } from './evicting.ts';
import { carryOut, isLate, keepStill, turn, turnBack } from './failover.ts';
import type { Failover } from './failover-ledger.ts';
import { isolating } from './isolating.ts';
import type { Instance } from './observation.ts';
import { seconds } from './seconds.ts';
import { inventoryOf } from './side.ts';

export const launch = (tick: Tick, failover: Failover): Planned => {
  const { policy, diagnosed, observation } = tick;
  const { size, to } = failover;
  const standby = inventoryOf(diagnosed.state, observation, to);
  if (!standby.ok) {
    return isLate(tick, failover, policy.launchDeadlineMs)
      ? turnBack(tick, failover, `the standby cannot be read: ${standby.error}`)
      : carryOut(tick, failover, [], '');
  }
  const { instances } = standby.value;
  // What an earlier move carried to them would be in the new cluster, and win over what is carried now.
  const leaving = instances.filter(
    (each) =>
      isLeaving(each) &&
      each.ec2State !== 'terminated' &&
      each.launchedAtMs < failover.phaseSinceMs,
  );
  const staying = instances.filter((each) => !isLeaving(each));
  const running = staying.filter(({ ec2State }) => ec2State === 'running').length;
  if ((running < size || leaving.length > 0) && isLate(tick, failover, policy.launchDeadlineMs)) {
    return turnBack(
      tick,
      failover,
      `${running} of ${size} instances run after ${seconds(policy.launchDeadlineMs)}: ${whyFew(leaving)}`,
    );
  }
  // What is refused again and again is tried on, but holds nothing up that has all its instances.
  if (running >= size && leaving.length === 0) return turn(tick, failover, 'form');
  const acts: MoveAct[] = [...keepStill(tick, failover)];
  if (standby.value.desired < size && leaving.length === 0) {
    const { inventory } = observation;
    const min = Math.min(size, inventory.ok ? inventory.value.min : size);
    acts.push({ kind: 'scale', side: to, min, desired: size });
  }
  return carryOut(
    ...isolatingEarly(tick, failover, acts),
    `gets ${size} instances on the other side`,
  );
};

const whyFew = ([first]: readonly Instance[]): string =>
  first === undefined
    ? 'is there capacity?'
    : `${first.instanceId} of an earlier move has not left yet`;

/** Users wait for nothing as much as for the sick to be gone, where their calls count for more than what only the sick have. */
export const isolatingEarly = (
  tick: Tick,
  failover: Failover,
  acts: readonly Act[],
): [tick: Tick, failover: Failover, acts: readonly Act[]] => {
  const isUrgent = failover.begunBy === 'loss' && tick.policy.prefer === 'mitigation';
  if (!isUrgent) return [tick, failover, acts];
  const isolated = isolating(tick, failover);
  return [tick, isolated.failover, [...acts, ...isolated.acts]];
};
