/**
 * The whole decision of a tick, pure: equal policy, state and observation give an equal plan (I7). What came of it is taken
 * in by settle.ts.
 */
import { describeChanges } from './describe.ts';
import { failingApplications } from './detect.ts';
import { diagnose } from './diagnose.ts';
import type { Change, ClusterDiagnosis, Diagnosis, Plan, State } from './model.ts';
import type { InstanceId, Observation } from './observation.ts';
import { planNext } from './plan.ts';
import type { Policy } from './policy.ts';
import { withOwnStandby } from './standby.ts';

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
  retirement: null,
  retireAfterMs: 0,
  fences: [],
  resync: null,
  cuts: [],
  symptomsSinceMs: null,
  orders: [],
};

export const step = (policy: Policy, before: State, observed: Observation): Stepped => {
  const { inventory } = observed;
  const observation = inventory.ok
    ? {
        ...observed,
        inventory: { ok: true, value: withOwnStandby(inventory.value, before.retirement) } as const,
      }
    : observed;
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
