/** The first step of a move: the other side gets its instances. */
import type { Act, MoveAct } from './acts.ts';
import type { Planned, Tick } from './evicting.ts';
import { carryOut, isLate, keepStill, turn, turnBack } from './failover.ts';
import type { Failover } from './failover-ledger.ts';
import { isolating } from './isolating.ts';
import { seconds } from './seconds.ts';
import { inventoryOf } from './side.ts';

export const launch = (tick: Tick, failover: Failover): Planned => {
  const { policy, diagnosed, observation } = tick;
  const { size, to } = failover;
  const standby = inventoryOf(diagnosed.state, observation, to);
  if (!standby.ok) return carryOut(tick, failover, [], '');
  const running = standby.value.instances.filter(({ ec2State }) => ec2State === 'running').length;
  if (running < size && isLate(tick, failover, policy.launchDeadlineMs)) {
    return turnBack(
      tick,
      failover,
      `${running} of ${size} instances run after ${seconds(policy.launchDeadlineMs)}: is there capacity?`,
    );
  }
  // What is refused again and again is tried on, but holds nothing up that has all its instances.
  if (running >= size) return turn(tick, failover, 'form');
  const acts: MoveAct[] = [...keepStill(tick, failover)];
  if (standby.value.desired < size) {
    const { inventory } = observation;
    const min = Math.min(size, inventory.ok ? inventory.value.min : size);
    acts.push({ kind: 'scale', side: to, min, desired: size });
  }
  return carryOut(
    ...isolatingEarly(tick, failover, acts),
    `gets ${size} instances on the other side`,
  );
};

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
