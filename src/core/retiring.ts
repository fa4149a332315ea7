/**
 * Rung 0: a member that still works is replaced in good order.
 *
 *   spare -> (works in the core) -> safe -> (all copies made) -> drain -> (calls answered) -> stop -> (out of every list) -> ladder, rung 4
 *     | no spare in time, or the reason is gone
 *     '--> undo: the group gets its size back
 *
 * The group is one larger for that time, and the member's place goes with it in the end. Nothing of it is urgent: whoever
 * is sick goes first, and the retirement waits.
 */

import type { Act } from './acts.ts';
import { describeImpairment } from './condition.ts';
import { withEnd } from './ending.ts';
import {
  beginEviction,
  holding,
  instanceIn,
  type Planned,
  type Tick,
  takeOver,
  watching,
} from './evicting.ts';
import { holdsAnyAct, holdsEviction, holdsReplacement } from './guard.ts';
import type { Retirement } from './ledger.ts';
import type { Diagnosis, Hold, State } from './model.ts';
import type { InstanceId, Inventory } from './observation.ts';

/** The node that AWS will take first. */
export const nextToRetire = ({ diagnosed, observation }: Tick): Diagnosis | null => {
  const atMs = ({ instanceId }: Diagnosis): number =>
    Math.min(
      ...(instanceIn(observation, instanceId)?.impairments ?? []).map((each) => each.atMs ?? 0),
    );
  const [first] = diagnosed.nodes
    .filter(({ condition, suspicion }) => condition === 'Impaired' && suspicion === null)
    .sort((a, b) => atMs(a) - atMs(b));
  return first ?? null;
};

/** Every rail that holds the retirement of a node now. */
export const holdsRetirement = (
  { policy, diagnosed, observation }: Tick,
  instanceId: InstanceId,
): readonly Hold[] => {
  const kase = { policy, observation, ...diagnosed };
  return [
    ...holdsEviction(kase, instanceId),
    ...holdsReplacement(kase, instanceId),
    ...holdsSpare(observation.inventory.ok ? observation.inventory.value : null, instanceId),
  ];
};

const holdsSpare = (inventory: Inventory | null, instanceId: InstanceId): readonly Hold[] => {
  if (inventory === null || inventory.desired < inventory.max) return [];
  const reason = `there is no room for a spare: the group's maximum size is ${inventory.max}, it needs ${inventory.desired + 1}`;
  return [{ rail: 'I3', instanceId, reason, untilMs: null }];
};

export const beginRetirement = (
  tick: Tick,
  { instanceId, address }: Diagnosis,
  { because, orderId }: Pick<Retirement, 'because' | 'orderId'>,
): Planned => {
  const { diagnosed, observation } = tick;
  const { state } = diagnosed;
  const { inventory, nowMs } = observation;
  if (!inventory.ok) return watching(tick, state);
  const retirement: Retirement = {
    fence: state.fence + 1,
    instanceId,
    address,
    because,
    orderId,
    startedAtMs: nowMs,
    desired: inventory.value.desired,
    veterans: inventory.value.instances.map((each) => each.instanceId),
    phase: 'spare',
    phaseSinceMs: nowMs,
    isAsked: false,
    commandId: null,
  };
  const next = { ...state, fence: retirement.fence };
  return act(tick, next, retirement, {
    kind: 'resize',
    target: targetOf(retirement),
    desired: retirement.desired + 1,
  });
};

export const reasonOf = ({ observation }: Tick, { instanceId }: Diagnosis): string => {
  const [impairment] = instanceIn(observation, instanceId)?.impairments ?? [];
  return impairment === undefined
    ? 'asked for'
    : `AWS says ${describeImpairment(impairment, observation.nowMs)}`;
};

export const planRetirement = (tick: Tick, retirement: Retirement): Planned => {
  const { policy, diagnosed, observation } = tick;
  const { state } = diagnosed;
  if (!observation.inventory.ok) return watching(tick, state);
  const holds = holdsAnyAct({ policy, observation, ...diagnosed });
  if (holds.length > 0) return holding(tick, state, holds);
  const instance = instanceIn(observation, retirement.instanceId);
  const isThere = instance !== undefined && instance.ec2State === 'running';
  if (retirement.phase === 'undo') return undo(tick, retirement, observation.inventory.value);
  if (!isThere) return turn(tick, retirement, 'undo');
  const node = diagnosed.nodes.find(({ instanceId }) => instanceId === retirement.instanceId);
  // Whoever may be sick is waited for: it works again, or it is evicted.
  const isSuspect = node !== undefined && node.suspicion !== null && retirement.phase !== 'stop';
  if (isSuspect) return watching(tick, state);
  switch (retirement.phase) {
    case 'spare':
      return getSpare(tick, retirement, observation.inventory.value);
    case 'safe':
      return waitUntilSafe(tick, retirement);
    case 'drain':
      return drain(tick, retirement);
    case 'stop':
      return stop(tick, retirement);
  }
};

const getSpare = (tick: Tick, retirement: Retirement, inventory: Inventory): Planned => {
  const { policy, diagnosed, observation } = tick;
  const { state } = diagnosed;
  const { nowMs } = observation;
  const isWorking = state.seats.some(
    ({ instanceId }) =>
      instanceId !== null &&
      !retirement.veterans.includes(instanceId) &&
      diagnosed.cluster.core.includes(instanceId),
  );
  if (isWorking) {
    // Making the spare's copies is what has to be over before the next one goes.
    const resync = { sinceMs: nowMs, safeRounds: 0 };
    return turn(
      { ...tick, diagnosed: { ...diagnosed, state: { ...state, resync } } },
      retirement,
      'safe',
    );
  }
  if (nowMs >= retirement.phaseSinceMs + policy.spareDeadlineMs)
    return turn(tick, retirement, 'undo');
  const desired = retirement.desired + 1;
  return inventory.desired >= desired
    ? watching(tick, { ...state, retirement: { ...retirement, isAsked: true } })
    : act(tick, state, retirement, { kind: 'resize', target: targetOf(retirement), desired });
};

const waitUntilSafe = (tick: Tick, retirement: Retirement): Planned => {
  const { policy, diagnosed, observation } = tick;
  const { state } = diagnosed;
  const isLate = observation.nowMs >= retirement.phaseSinceMs + policy.safetyDeadlineMs;
  if (state.resync === null || (isLate && policy.prefer === 'mitigation')) {
    return turn(tick, retirement, 'drain');
  }
  return watching(tick, state);
};

const drain = (tick: Tick, retirement: Retirement): Planned => {
  const { policy, diagnosed, observation } = tick;
  const { state } = diagnosed;
  if (!retirement.isAsked) {
    return act(tick, state, retirement, { kind: 'deregister', target: targetOf(retirement) });
  }
  const isOver = observation.nowMs >= retirement.phaseSinceMs + policy.drainMs;
  return isOver ? turn(tick, retirement, 'stop') : watching(tick, state);
};

/** A stop that fails or takes too long becomes a kill; one that succeeds leaves the ladder only the instance to replace. */
const stop = (tick: Tick, retirement: Retirement): Planned => {
  const { policy, diagnosed, observation } = tick;
  const { state } = diagnosed;
  const { nowMs, commands } = observation;
  const node = diagnosed.nodes.find(({ instanceId }) => instanceId === retirement.instanceId);
  const result = commands.find(({ commandId }) => commandId === retirement.commandId);
  const isOut = node?.condition === 'Dead' || result?.status === 'succeeded';
  const isOver =
    result?.status === 'failed' ||
    nowMs >= retirement.phaseSinceMs + policy.stopDeadlineMs + STOP_MARGIN_MS;
  if (node !== undefined && (isOut || isOver)) {
    const { orderId } = retirement;
    // Remembered until the group has its size back: what was begun may come to nothing.
    const how = { begunBy: 'retirement', orderId, shrink: true } as const;
    return isOut ? takeOver(tick, node, how) : beginEviction(tick, node, how);
  }
  if (retirement.isAsked) return watching(tick, state);
  return act(tick, state, retirement, {
    kind: 'stop',
    target: targetOf(retirement),
    fence: retirement.fence,
    notAfterMs: nowMs + STOP_ORDER_MS,
    stopMs: policy.stopDeadlineMs,
  });
};

/** SSM dispatches and reports in 3 s; a busy host takes longer. */
const STOP_MARGIN_MS = 10_000;
const STOP_ORDER_MS = 15_000;

const GIVEN_UP = 'given up: no spare took its place in time, or its instance has gone';

/**
 * Back to the size that the group had. The spare is taken out by name: a smaller desired capacity would let Auto Scaling
 * choose, and it may choose anybody.
 */
const undo = (tick: Tick, retirement: Retirement, inventory: Inventory): Planned => {
  const { policy, diagnosed, observation } = tick;
  const { state } = diagnosed;
  const { nowMs } = observation;
  const isOver = inventory.desired <= retirement.desired;
  if (isOver) {
    const retireAfterMs = nowMs + policy.retireBackoffMs;
    const end = { status: 'refused', detail: GIVEN_UP, atMs: nowMs } as const;
    const orders = withEnd(state.orders, retirement.orderId, end);
    return watching(tick, { ...state, orders, retirement: null, retireAfterMs });
  }
  const others = inventory.instances.filter(({ lifecycle }) => !lifecycle.startsWith('Terminat'));
  const { core } = diagnosed.cluster;
  const [spare] = others
    .filter(({ instanceId }) => !retirement.veterans.includes(instanceId))
    .sort((a, b) => Number(core.includes(a.instanceId)) - Number(core.includes(b.instanceId)));
  if (spare !== undefined && others.length > retirement.desired) {
    const target = { instanceId: spare.instanceId, address: spare.address };
    return act(tick, state, retirement, { kind: 'replace', target, shrink: true });
  }
  const target = targetOf(retirement);
  return act(tick, state, retirement, { kind: 'resize', target, desired: retirement.desired });
};

const targetOf = ({ instanceId, address }: Retirement) => ({ instanceId, address });

const turn = (tick: Tick, retirement: Retirement, phase: Retirement['phase']): Planned => {
  const { state } = tick.diagnosed;
  const phaseSinceMs = tick.observation.nowMs;
  const next = { ...retirement, phase, phaseSinceMs, isAsked: false, commandId: null };
  return watching(tick, { ...state, retirement: next });
};

const act = (tick: Tick, state: State, retirement: Retirement, each: Act): Planned => ({
  plan: {
    kind: 'act',
    acts: [each],
    lastLook: false,
    reason: `replace ${retirement.instanceId} in good order (${retirement.because})`,
    nextCheckAtMs: tick.nextCheckAtMs,
  },
  state: { ...state, retirement },
});
