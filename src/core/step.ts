/**
 * The core's two entry points. `step` is the whole decision of a tick; `settle` takes in what came of
 * it. Both are pure: equal policy, state and observation give an equal plan (I7).
 */
import { describeChanges } from './describe.ts';
import { failingApplications, observersOf, verdictOf } from './detect.ts';
import { diagnose } from './diagnose.ts';
import { record } from './ladder.ts';
import type {
  ActOutcome,
  Change,
  ClusterDiagnosis,
  Diagnosis,
  Kill,
  Outcome,
  Plan,
  State,
} from './model.ts';
import type { InstanceId, Observation, Round } from './observation.ts';
import { planNext } from './plan.ts';
import type { Policy } from './policy.ts';
import { STOPPED } from './timers.ts';

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
  orders: [],
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

/**
 * What the last look says: only a clear failure lets the eviction go on. A good answer to one observer
 * and none to another is no clear anything.
 */
export const lastLook = (
  instanceId: InstanceId,
  rounds: readonly Round[],
): 'works' | 'fails' | 'unclear' => {
  const { verdict, voices } = verdictOf(instanceId, rounds);
  if (verdict === 'works') return 'works';
  return verdict === 'fails' && observersOf(voices, 'works').length === 0 ? 'fails' : 'unclear';
};

/** @param policy for the length of the kill history that budgets need */
export const settle = (policy: Policy, state: State, outcome: Outcome, nowMs: number): State => {
  const { inFlight } = state;
  if (inFlight === null) return state;
  switch (outcome.kind) {
    case 'prevented':
      return outcome.untouched ? { ...state, inFlight: null } : state;
    case 'stoodDown': {
      // What an earlier tick may have begun is undone or taken up by the next one.
      const doubted = { ...inFlight, confirmedAtMs: null, evictedAtMs: null, rungs: [] };
      return {
        ...state,
        nodes: withoutStreak(state.nodes, inFlight.instanceId),
        inFlight: outcome.untouched ? null : doubted,
      };
    }
    case 'acted': {
      if (outcome.outcomes.some(isUndone)) return { ...state, inFlight: null };
      const isFirst = outcome.confirmed && inFlight.confirmedAtMs === null;
      const confirmed = outcome.confirmed ? { ...inFlight, confirmedAtMs: nowMs } : inFlight;
      return {
        ...state,
        inFlight: outcome.outcomes.reduce(record, confirmed),
        kills: isFirst ? withKill(policy, state, nowMs) : state.kills,
      };
    }
  }
};

/** The last look is a round in which everybody who reached it got good answers. */
const withoutStreak = (nodes: State['nodes'], instanceId: InstanceId): State['nodes'] => {
  const node = nodes[instanceId];
  return node === undefined ? nodes : { ...nodes, [instanceId]: { ...node, ...STOPPED } };
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
