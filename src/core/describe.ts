/** A tick in words: the same facts for the log, the event, the terminal and the person on call. */

import type { ActOutcome } from './acts.ts';
import { describeFailover } from './describe-failover.ts';
import type { Failover } from './failover-ledger.ts';
import { notOptedIn } from './guard.ts';
import type { Retirement } from './ledger.ts';
import type {
  Change,
  ClusterDiagnosis,
  Diagnosis,
  Eviction,
  Hold,
  Outcome,
  Plan,
  State,
} from './model.ts';
import type { InstanceId, Observation } from './observation.ts';
import { seconds } from './seconds.ts';
import type { CourierWord } from './sides.ts';

/** Conditions that differ from the state before. A node seen for the first time is a change from `null`. */
export const describeChanges = (
  before: State,
  nodes: readonly Diagnosis[],
  cluster: ClusterDiagnosis,
): readonly Change[] => {
  const changes: Change[] = nodes
    .map((node) => ({ node, from: before.nodes[node.instanceId]?.condition ?? null }))
    .filter(({ node, from }) => node.condition !== from)
    .map(({ node: { instanceId, condition, because }, from }) => ({
      instanceId,
      from,
      to: condition,
      because,
    }));
  if (cluster.condition !== before.cluster) {
    const { condition, because } = cluster;
    changes.push({ instanceId: null, from: before.cluster, to: condition, because });
  }
  return changes;
};

export interface Told {
  readonly nowMs: number;
  readonly inventory: Observation['inventory'];
  readonly cluster: ClusterDiagnosis;
  readonly nodes: readonly Diagnosis[];
  readonly symptoms: readonly InstanceId[];
  readonly inFlight: Eviction | null;
  readonly retirement: Retirement | null;
  readonly failover: Failover | null;
  /** The courier's last word. */
  readonly carried: CourierWord | null;
  readonly plan: Plan;
  readonly outcome: Outcome | null;
}

/** One plain sentence: the cluster, whoever misbehaves, and what is done or why not. */
export const describeTick = (told: Told): string => {
  const { cluster, nodes, symptoms, nowMs } = told;
  const sick = nodes
    .filter(({ condition, suspicion }) => suspicion !== null || !QUIET.includes(condition))
    .map((node) => describeNode(node, nowMs));
  const felt = symptoms.length === 0 ? [] : [`the application fails on ${symptoms.join(', ')}`];
  const parts = [`${cluster.condition}: ${cluster.because}`, ...sick, ...felt, describePlan(told)];
  return `${parts.join('; ')}.`;
};

const QUIET: readonly string[] = ['Healthy'];

const describeNode = (
  { instanceId, address, condition, suspicion, because }: Diagnosis,
  nowMs: number,
): string => {
  const who = `${instanceId} (${address})`;
  if (suspicion === null) return `${who} is ${condition}: ${because}`;
  const forMs = nowMs - suspicion.sinceMs;
  const left = suspicion.ripeAtMs - nowMs;
  if (left <= 0) return `${who} is ${condition}: ${because}, for ${seconds(forMs)}`;
  return `${who} ${suspicion.cause} for ${seconds(forMs)}, ${seconds(left)} more are tolerated`;
};

const describePlan = (told: Told): string => {
  const { plan, outcome, inFlight, failover, nowMs } = told;
  // An eviction that a failover took over waits for its end.
  const isLeft = failover !== null && inFlight?.confirmedAtMs === null;
  switch (plan.kind) {
    case 'watch':
      return inFlight === null || isLeft
        ? describeWatching(told)
        : `eviction ${inFlight.fence} of ${inFlight.instanceId} ${progress(inFlight)}`;
    case 'hold':
      return `holding still, ${plan.holds.map((hold) => describeHold(hold, nowMs)).join(', ')}`;
    case 'act':
      return outcome === null ? `about to ${verbs(plan)}` : describeOutcome(plan, outcome);
  }
};

const describeWatching = ({ failover, carried, retirement, inventory }: Told): string => {
  if (failover !== null) return describeFailover(failover, carried);
  if (retirement === null) {
    return ['watching', ...(inventory.ok ? notOptedIn(inventory.value) : [])].join(', but ');
  }
  const { instanceId, because, phase } = retirement;
  return `replacing ${instanceId} in good order (${because}): ${PHASES[phase]}`;
};

/** What a replacement in good order waits for. */
export const PHASES: Readonly<Record<Retirement['phase'], string>> = {
  spare: 'waits for a spare to work in the core',
  safe: 'waits until the members have made all copies',
  drain: 'lets it answer the calls that it has',
  stop: 'waits for it to stop',
  undo: 'puts it back in service, with the group at the size that it had',
};

const progress = ({ rungs, confirmedAtMs, evictedAtMs }: Eviction): string => {
  if (confirmedAtMs === null) return 'stopped half way and is judged anew';
  const [last] = rungs.slice(-1);
  switch (last?.rung) {
    case undefined:
    case 'deregister':
    case 'kill':
      return evictedAtMs === null ? 'waits for proof of the kill' : 'is proven';
    case 'fence':
      return `waits for its peers to shut it out${last.detail === '' ? '' : ` (${last.detail})`}`;
    case 'replace':
    case 'terminate':
      return last.outcome === 'done'
        ? 'waits for the members to drop it: its instance is gone, but they list it until their heart-beat time-out'
        : 'waits for the instance to terminate';
  }
};

const describeOutcome = (plan: Extract<Plan, { kind: 'act' }>, outcome: Outcome): string => {
  switch (outcome.kind) {
    case 'stoodDown':
      return `stood down: ${outcome.reason}`;
    case 'prevented':
      return `did nothing, ${outcome.rail}: ${outcome.reason}`;
    case 'acted':
      return outcome.outcomes.length === 0
        ? plan.reason
        : `${plan.reason}: ${outcome.outcomes.map(describeAct).join(', ')}`;
  }
};

const describeAct = ({ kind, outcome, detail }: ActOutcome): string =>
  `${kind} ${outcome}${detail === '' ? '' : ` (${detail})`}`;

const verbs = (plan: Extract<Plan, { kind: 'act' }>): string =>
  plan.acts.map(({ kind }) => kind).join(' and ');

export const describeHold = ({ rail, reason, untilMs }: Hold, nowMs: number): string =>
  untilMs !== null && untilMs > nowMs
    ? `${rail}: ${reason}, ${seconds(untilMs - nowMs)} more`
    : `${rail}: ${reason}`;
