/**
 * The end of a move, when users are on the new side: what is still written on the old one is carried, and it goes. Until then
 * they can be led back, so it does not go while it is the one that works.
 */
import type { MoveAct } from './acts.ts';
import { isCourierOver, restore } from './changed.ts';
import { isCurable } from './cluster.ts';
import { carrying, isCarried, isLevel, wordOf } from './courier.ts';
import type { Diagnosed } from './diagnose.ts';
import { holding, type Planned, type Tick } from './evicting.ts';
import { carryOut, isLate, planUndo, turn } from './failover.ts';
import type { Failover } from './failover-ledger.ts';
import type { Hold } from './model.ts';
import type { Observation } from './observation.ts';
import { inventoryOf } from './side.ts';

const KEPT: Hold = {
  rail: 'I10',
  instanceId: null,
  reason:
    'the new side has lost its majority, and the old one, which has it, is kept: quorate abort leads users back',
  untilMs: null,
};

/** In a rescue the old side has lost it, too. @param seen the old side; `null`: nobody sees it */
const isKept = ({ diagnosed }: Tick, seen: Diagnosed | null): boolean =>
  seen !== null && isCurable(seen.cluster) && !isCurable(diagnosed.cluster);

/** Calls of the old side end, and what they wrote is carried after them: by another courier if this one has died. */
export const drain = (tick: Tick, failover: Failover, seen: Diagnosed | null): Planned => {
  const { policy, observation } = tick;
  const isBehind =
    isCarried(failover) &&
    !isLevel(policy, observation, failover) &&
    !isEnding(observation, failover);
  const isOver = isLate(tick, failover, policy.drainMs + (isBehind ? policy.levelDeadlineMs : 0));
  if (isOver && isKept(tick, seen)) {
    return holding(tick, { ...tick.diagnosed.state, failover }, [KEPT]);
  }
  if (!isOver) {
    return isCarried(failover)
      ? carryOut(...carrying(tick, failover), 'carries what is still written on the old side')
      : carryOut(tick, failover, [], '');
  }
  if (!isCarried(failover) || isCourierOver(observation, failover)) {
    return turn(tick, failover, 'retire');
  }
  const act = { kind: 'endCarry', side: failover.to, job: failover.fence } as const;
  return carryOut(tick, failover, [act], 'the courier finishes what it has in hand');
};

const isEnding = (observation: Observation, failover: Failover): boolean =>
  wordOf(observation, failover)?.phase === 'ended';

/** The old side goes, and everything that was held still is let go. */
export const retire = (tick: Tick, failover: Failover): Planned => {
  const { policy, diagnosed, observation } = tick;
  const old = inventoryOf(diagnosed.state, observation, failover.from);
  const { left, acts } = restore(failover, diagnosed.state, observation);
  const isEmpty = old.ok
    ? old.value.desired === 0 && old.value.instances.length === 0
    : old.isGone === true;
  const isOver = isEmpty || isLate(tick, failover, policy.goDeadlineMs);
  if (isOver && left.length === 0) return planUndo(tick, { ...failover, changed: [] });
  const isAsked = old.ok && old.value.desired === 0 && old.value.min === 0;
  const scale: readonly MoveAct[] = isAsked
    ? []
    : [{ kind: 'scale', side: failover.from, min: 0, desired: 0 }];
  return carryOut(
    tick,
    { ...failover, changed: left },
    [...scale, ...acts],
    'retires the old side',
  );
};
