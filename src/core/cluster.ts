/** The cluster as a whole: does the core hold a majority of the seats, and can we see at all. */
import type { NodeCondition } from './conditions.ts';
import { isSighted } from './detect.ts';
import type { Seat } from './ledger.ts';
import type { ClusterDiagnosis, Diagnosis } from './model.ts';
import type { InstanceId, Observation } from './observation.ts';
import { majorityOf } from './quorum.ts';

interface Parts {
  readonly observation: Observation;
  readonly nodes: readonly Diagnosis[];
  readonly core: readonly InstanceId[];
  readonly seats: readonly Seat[];
}

export const clusterOf = ({ observation, nodes, core, seats }: Parts): ClusterDiagnosis => {
  const { inventory, rounds } = observation;
  if (!inventory.ok) return { condition: 'Unknown', because: inventory.error, core };
  if (!rounds.some(isSighted)) {
    return { condition: 'Blind', because: blindness(observation), core };
  }
  if (seats.length === 0) {
    return { condition: 'Unknown', because: 'no member has been stable yet', core };
  }
  const seated = seats.filter(({ instanceId }) => instanceId !== null && core.includes(instanceId));
  const count = `${seated.length} of ${seats.length} seats work together`;
  if (seated.length < majorityOf(seats.length)) {
    return { condition: 'Unknown', because: `${count}, which is no majority`, core };
  }
  const sick = nodes.filter(({ condition }) => !isWell(condition) && condition !== 'Starting');
  const complete = seats.every(({ instanceId }) =>
    isWell(nodes.find((node) => node.instanceId === instanceId)?.condition),
  );
  if (sick.length === 0 && complete) return { condition: 'Quorate', because: count, core };
  return { condition: 'Degraded', because: count, core };
};

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
