/** Which rails would hold an eviction of one node, asked although nobody plans one. */
import * as v from 'valibot';
import { holdsEviction } from '../core/guard.ts';
import type { Hold } from '../core/model.ts';
import type { InstanceId } from '../core/observation.ts';
import type { Look } from '../look-once.ts';

export const Held = v.object({
  rail: v.string(),
  instanceId: v.nullable(v.string()),
  reason: v.string(),
  /** When it ends by itself; `null`: when something changes. */
  untilMs: v.nullable(v.number()),
});

/** Of a victim that is in flight already: what holds its next rung. */
export const railsAgainst = (
  { policy, before, observation, stepped }: Look,
  instanceId: InstanceId,
): readonly Hold[] => {
  const { plan, state, cluster } = stepped;
  const { inFlight } = before;
  if (inFlight?.instanceId === instanceId) return plan.kind === 'hold' ? plan.holds : [];
  const busy: readonly Hold[] =
    inFlight === null
      ? []
      : [
          {
            rail: 'I1',
            instanceId,
            reason: `eviction ${inFlight.fence} of ${inFlight.instanceId} is in flight`,
            untilMs: null,
          },
        ];
  return [...busy, ...holdsEviction({ policy, state, observation, cluster }, instanceId)];
};
