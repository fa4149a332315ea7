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
import { EMPTY_SIDE } from './side.ts';
import { withOwnStandby } from './standby.ts';

export interface Stepped {
  readonly state: State;
  /** The state with what was learnt in this tick, and without what was planned. */
  readonly learnt: State;
  readonly plan: Plan;
  readonly nodes: readonly Diagnosis[];
  readonly cluster: ClusterDiagnosis;
  readonly changes: readonly Change[];
  /** Nodes whose application fails users. */
  readonly symptoms: readonly InstanceId[];
}

export const INITIAL_STATE: State = {
  ...EMPTY_SIDE,
  schema: 1,
  active: 'blue',
  fence: 0,
  inFlight: null,
  kills: [],
  retirement: null,
  retireAfterMs: 0,
  fences: [],
  failover: null,
  failoverAfterMs: 0,
  standbyAfterMs: 0,
  orders: [],
  vault: null,
};

export const step = (policy: Policy, before: State, observed: Observation): Stepped => {
  const { inventory } = observed;
  const observation = inventory.ok
    ? {
        ...observed,
        inventory: { ok: true, value: withOwnStandby(inventory.value, before.retirement) } as const,
      }
    : observed;
  const diagnosed = diagnose(policy, withoutGap(policy, before, observation), observation);
  const { plan, state } = planNext(policy, diagnosed, observation);
  const { nodes, cluster } = diagnosed;
  return {
    state,
    learnt: diagnosed.state,
    plan,
    nodes,
    cluster,
    changes: describeChanges(before, nodes, cluster),
    symptoms: failingApplications(observation.rounds),
  };
};

/** What nobody watched counts for no deadline of a failover: whoever takes it up gives each step its whole time. */
const withoutGap = ({ blindGapMs }: Policy, state: State, { startedAtMs }: Observation): State => {
  const gapMs = startedAtMs - state.lastTickMs;
  const { failover } = state;
  if (failover === null || gapMs <= blindGapMs) return state;
  const phaseSinceMs = failover.phaseSinceMs + gapMs;
  return { ...state, failover: { ...failover, phaseSinceMs } };
};
