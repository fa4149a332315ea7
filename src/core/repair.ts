/** When evictions alone bring a lost majority back. */
import { failingApplications } from './detect.ts';
import { graceOf } from './grace.ts';
import type { ClusterDiagnosis, Diagnosis, State } from './model.ts';
import type { Observation } from './observation.ts';
import type { Policy } from './policy.ts';

interface Parts {
  readonly policy: Policy;
  readonly state: State;
  readonly cluster: ClusterDiagnosis;
  readonly nodes: readonly Diagnosis[];
  readonly observation: Observation;
}

/** The core serves, and nobody whom it lists is sick; and there is time yet. */
export const isRepairable = ({
  policy,
  state,
  cluster: { core, condition },
  nodes,
  observation: { rounds, nowMs },
}: Parts): boolean => {
  const failing = failingApplications(rounds);
  const isServing = core.every((id) => {
    const sinceMs = state.nodes[id]?.worksSinceMs ?? null;
    return !failing.includes(id) && sinceMs !== null && nowMs - sinceMs >= policy.faultToleranceMs;
  });
  const isClear = nodes.every(
    ({ condition: each, instanceId }) => core.includes(instanceId) || !HURTS.includes(each),
  );
  const isInTime =
    state.loss !== null &&
    nowMs - state.loss.sinceMs < graceOf(policy, state.boots) + policy.launchDeadlineMs;
  return condition === 'QuorumLost' && core.length > 0 && isServing && isClear && isInTime;
};

const HURTS: readonly string[] = ['Zombie', 'Stuck', 'Ghost'];
