/** Which rails would hold an eviction of one node, its replacement included, asked although nobody plans one. */
import * as v from 'valibot';
import { holdsEviction, holdsReplacement } from '../core/guard.ts';
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

/** Of a node that is on its way out already: what holds its next step. */
export const railsAgainst = (
  { policy, before, observation, stepped }: Look,
  instanceId: InstanceId,
): readonly Hold[] => {
  const { plan, state, nodes, cluster } = stepped;
  const busy = before.inFlight ?? before.retirement;
  if (busy?.instanceId === instanceId) return plan.kind === 'hold' ? plan.holds : [];
  const kase = { policy, state, observation, nodes, cluster };
  const holds = [...holdsEviction(kase, instanceId), ...holdsReplacement(kase, instanceId)];
  if (busy === null) return holds;
  const reason = `${busy.instanceId} is on its way out: one at a time`;
  return [{ rail: 'I1', instanceId, reason, untilMs: null }, ...holds];
};
