/**
 * Rung 0: a member that still works is replaced in good order.
 *
 *   spare -> (works in the core) -> safe -> (all copies made) -> drain -> (calls answered) -> stop -> (out of every list) -> ladder, rung 4
 *     | no spare in time, or the instance is gone
 *     '--> undo: back in service, with the group at the size that it had
 *
 * The member stands by in its group, so Auto Scaling sends it no calls and launches a spare into the zone that lacks one
 * now, and the desired capacity never changes. A larger one would get a spare in any zone, and the zone that is empty in
 * the end would be filled again at the cost of a healthy member elsewhere. Nothing of it is urgent: whoever is sick goes
 * first, and the retirement waits.
 */

import type { Act } from './acts.ts';
import { describeImpairment, isLeaving } from './condition.ts';
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
import type { Instance, InstanceId, Inventory } from './observation.ts';
import { isDrained, isStandingBy } from './standby.ts';

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
  return [...holdsEviction(kase, instanceId), ...holdsReplacement(kase, instanceId)];
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
  return act(tick, next, retirement, { kind: 'enterStandby', target: targetOf(retirement) });
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
  // One reading may leave it out by mistake, and nobody else would ever put it back.
  const known = state.nodes[retirement.instanceId];
  const isMissing = instance === undefined && known !== undefined && known.condition !== 'Ghost';
  if (isMissing) return watching(tick, state);
  if (retirement.phase === 'undo') return undo(tick, retirement, observation.inventory.value);
  if (instance?.ec2State !== 'running') return turn(tick, retirement, 'undo');
  // A person put it back in service, and users' calls with it.
  const isTakenBack = ['safe', 'drain'].includes(retirement.phase) && !isStandingBy(instance);
  if (isTakenBack) return turn(tick, retirement, 'undo');
  const node = diagnosed.nodes.find(({ instanceId }) => instanceId === retirement.instanceId);
  // Whoever may be sick is waited for: it works again, or it is evicted.
  const isSuspect = node !== undefined && node.suspicion !== null && retirement.phase !== 'stop';
  if (isSuspect) return watching(tick, state);
  switch (retirement.phase) {
    case 'spare':
      return getSpare(tick, retirement, instance);
    case 'safe':
      return waitUntilSafe(tick, retirement);
    case 'drain':
      return drain(tick, retirement, instance);
    case 'stop':
      return stop(tick, retirement);
  }
};

const getSpare = (tick: Tick, retirement: Retirement, instance: Instance): Planned => {
  const { policy, diagnosed, observation } = tick;
  const { state } = diagnosed;
  const isOut = isStandingBy(instance);
  if (isOut && isSpareAtWork(tick, retirement)) return makeSafe(tick, retirement);
  if (observation.nowMs >= retirement.phaseSinceMs + policy.spareDeadlineMs)
    return turn(tick, retirement, 'undo');
  return isOut || retirement.isAsked
    ? watching(tick, state)
    : act(tick, state, retirement, { kind: 'enterStandby', target: targetOf(retirement) });
};

const isSpareAtWork = (
  { diagnosed: { state, cluster } }: Tick,
  { veterans }: Retirement,
): boolean =>
  state.seats.some(
    ({ instanceId }) =>
      instanceId !== null && !veterans.includes(instanceId) && cluster.core.includes(instanceId),
  );

/** Making the spare's copies is what has to be over before the next one goes. */
const makeSafe = (tick: Tick, retirement: Retirement): Planned => {
  const { diagnosed, observation } = tick;
  const resync = { sinceMs: observation.nowMs, safeRounds: 0 };
  const state = { ...diagnosed.state, resync };
  return turn({ ...tick, diagnosed: { ...diagnosed, state } }, retirement, 'safe');
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

const drain = (tick: Tick, retirement: Retirement, instance: Instance): Planned => {
  const { policy, diagnosed, observation } = tick;
  const isLate = observation.nowMs >= retirement.phaseSinceMs + policy.drainMs;
  return isLate || isDrained(instance)
    ? turn(tick, retirement, 'stop')
    : watching(tick, diagnosed.state);
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
    const how = { begunBy: 'retirement', orderId } as const;
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

const GIVEN_UP =
  'given up: no spare took its place in time, or its instance has gone or was put back in service';

/** Nothing is undone on the word of a reading that may be older than what was asked for last. */
const undo = (tick: Tick, retirement: Retirement, inventory: Inventory): Planned => {
  const { policy, diagnosed, observation } = tick;
  const { state } = diagnosed;
  const { nowMs } = observation;
  if (inventory.readAtMs <= retirement.phaseSinceMs) return watching(tick, state);
  const instance = instanceIn(observation, retirement.instanceId);
  if (instance !== undefined && isStandingBy(instance)) return putBack(tick, retirement, instance);
  if (retirement.isAsked && inventory.desired > retirement.desired) {
    return restoreSize(tick, retirement, inventory);
  }
  const retireAfterMs = nowMs + policy.retireBackoffMs;
  const end = { status: 'refused', detail: GIVEN_UP, atMs: nowMs } as const;
  const orders = withEnd(state.orders, retirement.orderId, end);
  return watching(tick, { ...state, orders, retirement: null, retireAfterMs });
};

const putBack = (tick: Tick, retirement: Retirement, instance: Instance): Planned => {
  const { diagnosed, observation } = tick;
  const { state } = diagnosed;
  const target = targetOf(retirement);
  // Auto Scaling checks no health of whoever stands by, and would keep it for ever.
  if (instance.ec2State !== 'running') {
    return act(tick, state, retirement, { kind: 'replace', target, shrink: false });
  }
  // It came late, or the way back was refused.
  if (!retirement.isAsked && isSpareAtWork(tick, retirement)) return makeSafe(tick, retirement);
  if (!isDrained(instance) || !observation.inventory.ok) return watching(tick, state);
  const { desired } = retirement.isAsked ? retirement : observation.inventory.value;
  return act(
    tick,
    state,
    { ...retirement, desired, isAsked: true },
    { kind: 'exitStandby', target },
  );
};

/**
 * Back to the size that the group had. The spare is taken out by name: a smaller desired capacity would let Auto Scaling
 * choose, and it may choose anybody.
 */
const restoreSize = (tick: Tick, retirement: Retirement, inventory: Inventory): Planned => {
  const { state, cluster } = tick.diagnosed;
  const { desired, veterans } = retirement;
  const others = inventory.instances.filter((each) => !isLeaving(each));
  const [spare] = others
    .filter(({ instanceId }) => !veterans.includes(instanceId))
    .sort(
      (a, b) =>
        Number(cluster.core.includes(a.instanceId)) - Number(cluster.core.includes(b.instanceId)),
    );
  if (spare !== undefined && others.length > desired) {
    const target = { instanceId: spare.instanceId, address: spare.address };
    return act(tick, state, retirement, { kind: 'replace', target, shrink: true });
  }
  return act(tick, state, retirement, { kind: 'resize', target: targetOf(retirement), desired });
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
