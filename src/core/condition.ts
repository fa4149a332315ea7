/**
 * The name of what a node is.
 *
 * A node keeps its condition while it is within its tolerance; the running suspicion is told beside
 * it. Once the tolerance is over it gets its name: `Zombie` when the core still lists it (it hurts
 * the others), `Stuck` when only its canary fails, `Dead` when nobody lists it, `Unreachable` when the
 * witnesses do not agree. A node that works may be an `Island`, `Severed` or `Impaired` all the same.
 */

import type { NodeCondition } from './conditions.ts';
import { observersOf, type Verdict } from './detect.ts';
import type { Cut } from './ledger.ts';
import type { Diagnosis, NodeMemory, Suspicion } from './model.ts';
import type { Address, Impairment, Instance, InstanceId, Observation } from './observation.ts';
import { cutOff, peersSay } from './peers.ts';
import type { Policy } from './policy.ts';
import { seconds } from './seconds.ts';
import { isComing, strayToleranceMs } from './stray.ts';
import { isWhole, suspicionOf, type Timers } from './timers.ts';

/** One instance with what this round says of it, before it has a name. */
export interface Judged {
  readonly instance: Instance;
  readonly memory: NodeMemory;
  readonly verdict: Verdict;
  readonly timers: Timers;
}

export interface Company {
  readonly core: readonly InstanceId[];
  readonly listed: ReadonlySet<Address>;
  /** Instances, this one aside, that are not seen to work or that the load balancer finds unhealthy. */
  readonly troubled: readonly InstanceId[];
  readonly cuts: readonly Cut[];
  /** Being replaced in good order. */
  readonly retiring: InstanceId | null;
}

export const nameNode = (
  policy: Policy,
  observation: Observation,
  judged: Judged,
  company: Company,
): Diagnosis => {
  const { instance, memory, verdict, timers } = judged;
  const cause = verdict.verdict === 'fails' ? verdict.cause : '';
  const suspicion =
    suspicionOf(policy, timers, cause) ??
    suspicionOfWorking(policy, observation.nowMs, judged, company);
  const named = conditionOf(policy, observation, judged, company);
  const ripe = suspicion === null || observation.nowMs >= suspicion.ripeAtMs;
  const patient = !ripe && memory.condition !== 'Unknown';
  return {
    instanceId: instance.instanceId,
    address: instance.address,
    condition: patient ? memory.condition : named.condition,
    suspicion,
    because: named.because,
    hostSilent: isHostSilent(policy, observation, judged, company),
  };
};

type Named = { readonly condition: NodeCondition; readonly because: string };

/** What there is against a member that answers well: it lives apart, or no peer reaches it. */
const suspicionOfWorking = (
  policy: Policy,
  nowMs: number,
  { instance, memory }: Judged,
  company: Company,
): Suspicion | null => {
  if (memory.strayingSinceMs !== null) {
    const sinceMs = memory.strayingSinceMs;
    const ripeAtMs = sinceMs + strayToleranceMs(policy, memory);
    return { evidence: 'fault', sinceMs, ripeAtMs, cause: 'works apart from the core' };
  }
  const sinceMs = shunnedSince(instance.instanceId, company);
  return sinceMs === null
    ? null
    : {
        evidence: 'silence',
        sinceMs,
        ripeAtMs: Math.max(nowMs, sinceMs + policy.silenceToleranceMs),
        cause: 'is reached by none of its peers',
      };
};

/** Since when no other member of the core has reached it; `null`: one does, or there are too few to say. */
const shunnedSince = (instanceId: InstanceId, { core, cuts }: Company): number | null => {
  const others = core.filter((id) => id !== instanceId);
  if (!core.includes(instanceId) || others.length < SHUNNERS_MIN) return null;
  const since = others.map(
    (via) => cuts.find((cut) => cut.via === via && cut.to === instanceId)?.sinceMs,
  );
  return since.every((sinceMs) => sinceMs !== undefined) ? Math.max(...since) : null;
};

/** One peer that does not reach it may be the sick one itself. */
const SHUNNERS_MIN = 2;

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
  judged: Judged,
  company: Company,
): Named => {
  const { instance, memory } = judged;
  const { core, listed } = company;
  if (core.includes(instance.instanceId)) return nameMember(policy, nowMs, instance, company);
  if (isComing(policy, judged, nowMs) && (memory.view === null || !listed.has(instance.address))) {
    return { condition: 'Starting', because: 'works, and has yet to join the core' };
  }
  if (core.length === 0 || memory.view === null) {
    return { condition: 'Unknown', because: 'works, but no member list counts yet' };
  }
  if (memory.strayingSinceMs === null) {
    return { condition: 'Unknown', because: 'works, but it and the core do not list each other' };
  }
  const others = memory.view.length - 1;
  const place = others === 0 ? 'alone' : `in a cluster of ${memory.view.length}`;
  return { condition: 'Island', because: `works ${place}, apart from the core` };
};

/** A working member of the core. */
const nameMember = (policy: Policy, nowMs: number, instance: Instance, company: Company): Named => {
  const { instanceId, impairments } = instance;
  if (instanceId === company.retiring) {
    return { condition: 'Retiring', because: 'works, and is being replaced in good order' };
  }
  if (shunnedSince(instanceId, company) !== null) {
    return { condition: 'Zombie', because: 'works for us, but none of its peers reaches it' };
  }
  const { from } = cutOff(instanceId, company.cuts, nowMs - policy.faultToleranceMs);
  const cut = from.filter((id) => company.core.includes(id));
  if (cut.length > 0) {
    return { condition: 'Severed', because: `works, but its link to ${cut.join(', ')} is cut` };
  }
  const [impairment] = impairments;
  return impairment === undefined
    ? { condition: 'Healthy', because: 'works and is in the core' }
    : {
        condition: 'Impaired',
        because: `works, but AWS says ${describeImpairment(impairment, nowMs)}`,
      };
};

export const describeImpairment = ({ kind, code, atMs }: Impairment, nowMs: number): string => {
  const words = {
    systemStatus: `its system status is ${code}`,
    instanceStatus: `its instance status is ${code}`,
    scheduledEvent: `${code} is scheduled for it`,
    spotNotice: `its spot request is ${code}`,
  };
  return atMs === null ? words[kind] : `${words[kind]}, in ${seconds(Math.max(0, atMs - nowMs))}`;
};

const nameFailing = (
  policy: Policy,
  observation: Observation,
  judged: Judged,
  company: Company,
): Named => {
  const { instance, memory, verdict } = judged;
  const { core, listed } = company;
  if (verdict.verdict !== 'fails') return { condition: 'Unknown', because: 'is not failing' };
  const { cause, evidence } = verdict;
  const isListed = listed.has(instance.address);
  const isYoung = observation.nowMs - instance.launchedAtMs < policy.startupGraceMs;
  if (!memory.hasWorked && !isListed && isYoung) {
    return { condition: 'Starting', because: `${cause}, within its start-up grace` };
  }
  if (!memory.hasWorked && isListed && evidence === 'fault') {
    // A member whose REST groups are off closes the connection without an answer: that is no fault.
    return {
      condition: 'Unknown',
      because: `${cause} and never answered before; is HEALTH_CHECK of its REST API on?`,
    };
  }
  const doubt = doubtOf(policy, observation, judged, company);
  if (doubt !== null) return { condition: 'Unreachable', because: `${cause}, ${doubt}` };
  if (core.length === 0) return { condition: 'Dead', because: `${cause}, and nobody else works` };
  if (!isListed) return { condition: 'Dead', because: `${cause}, and nobody lists it` };
  return {
    condition: evidence === 'stuck' ? 'Stuck' : 'Zombie',
    because: `${cause}, yet the core lists it`,
  };
};

/**
 * Why the witnesses do not agree; `null` when they do: all observers that look complain, and two of
 * them got through to it, or AWS or its peers say the same.
 */
const doubtOf = (
  policy: Policy,
  { rounds }: Observation,
  { instance, verdict, timers }: Judged,
  { core, troubled }: Company,
): string | null => {
  const complaints = Object.entries(timers.streaks).filter(([, each]) => isWhole(policy, each));
  const content = observersOf(verdict.voices, 'works').filter((observer) =>
    complaints.every(([complainer]) => complainer !== observer),
  );
  if (content.length > 0) return `but ${content.join(' and ')} gets good answers`;
  if (complaints.filter(([, { reached }]) => reached).length >= 2) return null;
  if (isDown(instance)) return null;
  const peers = peersSay(instance.instanceId, rounds, core);
  if (peers === 'reached') return 'but its peers reach it: it is our own way that is cut';
  if (peers === 'unreached') return null;
  // One sick member can fail everybody's health check: beside another one, that is a symptom.
  const isTold = instance.target === 'unhealthy';
  if (isTold && (complaints.length >= 2 || troubled.length === 0)) return null;
  return 'and only our own probes say so';
};

/** Nobody gets through to the host, and others say so too; or nothing can be run on it. */
const isHostSilent = (
  policy: Policy,
  observation: Observation,
  judged: Judged,
  company: Company,
): boolean => {
  const { instance, verdict, timers } = judged;
  if (instance.agentOnline === false || isDown(instance)) return true;
  const nobodyReaches =
    verdict.verdict === 'fails' && Object.values(timers.streaks).every(({ reached }) => !reached);
  return nobodyReaches && doubtOf(policy, observation, judged, company) === null;
};

const isDown = ({ ec2State }: Instance): boolean =>
  ec2State !== 'running' && ec2State !== 'pending';

const LEAVING = /^(Terminat|Detach|EnteringStandby|Standby)/;

/** Somebody else is taking it out: Auto Scaling, or a person. */
export const isLeaving = ({ lifecycle, ec2State }: Instance): boolean =>
  LEAVING.test(lifecycle) || ec2State === 'shutting-down' || ec2State === 'terminated';
