/**
 * A move to the other side, step by step.
 *
 *   launch -> form -> copy -> isolate -> level -> verify -> switch -> drain -> retire
 *      |        |       |        |         |        |         |         |
 *      '--------+-------+--------+---------+--------+---------'         '--> back by another move
 *                         undo: everything as it was
 *
 * Up to the switch users stay where they are, and all of it is changed back when something does not come in time. The switch
 * is one change of the load balancer: sessions that live on one of two clusters can be sent to one of them only. Nobody
 * moves back by itself afterwards (I10).
 */

import { goBack } from './aborting.ts';
import { asRescue, whyNeedless, whyUnfit } from './calling-off.ts';
import { withChange } from './changed.ts';
import { isLeaving } from './condition.ts';
import { carrying, isCarried, isLevel, withWord, wordOf } from './courier.ts';
import type { Diagnosed } from './diagnose.ts';
import { drain, retire } from './draining.ts';
import { holding, type Planned, type Tick } from './evicting.ts';
import { carryOut, isLate, keepStill, planUndo, turn, turnBack } from './failover.ts';
import type { Failover, FailoverPhase } from './failover-ledger.ts';
import { givingUp } from './giving-up.ts';
import { holdsAnyAct } from './guard.ts';
import { isIsolated, isolating } from './isolating.ts';
import { isolatingEarly, launch } from './launching.ts';
import type { SideMemory } from './model.ts';
import { majorityOf } from './quorum.ts';
import { restore as restoreVault } from './restoring.ts';
import { seconds } from './seconds.ts';
import { inventoryOf, isAllGone, seeOtherSide, sideMemoryOf, swapped } from './side.ts';
import { areUp, isVerified, readying, whyNotVerified } from './verifying.ts';

export const planMove = (tick: Tick, before: Failover): Planned => {
  const { policy, diagnosed, observation } = tick;
  const { state } = diagnosed;
  const seen = seeOtherSide(policy, state, before.side, observation);
  const side = seen === null ? before.side : sideMemoryOf(seen.state);
  const heard = asRescue(tick, withWord({ ...before, side }, observation));
  const holds = holdsAnyAct({ policy, observation, ...diagnosed });
  if (holds.length > 0)
    return holding(tick, { ...state, failover: resting(tick, heard, before) }, holds);
  const routed = afterSwitch(tick, heard);
  if ('plan' in routed) return routed;
  const kept = RESTORING.includes(routed.phase) ? givingUp(tick, routed) : routed;
  return kept === routed ? walk(tick, kept, seen) : carryOut(tick, kept, [], '');
};

const RESTORING: readonly FailoverPhase[] = ['retire', 'undo'];

/** Whoever listens to our events hears of these before anything of them is done. */
const TOLD_FIRST: readonly FailoverPhase[] = ['switch', 'undo'];

/**
 * As far as what was seen in this tick carries: a step whose proof is there leads to the next one at once, and the first that
 * acts or has to wait is the last one. All of it is committed before any of its acts.
 */
const walk = (tick: Tick, failover: Failover, seen: Diagnosed | null): Planned => {
  const needless = whyNeedless(tick, failover);
  const why = needless ?? whyUnfit(tick, failover, seen);
  const planned =
    why === null
      ? STEPS[failover.phase](tick, failover, seen)
      : turnBack(tick, needless === null ? failover : { ...failover, isStandbyFit: true }, why);
  const { plan, state } = planned;
  const next = state.failover;
  const isOn = plan.kind === 'watch' && next !== null && next.phase !== failover.phase;
  return isOn && !TOLD_FIRST.includes(next.phase)
    ? soon(tick, walk({ ...tick, diagnosed: { ...tick.diagnosed, state } }, next, seen))
    : planned;
};

/** A step that waits from now on looks at once for what this tick did not show. */
const soon = ({ observation: { nowMs } }: Tick, planned: Planned): Planned =>
  planned.plan.kind === 'watch'
    ? { ...planned, plan: { ...planned.plan, nextCheckAtMs: nowMs } }
    : planned;

/** What is held back counts for no deadline. */
const resting = (
  { observation: { nowMs } }: Tick,
  failover: Failover,
  before: Failover,
): Failover => ({
  ...failover,
  // The other side may not have been read for longer than this has been held.
  phaseSinceMs: Math.min(nowMs, failover.phaseSinceMs + nowMs - (before.side?.lastTickMs ?? nowMs)),
});

/**
 * Once the switch was asked for, the load balancer alone says where users are. When they are on the new side there is only
 * forward, unless that one has been sent home meanwhile; while nobody can say, nothing is done.
 */
const afterSwitch = (tick: Tick, failover: Failover): Failover | Planned => {
  const { diagnosed, observation } = tick;
  const { routing } = observation.move ?? {};
  const { phase, isSwitchAsked, to, side, size } = failover;
  if (!isSwitchAsked || (phase !== 'switch' && phase !== 'undo')) return failover;
  if (routing?.ok !== true) return carryOut(tick, failover, [], '');
  const isThere = routing.value.side === to;
  const there = inventoryOf(diagnosed.state, observation, to);
  const isGoing = phase === 'undo' && there.ok && there.value.desired < size;
  if (isThere && side !== null && !isGoing) return landed(tick, failover, side);
  if (phase === 'undo' && (isThere || routing.value.isHalf === true)) {
    const back = { kind: 'switch', side: failover.from } as const;
    return carryOut(tick, failover, [back], 'leads users back to where they were');
  }
  return failover;
};

const landed = (tick: Tick, failover: Failover, side: SideMemory): Planned => {
  const { state } = tick.diagnosed;
  const old = sideMemoryOf(state);
  // The new size is the fleet's from now on, and users are where they belong.
  const changed = failover.changed.filter(({ what }) => what !== 'size');
  const bare = { ...failover, changed, side: old, undoneFor: null, isSwitchAsked: false };
  const { retirement } = state;
  const next = withChange(bare, [
    retirement && {
      what: 'standby',
      side: failover.from,
      node: { instanceId: retirement.instanceId, address: retirement.address },
    },
  ]);
  const there = swapped(state, failover.to, side);
  return failover.abortedFor === null
    ? turn(tick, next, 'drain', there)
    : goBack(tick, next, failover.abortedFor, there);
};

/** All of them list each other and nobody else; at the deadline a majority is enough, the ladder sees to the rest. */
const form = (tick: Tick, failover: Failover, seen: Diagnosed | null): Planned => {
  const { policy, diagnosed, observation } = tick;
  const standby = inventoryOf(diagnosed.state, observation, failover.to);
  const leaving = (standby.ok ? standby.value.instances : []).filter(isLeaving);
  const core = (seen?.cluster.core ?? []).filter((id) =>
    leaving.every(({ instanceId }) => instanceId !== id),
  );
  const lists = core.map((id) => seen?.state.nodes[id]?.view?.length ?? 0);
  const isWhole = core.length >= failover.size && lists.every((count) => count === core.length);
  const isOver = isLate(tick, failover, policy.startupGraceMs);
  if (isWhole || (isOver && core.length >= majorityOf(failover.size))) {
    return turn(tick, failover, afterForm(tick));
  }
  const done = `${core.length} of ${failover.size} members found each other`;
  const ready = areUp(tick, failover, seen) ? readying(tick, failover) : [];
  const acts = [...ready, ...keepStill(tick, failover)];
  return isOver
    ? turnBack(
        tick,
        failover,
        `the other side does not form: ${done} after ${seconds(policy.startupGraceMs)}`,
      )
    : carryOut(...isolatingEarly(tick, failover, acts), done);
};

/** While the courier works, the load balancer finds out that the new side's targets are well. */
const carryingOn = (tick: Tick, before: Failover): ReturnType<typeof carrying> => {
  const [, failover, acts] = carrying(tick, before);
  return [tick, failover, [...readying(tick, failover), ...acts]];
};

/** Sessions come from members that can be read; when there is none, from the vault. */
const afterForm = ({ policy, diagnosed }: Tick): FailoverPhase => {
  if (isAllGone(diagnosed)) return policy.vault === null ? 'verify' : 'restore';
  return policy.sessions ? 'copy' : 'verify';
};

const copy = (tick: Tick, failover: Failover): Planned => {
  const { policy, diagnosed } = tick;
  if (isAllGone(diagnosed)) return turn(tick, failover, 'verify');
  const word = wordOf(tick.observation, failover);
  if (word !== null && word.passes >= 1) return turn(tick, failover, 'isolate');
  if (isLate(tick, failover, policy.copyDeadlineMs)) {
    const why = `the sessions were not carried after ${seconds(policy.copyDeadlineMs)}`;
    return failover.begunBy === 'loss'
      ? turn(tick, failover, 'verify')
      : turnBack(tick, failover, why);
  }
  return carryOut(...carryingOn(tick, failover), 'carries the sessions');
};

const isolate = (tick: Tick, failover: Failover): Planned => {
  const { policy } = tick;
  if (failover.isPlanned) return turn(tick, failover, 'level');
  const isolated = isolating(tick, failover);
  if (isolated.acts.length > 0) {
    return carryOut(tick, isolated.failover, isolated.acts, 'isolates who is sick');
  }
  return isIsolated(tick) || isLate(tick, failover, 2 * policy.killDeadlineMs)
    ? turn(tick, failover, 'level')
    : carryOut(...carryingOn(tick, failover), 'carries the sessions');
};

const level = (tick: Tick, failover: Failover): Planned => {
  const { policy, diagnosed, observation } = tick;
  if (isAllGone(diagnosed)) return turn(tick, failover, 'verify');
  if (isLevel(policy, observation, failover)) return turn(tick, failover, 'verify');
  if (isLate(tick, failover, policy.levelDeadlineMs)) {
    if (failover.begunBy === 'order') {
      return turnBack(tick, failover, 'the two sides did not become level in time');
    }
    if (policy.prefer === 'mitigation') return turn(tick, failover, 'verify');
  }
  return carryOut(...carryingOn(tick, failover), 'carries the sessions');
};

/** Nobody was there to be read before, and now somebody is. */
const isLeft = (tick: Tick, failover: Failover): boolean => {
  const [, , acts] = carrying(tick, failover);
  return !isCarried(failover) && !isAllGone(tick.diagnosed) && acts.length > 0;
};

/** Users go where a call was answered, where the load balancer finds all well, and which is not behind. */
const verify = (tick: Tick, failover: Failover): Planned => {
  const { policy, observation } = tick;
  const { routing } = observation.move ?? {};
  if (policy.sessions && isLeft(tick, failover)) return turn(tick, failover, 'copy');
  if (isVerified(tick, failover) && routing?.ok === true && routing.value.side === failover.from) {
    return turn(tick, { ...failover, isSwitchAsked: true }, 'switch');
  }
  if (isLate(tick, failover, policy.verifyDeadlineMs)) {
    return turnBack(tick, failover, whyNotVerified(tick, failover));
  }
  const carried = isCarried(failover) ? carryingOn(tick, failover) : null;
  return carryOut(
    ...(carried ?? [tick, failover, readying(tick, failover)]),
    'verifies the new side',
  );
};

/** Asked for only while all of it is still verified, whenever that was found first. */
const switchOver = (tick: Tick, failover: Failover): Planned => {
  if (isLate(tick, failover, tick.policy.switchDeadlineMs)) {
    return turnBack(tick, failover, 'the load balancer did not take the change');
  }
  const acts = isVerified(tick, failover) ? [{ kind: 'switch', side: failover.to } as const] : [];
  return carryOut(tick, failover, acts, 'sends all users to the new side');
};

type Take = (tick: Tick, failover: Failover, seen: Diagnosed | null) => Planned;

const STEPS: Readonly<Record<FailoverPhase, Take>> = {
  launch,
  form,
  copy,
  isolate,
  level,
  restore: restoreVault,
  verify,
  switch: switchOver,
  drain,
  retire,
  undo: planUndo,
  // A rebuilding's alone.
  replace: planUndo,
  settle: planUndo,
};
