/** `probe`: what the observers see right now. Needs no store and judges nothing beyond the one round. */
import * as v from 'valibot';
import { isSighted, verdictOf as roundVerdict } from '../core/detect.ts';
import type { InstanceId, Inventory, Observation } from '../core/observation.ts';
import { Evidence, evidenceOf } from './evidence.ts';
import { list } from './list.ts';
import { Verdict, worstOf } from './verdict.ts';

const Node = v.object({
  instanceId: v.string(),
  address: v.string(),
  /** Of this round alone: one failed round is no verdict, a tolerance is. */
  round: v.picklist(['works', 'fails', 'unseen']),
  evidence: list(Evidence),
});

export const ProbeReport = v.object({
  fleet: v.string(),
  atMs: v.number(),
  verdict: Verdict,
  nodes: list(Node),
  /** Observers that saw nothing at all. */
  blind: list(v.string()),
});
export type ProbeReport = v.InferOutput<typeof ProbeReport>;

const VERDICTS = { works: 'fine', fails: 'unhealthy', unseen: 'unknown' } as const;

/** @param instanceId `null`: all nodes. @returns `null` when the group has no such instance */
export const probeReport = (
  fleet: string,
  { rounds, nowMs }: Observation,
  { instances }: Inventory,
  instanceId: InstanceId | null,
): ProbeReport | null => {
  const nodes = instances
    .filter((instance) => (instanceId ?? instance.instanceId) === instance.instanceId)
    .map(({ instanceId: id, address }) => ({
      instanceId: id,
      address,
      round: roundVerdict(id, rounds).verdict,
      evidence: evidenceOf(id, rounds),
    }));
  if (instanceId !== null && nodes.length === 0) return null;
  const blind = rounds.filter((round) => !isSighted(round)).map(({ observer }) => observer);
  // Of nobody nothing can be told.
  const verdicts =
    nodes.length === 0 ? ['unknown' as const] : nodes.map(({ round }) => VERDICTS[round]);
  return { fleet, atMs: nowMs, verdict: worstOf(verdicts), nodes, blind };
};
