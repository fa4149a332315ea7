/** Takes in what came of a plan. What was done is recorded; what was only planned is forgotten. */

import type { ActOutcome } from './acts.ts';
import { doubted } from './ending.ts';
import { hearCall } from './fence.ts';
import type { Kill, Retirement } from './ledger.ts';
import type { Outcome, State } from './model.ts';
import type { InstanceId } from './observation.ts';
import type { Policy } from './policy.ts';
import { record } from './rungs.ts';
import { runTimers, STOPPED } from './timers.ts';

/** @param policy for the length of the kill history that budgets need */
export const settle = (policy: Policy, state: State, outcome: Outcome, nowMs: number): State => {
  switch (outcome.kind) {
    case 'prevented':
      return outcome.untouched ? withoutPlan(state) : withoutUnasked(state);
    case 'stoodDown':
      return stoodDown(policy, state, { untouched: outcome.untouched, nowMs });
    case 'acted':
      return acted(policy, state, outcome, nowMs);
  }
};

/** The eviction that was about to begin, with the fence that nobody was asked for; its order is decided anew. */
const withoutPlan = (state: State): State => ({
  ...state,
  inFlight: null,
  fences: state.fences.filter(({ fence }) => fence !== state.inFlight?.fence),
  orders: state.orders.filter(({ id }) => id !== state.inFlight?.orderId),
});

/** A fence that nobody was asked for never was. */
const withoutUnasked = (state: State): State => ({
  ...state,
  fences: state.fences.filter(
    ({ hosts }) =>
      !hosts.every(({ wanted, commandId }) => wanted === 'fence' && commandId === null),
  ),
});

const stoodDown = (
  policy: Policy,
  state: State,
  { untouched, nowMs }: { readonly untouched: boolean; readonly nowMs: number },
): State => {
  const { inFlight } = state;
  if (inFlight === null) return state;
  const nodes = withGoodRound(policy, state.nodes, inFlight.instanceId, nowMs);
  if (untouched) return { ...withoutPlan(state), nodes };
  // What an earlier tick may have begun is undone or taken up by the next one.
  return { ...withoutUnasked(state), nodes, inFlight: doubted(inFlight) };
};

const acted = (
  policy: Policy,
  state: State,
  { confirmed, outcomes }: Extract<Outcome, { kind: 'acted' }>,
  nowMs: number,
): State => {
  const { inFlight } = state;
  const fences = state.fences.map((fence) => outcomes.filter(isOfFence).reduce(hearCall, fence));
  const retirement = state.retirement === null ? null : outcomes.reduce(hear, state.retirement);
  const failover = hearEnd(hearCarry(state.failover, outcomes), outcomes);
  const told = { ...state, fences, retirement, failover };
  if (inFlight === null) return told;
  if (outcomes.some(isUndone)) return { ...told, inFlight: null };
  const isKill = inFlight.rungs.some(({ rung }) => rung === 'kill');
  const isCounted = state.kills.some(
    ({ instanceId, atMs }) => instanceId === inFlight.instanceId && atMs >= inFlight.startedAtMs,
  );
  return {
    ...told,
    inFlight: outcomes.reduce(record, confirmed ? { ...inFlight, confirmedAtMs: nowMs } : inFlight),
    kills: isKill && !isCounted ? withKill(policy, state, nowMs) : state.kills,
  };
};

/** Nobody was sent, for certain: another one is asked for at once. */
const hearCarry = (
  failover: State['failover'],
  outcomes: readonly ActOutcome[],
): State['failover'] => {
  const isRefused = outcomes.some(
    ({ kind, outcome }) =>
      (kind === 'carry' || kind === 'restore') && outcome !== 'done' && outcome !== 'unknown',
  );
  return isRefused && failover?.courier != null
    ? { ...failover, courier: { ...failover.courier, heardAtMs: 0 } }
    : failover;
};

/** It stands in the courier's row: nobody begins that job any more. */
const hearEnd = (
  failover: State['failover'],
  outcomes: readonly ActOutcome[],
): State['failover'] => {
  const isTold = outcomes.some(({ kind, outcome }) => kind === 'endCarry' && outcome === 'done');
  if (!isTold || failover === null) return failover;
  const changed = failover.changed.map((entry) =>
    entry.what === 'courier' ? { ...entry, isToldToEnd: true as const } : entry,
  );
  return { ...failover, changed };
};

const isOfFence = ({ kind }: ActOutcome): boolean => kind === 'fence' || kind === 'lift';

/** Everything of a retirement may be asked for twice. */
const hear = (retirement: Retirement, { kind, outcome, commandId }: ActOutcome): Retirement => {
  if (kind === 'stop') {
    const isAsked = outcome === 'done';
    return { ...retirement, isAsked, commandId };
  }
  if (kind === 'enterStandby') return { ...retirement, isAsked: outcome === 'done' };
  // Asked for by the plan's record already, because a reply may be lost: only a certain no takes it back.
  const isRefused = outcome === 'failed' || outcome === 'deferred';
  return kind === 'exitStandby' && isRefused ? { ...retirement, isAsked: false } : retirement;
};

/** The last look is a round in which everybody who reached it got good answers. */
const withGoodRound = (
  policy: Policy,
  nodes: State['nodes'],
  instanceId: InstanceId,
  nowMs: number,
): State['nodes'] => {
  const node = nodes[instanceId];
  if (node === undefined) return nodes;
  const { owed } = runTimers(policy, node, { verdict: 'works', voices: [] }, nowMs);
  return { ...nodes, [instanceId]: { ...node, ...STOPPED, owed } };
};

/** Back in the load balancer, or refused for good. A lost or postponed answer is asked for again. */
const isUndone = ({ kind, outcome }: ActOutcome): boolean =>
  kind === 'register' && outcome !== 'deferred' && outcome !== 'unknown';

const withKill = (
  policy: Policy,
  { kills, inFlight, seats }: State,
  nowMs: number,
): readonly Kill[] => {
  if (inFlight === null) return kills;
  const keptMs = Math.max(policy.seatBudgetWindowMs, policy.fleetBudgetWindowMs, policy.cooldownMs);
  const seat = seats.find(({ instanceId }) => instanceId === inFlight.instanceId)?.seat ?? null;
  return [
    ...kills.filter(({ atMs }) => nowMs - atMs < keptMs),
    { atMs: nowMs, seat, instanceId: inFlight.instanceId },
  ];
};
