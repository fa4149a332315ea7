/**
 * What to do next, most urgent first: put back what must not stand any more, go on with the eviction in flight, start one
 * if a node is ripe and every rail agrees, obey people, replace in good order what still works, or watch. One at a time
 * (I1); of several ripe nodes the one that has hurt longest.
 */

import type { Act } from './acts.ts';
import type { Diagnosed } from './diagnose.ts';
import {
  beginEviction,
  holding,
  holdsGhost,
  isEvictable,
  type Planned,
  planInFlight,
  type Tick,
  watching,
} from './evicting.ts';
import { planLoss } from './failover.ts';
import type { Failover, FailoverPhase } from './failover-ledger.ts';
import { isHalf, keepFence } from './fence.ts';
import { holdsAnyAct, holdsEviction } from './guard.ts';
import { planKeep } from './keeping.ts';
import type { Fence } from './ledger.ts';
import type { Diagnosis, Plan, State } from './model.ts';
import { planMove } from './moving.ts';
import { obey } from './obeying.ts';
import type { InstanceId, Observation } from './observation.ts';
import { isOwing } from './owed.ts';
import type { Policy } from './policy.ts';
import { planRebuild } from './rebuilding.ts';
import {
  beginRetirement,
  holdsRetirement,
  nextToRetire,
  planRetirement,
  reasonOf,
} from './retiring.ts';
import { rungOf } from './rungs.ts';
import { withVaultWord } from './vault.ts';

export const planNext = (
  policy: Policy,
  diagnosed: Diagnosed,
  observation: Observation,
): Planned => {
  const nextCheckAtMs = nextCheck(policy, diagnosed, observation);
  const held = holdsAnyAct({ policy, observation, ...diagnosed }).length > 0;
  const { fences, acts } = keepFences(policy, diagnosed, observation, held);
  const vault = withVaultWord(diagnosed.state.vault, observation);
  const state = { ...diagnosed.state, fences, vault };
  const tick = { policy, diagnosed: { ...diagnosed, state }, observation, nextCheckAtMs };
  const planned = planKeep(tick, planEviction(tick));
  return acts.length === 0 ? planned : { ...planned, plan: withUpkeep(planned.plan, acts) };
};

/** Beside whatever else is done: a host that does not answer must not keep the ladder from its next rung. */
const withUpkeep = (plan: Plan, acts: readonly Act[]): Plan => {
  if (plan.kind === 'act') return { ...plan, acts: [...plan.acts, ...acts] };
  const reason = 'see to it that peers refuse whom they must, and nobody else';
  return { kind: 'act', acts, lastLook: false, reason, nextCheckAtMs: plan.nextCheckAtMs };
};

const planEviction = (tick: Tick): Planned => {
  const { state } = tick.diagnosed;
  const obeyed = obey(tick);
  if (obeyed !== null) return goOn(tick, obeyed);
  if (state.failover !== null) return planFailover(tick, state.failover);
  const lost = planLoss(tick);
  const begun = lost === null ? null : goOn(tick, lost);
  if (begun?.plan.kind !== 'hold') return begun ?? planNode(tick);
  // What holds a failover back holds no eviction that is possible all the same.
  const node = planNode(tick);
  if (node.plan.kind !== 'hold') return node.plan.kind === 'act' ? node : begun;
  return { ...node, plan: { ...node.plan, holds: [...begun.plan.holds, ...node.plan.holds] } };
};

/** What was begun just now makes its first changes in the same tick: its record is committed before any of them is made. */
const goOn = (tick: Tick, begun: Planned): Planned => {
  const { failover } = begun.state;
  const isNew = failover !== null && tick.diagnosed.state.failover === null;
  return isNew
    ? planFailover({ ...tick, diagnosed: { ...tick.diagnosed, state: begun.state } }, failover)
    : begun;
};

/** Users are on a side that works: it is watched like any other, and first; what is left to do is asked for again. */
const GUARDED: readonly FailoverPhase[] = ['drain', 'retire', 'undo'];

const planFailover = (tick: Tick, failover: Failover): Planned => {
  const planned = failover.path === 'move' ? planMove(tick, failover) : planRebuild(tick, failover);
  const next = planned.state.failover;
  // What was seen in this tick is of the side that users were on when it began.
  const hasSwapped = planned.state.active !== tick.diagnosed.state.active;
  if (next === null || hasSwapped || !GUARDED.includes(next.phase)) return planned;
  const node = planNode({ ...tick, diagnosed: { ...tick.diagnosed, state: planned.state } });
  if (planned.plan.kind === 'watch') return node;
  if (node.plan.kind !== 'act') return planned;
  // A courier that is asked for in the next tick only is none that could be waited for.
  const { courier } = failover;
  return { ...node, state: { ...node.state, failover: { ...next, courier } } };
};

const planNode = (tick: Tick): Planned => {
  const { policy, diagnosed, observation } = tick;
  const { state } = diagnosed;
  if (state.inFlight !== null) return planInFlight(tick, state.inFlight);
  const ripe = diagnosed.nodes
    .filter((node) => isEvictable(node, observation.nowMs))
    .sort((a, b) => sinceMs(a) - sinceMs(b) || (a.instanceId < b.instanceId ? -1 : 1));
  const kase = { policy, observation, ...diagnosed };
  const judged = ripe.map((node) => ({
    node,
    holds: [...holdsEviction(kase, node.instanceId), ...holdsGhost(tick, node)],
  }));
  const free = judged.find(({ holds }) => holds.length === 0);
  if (free !== undefined) return startEviction(tick, free.node);
  if (judged.length > 0)
    return holding(
      tick,
      state,
      judged.flatMap(({ holds }) => holds),
    );
  return planGoodOrder(tick);
};

const sinceMs = ({ suspicion }: Diagnosis): number => suspicion?.sinceMs ?? 0;

/** Whoever falls sick while it is being replaced in good order is evicted, which carries out its order too. */
const startEviction = (tick: Tick, node: Diagnosis): Planned => {
  const { retirement } = tick.diagnosed.state;
  const isRetiring = retirement?.instanceId === node.instanceId;
  return beginEviction(tick, node, {
    begunBy: 'tolerance',
    orderId: isRetiring ? retirement.orderId : null,
  });
};

const planGoodOrder = (tick: Tick): Planned => {
  const { diagnosed, observation } = tick;
  const { state, cluster } = diagnosed;
  if (state.retirement !== null) return planRetirement(tick, state.retirement);
  const node = nextToRetire(tick);
  const isTime = observation.nowMs >= state.retireAfterMs && cluster.condition === 'Quorate';
  if (node === null || !isTime) return watching(tick, state);
  const holds = holdsRetirement(tick, node.instanceId);
  return holds.length > 0
    ? holding(tick, state, holds)
    : beginRetirement(tick, node, { because: reasonOf(tick, node), orderId: null });
};

/**
 * What is still needed stands while its eviction goes on and its victim may live, or the members have yet to drop it.
 * Letting go is no act that a rail could hold back, because it restores; asking once more is.
 */
const keepFences = (
  policy: Policy,
  { state: { fences, inFlight, seats }, cluster, nodes }: Diagnosed,
  { inventory, commands, nowMs }: Observation,
  held: boolean,
): { readonly fences: readonly Fence[]; readonly acts: readonly Act[] } => {
  if (!inventory.ok) return { fences, acts: [] };
  const present = inventory.value.instances
    .filter(({ ec2State }) => ec2State !== 'terminated')
    .map(({ instanceId }) => instanceId);
  const kept = fences.flatMap((fence) => {
    const wanted = isWanted(fence, inFlight, present);
    const peers = cluster.core.filter(
      (id) =>
        id !== fence.instanceId &&
        nodes.some(({ instanceId, hostSilent }) => instanceId === id && !hostSilent),
    );
    const context = { wanted, held, peers, present, nowMs, seats: seats.length, results: commands };
    return keepFence(policy, fence, context) ?? [];
  });
  const acts = kept.flatMap((each) => each.acts);
  return { fences: kept.map(({ fence }) => fence), acts };
};

const isWanted = (
  standing: Fence,
  inFlight: State['inFlight'],
  present: readonly InstanceId[],
): boolean => {
  const { fence, instanceId } = standing;
  if (inFlight === null || inFlight.fence !== fence || inFlight.confirmedAtMs === null)
    return false;
  const rung = rungOf(inFlight, 'fence');
  const isTried = rung !== undefined && rung.outcome !== 'failed' && rung.outcome !== 'skipped';
  return (
    (isTried || isHalf(standing)) && (present.includes(instanceId) || inFlight.evictedAtMs === null)
  );
};

const isUnderWay = ({ inFlight, retirement, failover, fences }: State): boolean =>
  inFlight !== null || retirement !== null || failover !== null || fences.length > 0;

/**
 * Dense ticks while anything is suspect or in flight. A silent node takes a whole probe deadline to
 * observe, so the last of them waits until its round ends just when the tolerance does, instead of
 * beginning earlier and ending in the middle of the next one.
 */
const nextCheck = (
  policy: Policy,
  { nodes, state }: Diagnosed,
  { startedAtMs, nowMs }: Observation,
): number => {
  const suspicions = nodes.flatMap(({ suspicion }) => suspicion ?? []);
  // Also one that answers well again: it may be one that answers now and then.
  const isDoubtful = Object.values(state.nodes).some(isOwing);
  const isBusy = state.loss !== null || isDoubtful || isUnderWay(state);
  if (suspicions.length === 0 && !isBusy) return startedAtMs + policy.tickEveryMs;
  const denseAtMs = Math.max(nowMs, startedAtMs + policy.suspectTickEveryMs);
  const decisive = [
    ...suspicions.map(({ ripeAtMs, evidence }) =>
      evidence === 'fault' ? ripeAtMs : ripeAtMs - policy.probeDeadlineMs,
    ),
    ...confirmingAtMs(policy, state),
  ].filter((atMs) => atMs >= nowMs && atMs < denseAtMs + policy.probeDeadlineMs);
  return decisive.length > 0 ? Math.min(...decisive) : denseAtMs;
};

/** A round that takes its whole deadline ends just when the loss is confirmed; one that is answered is asked again then. */
const confirmingAtMs = (
  { confirmMs, probeDeadlineMs }: Policy,
  { loss, failover }: State,
): readonly number[] => {
  const sureSinceMs = failover === null ? (loss?.sureSinceMs ?? null) : null;
  return sureSinceMs === null
    ? []
    : [sureSinceMs + confirmMs - probeDeadlineMs, sureSinceMs + confirmMs];
};
