/**
 * The name of what a node is.
 *
 * A node keeps its condition while it is within its tolerance; the running suspicion is told beside
 * it. Once the tolerance is over it gets its name: `Zombie` when the core still lists it (it hurts
 * the others), `Dead` when nobody does, `Unreachable` when the witnesses do not agree.
 */
import type { Verdict } from './detect.ts';
import type { Diagnosis, NodeCondition, NodeMemory } from './model.ts';
import type { Address, Instance, InstanceId, Observation } from './observation.ts';
import type { Policy } from './policy.ts';
import { suspicionOf, type Timers } from './timers.ts';

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
  const patient = !ripe && (memory.condition === 'Healthy' || memory.condition === 'Starting');
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
    return { condition: 'Unknown', because: `is leaving the group (${instance.lifecycle})` };
  }
  switch (verdict.verdict) {
    case 'unseen':
      return { condition: 'Unknown', because: 'no observer has seen it' };
    case 'works': {
      const dissentMs = observation.nowMs - (timers.dissentSinceMs ?? observation.nowMs);
      if (dissentMs >= policy.faultToleranceMs) {
        return {
          condition: 'Unreachable',
          because: `works, but ${verdict.dissent.join(' and ')} cannot reach it`,
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
  { instance, memory, verdict, timers }: Judged,
  { core, listed }: Company,
): Named => {
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
  if (!hasWitness(instance, timers)) {
    return {
      condition: 'Unreachable',
      because: `${verdict.cause}, and only our own probes say so`,
    };
  }
  if (core.length === 0)
    return { condition: 'Unknown', because: `${verdict.cause}; no core to ask` };
  return isListed
    ? { condition: 'Zombie', because: `${verdict.cause}, yet the core lists it` }
    : { condition: 'Dead', because: `${verdict.cause}, and nobody lists it` };
};

/**
 * Two observers that reached it and got no good answer are two witnesses. One alone, or time-outs on the
 * way, need a third: AWS.
 */
const hasWitness = (instance: Instance, { failedBy }: Timers): boolean =>
  failedBy.length >= 2 || instance.target === 'unhealthy' || instance.ec2State !== 'running';

const LEAVING = /^(Terminat|Detach|EnteringStandby|Standby)/;

export const isLeaving = ({ lifecycle }: Instance): boolean => LEAVING.test(lifecycle);
