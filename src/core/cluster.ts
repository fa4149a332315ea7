/**
 * The cluster as a whole: does the core hold a majority of the seats, and can we see at all.
 *
 * When it does not, every seat is asked for: its holder is sick or gone beyond doubt, or may come back, or works apart from
 * the others. Members that are starting count as some that may come, but not for ever: Auto Scaling may be the one who
 * keeps cutting their boots short.
 */
import type { NodeCondition } from './conditions.ts';
import { isSighted } from './detect.ts';
import type { Loss, Seat } from './ledger.ts';
import type { ClusterDiagnosis, Diagnosis, State } from './model.ts';
import type { InstanceId, Observation } from './observation.ts';
import { majorityOf } from './quorum.ts';

interface Parts {
  readonly observation: Observation;
  readonly nodes: readonly Diagnosis[];
  readonly core: readonly InstanceId[];
  readonly seats: readonly Seat[];
  readonly loss: Loss | null;
  /** How long members that are starting count as some that may come. */
  readonly patienceMs: number;
}

export const clusterOf = (parts: Parts): ClusterDiagnosis => {
  const { observation, nodes, core, seats } = parts;
  const { inventory, rounds } = observation;
  if (!inventory.ok) return { condition: 'Unknown', because: inventory.error, core };
  if (!rounds.some(isSighted)) {
    return { condition: 'Blind', because: blindness(observation), core };
  }
  if (seats.length === 0) {
    const isForming = nodes.some(({ condition }) => condition === 'Starting');
    const because = 'no member has been stable yet';
    return { condition: isForming ? 'Forming' : 'Unknown', because, core };
  }
  const seated = seats.filter(({ instanceId }) => instanceId !== null && core.includes(instanceId));
  const count = `${seated.length} of ${seats.length} seats work together`;
  if (seated.length < majorityOf(seats.length)) return withoutMajority(parts, seated.length, count);
  const sick = nodes.filter(({ condition }) => !isWell(condition) && condition !== 'Starting');
  const complete = seats.every(({ instanceId }) =>
    isWell(nodes.find((node) => node.instanceId === instanceId)?.condition),
  );
  if (sick.length === 0 && complete) return { condition: 'Quorate', because: count, core };
  return { condition: 'Degraded', because: count, core };
};

const withoutMajority = (
  { observation: { nowMs }, nodes, core, seats, loss, patienceMs }: Parts,
  seated: number,
  count: string,
): ClusterDiagnosis => {
  const needed = majorityOf(seats.length);
  const holders = seats.map(({ instanceId }) =>
    nodes.find((node) => node.instanceId === instanceId),
  );
  const isPatient = loss === null || nowMs - loss.sinceMs < patienceMs;
  const starting = isPatient ? nodes.filter(({ condition }) => condition === 'Starting').length : 0;
  const apart = holders.filter((node) => node?.condition === 'Island').length;
  const unclear = seats.filter(
    ({ instanceId }, at) =>
      instanceId !== null && !core.includes(instanceId) && mayComeBack(holders[at], nowMs),
  ).length;
  if (seated + apart >= needed) {
    const because = `${count}, and ${apart} on their own: each part goes its own way`;
    return { condition: 'Split', because, core };
  }
  if (seated + apart + unclear >= needed) {
    return { condition: 'Unknown', because: `${count}, which is no majority`, core };
  }
  if (seated + apart + unclear + starting >= needed) {
    return { condition: 'Forming', because: `${count}, and ${starting} are starting`, core };
  }
  return core.length === 0
    ? { condition: 'Down', because: `nobody works; ${needed} are needed`, core }
    : { condition: 'QuorumLost', because: `${count}, ${needed} are needed`, core };
};

/** Its tolerance is not over, or witnesses do not agree, or the inventory left it out for the moment. */
const mayComeBack = (holder: Diagnosis | undefined, nowMs: number): boolean =>
  holder === undefined ||
  !BAD.includes(holder.condition) ||
  (holder.suspicion !== null && nowMs < holder.suspicion.ripeAtMs);

const BAD: readonly NodeCondition[] = ['Zombie', 'Stuck', 'Dead', 'Ghost', 'Island'];

interface Seen {
  readonly cluster: ClusterDiagnosis;
  readonly seats: readonly Seat[];
  /** Who answers well, though not for as long as it had failed. */
  readonly owing: readonly InstanceId[];
  readonly nowMs: number;
}

type Lost = Pick<State, 'loss' | 'lostMs'>;
type Before = Lost & Pick<State, 'lastTickMs' | 'cluster' | 'failover'>;

/**
 * How long there has been no majority. When nobody can see, nothing is counted. Members that answer now and then can make one
 * in some rounds (docs/adr/0011): it is not lost then, but for how long it was seen to be is remembered until they have answered
 * for long enough.
 */
export const lossAfter = (before: Before, { cluster, seats, owing, nowMs }: Seen): Lost => {
  const { loss, lastTickMs, failover } = before;
  const passedMs = Math.max(0, nowMs - lastTickMs);
  // What comes after a failover is confirmed anew.
  const lostMs = failover === null ? before.lostMs : 0;
  const sinceMs = loss?.sinceMs ?? nowMs;
  switch (cluster.condition) {
    case 'Quorate':
    case 'Degraded': {
      const sound = seats.filter(
        ({ instanceId: id }) => id !== null && cluster.core.includes(id) && !owing.includes(id),
      );
      return { loss: null, lostMs: sound.length >= majorityOf(seats.length) ? 0 : lostMs };
    }
    case 'Blind':
      return { loss: null, lostMs: 0 };
    case 'QuorumLost':
    case 'Down': {
      const wasLost = before.cluster === 'QuorumLost' || before.cluster === 'Down';
      const sureSinceMs = loss?.sureSinceMs ?? nowMs - lostMs;
      return { loss: { sinceMs, sureSinceMs }, lostMs: lostMs + (wasLost ? passedMs : 0) };
    }
    case 'Unknown':
    case 'Forming':
    case 'Split': {
      // Time in which nobody can tell pays as well, and a doubt in the middle of a loss ends it.
      const isDoubted = (loss?.sureSinceMs ?? null) !== null;
      const leftMs = isDoubted ? 0 : Math.max(0, lostMs - passedMs);
      return { loss: { sinceMs, sureSinceMs: null }, lostMs: leftMs };
    }
  }
};

/** It has its majority: who is sick in it can be evicted. */
export const isCurable = ({ condition }: Pick<ClusterDiagnosis, 'condition'>): boolean =>
  condition === 'Quorate' || condition === 'Degraded';

/** Does its work in the core, whatever AWS intends to do to its instance. */
const isWell = (condition: NodeCondition | undefined): boolean =>
  condition === 'Healthy' || condition === 'Impaired' || condition === 'Retiring';

const blindness = ({ rounds }: Observation): string => {
  if (rounds.length === 0) return 'there is no observer';
  const reasons = rounds.map((round) =>
    'failed' in round ? `${round.observer}: ${round.failed}` : `${round.observer} sees nothing`,
  );
  return reasons.join('; ');
};
