/** Who answered well in this round, whether that counts already or not: nothing that cannot be taken back is begun on a side that works. */
import type { Diagnosed } from './diagnose.ts';
import type { InstanceId } from './observation.ts';
import { majorityOf } from './quorum.ts';
import { isRecovering } from './suspicion.ts';

export const answering = ({
  nodes,
  cluster: { core },
}: Pick<Diagnosed, 'nodes' | 'cluster'>): readonly InstanceId[] =>
  nodes
    .filter(({ instanceId, suspicion }) => core.includes(instanceId) || isRecovering(suspicion))
    .map(({ instanceId }) => instanceId);

/** A majority answers, with those who have not for long enough: some seconds tell whether it is back. */
export const isComingBack = (diagnosed: Diagnosed): boolean => {
  const { nodes, state } = diagnosed;
  const there = answering(diagnosed);
  const seated = state.seats.filter(({ instanceId }) => there.includes(instanceId ?? ''));
  return (
    nodes.some(({ suspicion }) => isRecovering(suspicion)) &&
    seated.length >= majorityOf(state.seats.length)
  );
};
