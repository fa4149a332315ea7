/**
 * `explain`: why a node is called what it is called, and what will become of it. Everything that the decision rests on:
 * each observer's answers, the tolerance of each streak, who lists whom, AWS's word, and every rail.
 */
import * as v from 'valibot';
import { CLUSTER_CONDITIONS, NODE_CONDITIONS } from '../core/conditions.ts';
import type { Diagnosis, NodeMemory } from '../core/model.ts';
import type { InstanceId } from '../core/observation.ts';
import type { Policy } from '../core/policy.ts';
import { suspicionOf } from '../core/timers.ts';
import type { Look } from '../look-once.ts';
import { awsWord } from './aws-word.ts';
import { caveatsOf } from './caveats.ts';
import { Evidence, evidenceOf } from './evidence.ts';
import { list } from './list.ts';
import { whatIsNext } from './next.ts';
import { Held, railsAgainst } from './rails.ts';
import { Verdict, verdictOfCluster, verdictOfNode, worstOf } from './verdict.ts';

const Streak = v.object({
  observer: v.string(),
  evidence: v.string(),
  sinceMs: v.number(),
  /** Until this observer's tolerance is over; 0 when it is. */
  leftMs: v.number(),
  /** It got through to the host at least once. */
  reached: v.boolean(),
  /** Since when it has had nothing to complain of. */
  quietSinceMs: v.nullable(v.number()),
});

const Node = v.object({
  instanceId: v.string(),
  address: v.string(),
  condition: v.string(),
  meaning: v.string(),
  because: v.string(),
  sinceMs: v.nullable(v.number()),
  evidence: list(Evidence),
  streaks: list(Streak),
  /** Addresses in its own list of members, the oldest first; `null`: none that counts. */
  lists: v.nullable(list(v.string())),
  listedBy: list(v.string()),
  aws: list(v.string()),
  /** Rails that would hold an eviction of it now. */
  holds: list(Held),
  next: v.string(),
});
export type NodeReport = v.InferOutput<typeof Node>;

export const ExplainReport = v.object({
  fleet: v.string(),
  atMs: v.number(),
  verdict: Verdict,
  cluster: v.object({ condition: v.string(), meaning: v.string(), because: v.string() }),
  nodes: list(Node),
  caveats: list(v.string()),
});
export type ExplainReport = v.InferOutput<typeof ExplainReport>;

/** @param instanceId `null`: all nodes. @returns `null` when the fleet has no such node */
export const explain = (look: Look, instanceId: InstanceId | null): ExplainReport | null => {
  const { fleet, observation, stepped } = look;
  const { condition, because } = stepped.cluster;
  const wanted = stepped.nodes.filter(
    (node) => (instanceId ?? node.instanceId) === node.instanceId,
  );
  if (instanceId !== null && wanted.length === 0 && observation.inventory.ok) return null;
  const judged = wanted.map((node) => verdictOfNode(node.condition));
  return {
    fleet,
    atMs: observation.nowMs,
    verdict: wanted.length === 0 ? verdictOfCluster(condition) : worstOf(judged),
    cluster: { condition, meaning: CLUSTER_CONDITIONS[condition], because },
    nodes: wanted.map((node) => nodeReport(look, node)),
    caveats: caveatsOf(look),
  };
};

const nodeReport = (look: Look, node: Diagnosis): NodeReport => {
  const { policy, observation, stepped } = look;
  const { instanceId, address, condition, because } = node;
  const memory = stepped.state.nodes[instanceId];
  const { inventory, rounds, nowMs } = observation;
  const instance = inventory.ok
    ? inventory.value.instances.find((each) => each.instanceId === instanceId)
    : undefined;
  const holds = railsAgainst(look, instanceId);
  return {
    instanceId,
    address,
    condition,
    meaning: NODE_CONDITIONS[condition],
    because,
    sinceMs: memory?.conditionSinceMs ?? null,
    evidence: evidenceOf(instanceId, rounds),
    streaks: memory === undefined ? [] : streaksOf(policy, memory, nowMs),
    lists: memory?.view ?? null,
    listedBy: Object.entries(stepped.state.nodes)
      .filter(([id, { view }]) => id !== instanceId && view?.includes(address) === true)
      .map(([id]) => id),
    aws: instance === undefined ? ['not in the group'] : awsWord(instance),
    holds,
    next: whatIsNext(look, node, holds),
  };
};

/** Each observer's tolerance as if it were alone: the node is ripe when the last of them is over. */
const streaksOf = (
  policy: Policy,
  memory: NodeMemory,
  nowMs: number,
): readonly v.InferOutput<typeof Streak>[] =>
  Object.entries(memory.streaks).flatMap(([observer, streak]) => {
    const { sinceMs, reached, quietSinceMs } = streak;
    const streaks = { [observer]: streak };
    const alone = { worksSinceMs: null, failingSinceMs: sinceMs, streaks, owed: {} };
    const suspicion = suspicionOf(policy, alone, '');
    if (suspicion === null) return [];
    const { evidence, ripeAtMs } = suspicion;
    const leftMs = Math.max(0, ripeAtMs - nowMs);
    return [{ observer, evidence, sinceMs, leftMs, reached, quietSinceMs }];
  });
