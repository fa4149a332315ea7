/**
 * The name of what a node is.
 *
 * A node keeps its condition while it is within its tolerance; the running suspicion is told beside
 * it. Once the tolerance is over it gets its name: `Zombie` when the core still lists it (it hurts
 * the others), `Dead` when nobody does, `Unreachable` when the witnesses do not agree.
 */
import type { NodeCondition } from './conditions.ts';
import { observersOf, type Verdict } from './detect.ts';
import type { Diagnosis, NodeMemory } from './model.ts';
import type { Address, Instance, InstanceId, Observation } from './observation.ts';
import type { Policy } from './policy.ts';
import { isWhole, suspicionOf, type Timers } from './timers.ts';

/** One instance with what this round says of it, before it has a name. */
export interface Judged {
  readonly instance: Instance;
  readonly memory: NodeMemory;
  readonly verdict: Verdict;
  readonly timers: Timers;
  readonly uuid: string;
}

interface Company {
  readonly core: readonly InstanceId[];
  readonly listed: ReadonlySet<Address>;
  /** Instances, this one aside, that are not seen to work or that the load balancer finds unhealthy. */
  readonly troubled: readonly InstanceId[];
}

export const nameNode = (
  policy: Policy,
  observation: Observation,
  judged: Judged,
  company: Company,
): Diagnosis => {
  const { instance, memory, verdict, timers } = judged;
  const cause = verdict.verdict === 'fails' ? verdict.cause : '';
  const suspicion = suspicionOf(policy, timers, cause);
  const named = conditionOf(policy, observation, judged, company);
  const ripe = suspicion === null || observation.nowMs >= suspicion.ripeAtMs;
  const patient = !ripe && memory.condition !== 'Unknown';
  return {
    instanceId: instance.instanceId,
    address: instance.address,
    condition: patient ? memory.condition : named.condition,
    suspicion,
    because: named.because,
  };
};

type Named = { readonly condition: NodeCondition; readonly because: string };

const conditionOf = (
  policy: Policy,
  observation: Observation,
  judged: Judged,
  company: Company,
): Named => {
  const { instance, verdict, timers } = judged;
  if (isLeaving(instance)) {
    return {
      condition: 'Unknown',
      because: `is leaving the group (${instance.lifecycle}, ${instance.ec2State})`,
    };
  }
  switch (verdict.verdict) {
    case 'unseen':
      return { condition: 'Unknown', because: 'no observer has seen it' };
    case 'works': {
      const lost = observersOf(verdict.voices, 'unreached');
      const sinceMs = Object.values(timers.streaks).map((streak) => streak.sinceMs);
      if (observation.nowMs - Math.min(...sinceMs) >= policy.faultToleranceMs) {
        return {
          condition: 'Unreachable',
          because: `works, but ${lost.join(' and ')} cannot reach it`,
        };
      }
      return nameWorking(policy, observation, judged, company);
    }
    case 'fails':
      return nameFailing(policy, observation, judged, company);
  }
};

const nameWorking = (
  policy: Policy,
  { nowMs }: Observation,
  { instance, memory }: Judged,
  { core, listed }: Company,
): Named => {
  if (core.includes(instance.instanceId)) {
    return { condition: 'Healthy', because: 'works and is in the core' };
  }
  const young = nowMs - instance.launchedAtMs < policy.startupGraceMs;
  if (young && (memory.view === null || !listed.has(instance.address))) {
    return { condition: 'Starting', because: 'works, and has yet to join the core' };
  }
  if (core.length === 0 || memory.view === null) {
    return { condition: 'Unknown', because: 'works, but no member list counts yet' };
  }
  return { condition: 'Unknown', because: 'works, but it and the core do not list each other' };
};

const nameFailing = (
  policy: Policy,
  { nowMs }: Observation,
  judged: Judged,
  company: Company,
): Named => {
  const { instance, memory, verdict } = judged;
  const { core, listed } = company;
  if (verdict.verdict !== 'fails') return { condition: 'Unknown', because: 'is not failing' };
  const isListed = listed.has(instance.address);
  if (!memory.hasWorked && !isListed && nowMs - instance.launchedAtMs < policy.startupGraceMs) {
    return { condition: 'Starting', because: `${verdict.cause}, within its start-up grace` };
  }
  if (!memory.hasWorked && isListed && verdict.evidence === 'fault') {
    // A member whose REST groups are off closes the connection without an answer: that is no fault.
    return {
      condition: 'Unknown',
      because: `${verdict.cause} and never answered before; is HEALTH_CHECK of its REST API on?`,
    };
  }
  const doubt = doubtOf(policy, judged, company);
  if (doubt !== null) return { condition: 'Unreachable', because: `${verdict.cause}, ${doubt}` };
  if (core.length === 0)
    return { condition: 'Unknown', because: `${verdict.cause}; no core to ask` };
  return isListed
    ? { condition: 'Zombie', because: `${verdict.cause}, yet the core lists it` }
    : { condition: 'Dead', because: `${verdict.cause}, and nobody lists it` };
};

/**
 * Why the witnesses do not agree; `null` when they do: all observers that look complain, and two of
 * them got through to it, or AWS says the same.
 */
const doubtOf = (
  policy: Policy,
  { instance, verdict, timers }: Judged,
  { troubled }: Company,
): string | null => {
  const complaints = Object.entries(timers.streaks).filter(([, each]) => isWhole(policy, each));
  const content = observersOf(verdict.voices, 'works').filter((observer) =>
    complaints.every(([complainer]) => complainer !== observer),
  );
  if (content.length > 0) return `but ${content.join(' and ')} gets good answers`;
  if (complaints.filter(([, { reached }]) => reached).length >= 2) return null;
  if (isDown(instance)) return null;
  // One sick member can fail everybody's health check: beside another one, that is a symptom.
  const isTold = instance.target === 'unhealthy';
  if (isTold && (complaints.length >= 2 || troubled.length === 0)) return null;
  return 'and only our own probes say so';
};

const isDown = ({ ec2State }: Instance): boolean =>
  ec2State !== 'running' && ec2State !== 'pending';

const LEAVING = /^(Terminat|Detach|EnteringStandby|Standby)/;

/** Somebody else is taking it out: Auto Scaling, or a person. */
export const isLeaving = ({ lifecycle, ec2State }: Instance): boolean =>
  LEAVING.test(lifecycle) || ec2State === 'shutting-down' || ec2State === 'terminated';
