/**
 * The core's two entry points. `step` is the whole decision of a tick; `settle` takes in what came of
 * it. Both are pure: equal policy, state and observation give an equal plan (I7).
 */
import { describeChanges } from './describe.ts';
import { failingApplications, verdictOf } from './detect.ts';
import { diagnose } from './diagnose.ts';
import { record } from './ladder.ts';
import type { Change, ClusterDiagnosis, Diagnosis, Kill, Outcome, Plan, State } from './model.ts';
import type { InstanceId, Observation, Round } from './observation.ts';
import { planNext } from './plan.ts';
import type { Policy } from './policy.ts';

export interface Stepped {
  readonly state: State;
  readonly plan: Plan;
  readonly nodes: readonly Diagnosis[];
  readonly cluster: ClusterDiagnosis;
  readonly changes: readonly Change[];
  /** Nodes whose application fails users. */
  readonly symptoms: readonly InstanceId[];
}

export const INITIAL_STATE: State = {
  schema: 1,
  lastTickMs: 0,
  fence: 0,
  nodes: {},
  seats: [],
  core: [],
  cluster: 'Unknown',
  clusterSinceMs: 0,
  inFlight: null,
  kills: [],
};

export const step = (policy: Policy, before: State, observation: Observation): Stepped => {
  const diagnosed = diagnose(policy, before, observation);
  const { plan, state } = planNext(policy, diagnosed, observation);
  const { nodes, cluster } = diagnosed;
  return {
    state,
    plan,
    nodes,
    cluster,
    changes: describeChanges(before, nodes, cluster),
    symptoms: failingApplications(observation.rounds),
  };
};

/** What the last look says: only a clear failure lets the eviction go on. */
export const lastLook = (
  instanceId: InstanceId,
  rounds: readonly Round[],
): 'works' | 'fails' | 'unclear' => {
  const { verdict } = verdictOf(instanceId, rounds);
  return verdict === 'unseen' ? 'unclear' : verdict;
};

/** @param policy for the length of the kill history that budgets need */
export const settle = (policy: Policy, state: State, outcome: Outcome, nowMs: number): State => {
  const { inFlight } = state;
  if (inFlight === null) return state;
  switch (outcome.kind) {
    case 'stoodDown':
    case 'prevented':
      // What an earlier invocation may have begun is undone or taken up by the next tick.
      return outcome.untouched ? { ...state, inFlight: null } : state;
    case 'acted': {
      const confirmedNow = outcome.confirmed && inFlight.confirmedAtMs === null;
      const confirmed = confirmedNow ? { ...inFlight, confirmedAtMs: nowMs } : inFlight;
      return {
        ...state,
        inFlight: outcome.outcomes.reduce(record, confirmed),
        kills: confirmedNow ? withKill(policy, state, nowMs) : state.kills,
      };
    }
  }
};

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
