/** The peer witness: can a healthy member reach the suspect? Asked through one connection to it, for a key of the other. */
import type { Crossing, Target } from '../../core/observation.ts';
import type { OpenQuestions, Told } from './client/open-questions.ts';

/** Never rejects, and takes no longer than the deadline. */
export const askCrossing = async (
  { ask }: OpenQuestions,
  { via, to }: { readonly via: Target; readonly to: Target },
  { turn, deadlineMs }: { readonly turn: number; readonly deadlineMs: number },
): Promise<Crossing> => {
  const question = {
    address: via.address,
    owner: to.address,
    isFresh: false,
    partition: null,
    turn,
  };
  const told = await ask(`${via.instanceId} to ${to.instanceId} ${to.address}`, question, {
    deadlineMs,
    isLast: false,
  });
  return { via: via.instanceId, to: to.instanceId, answer: ANSWERS[told.says] };
};

const ANSWERS: Readonly<Record<Told['says'], Crossing['answer']>> = {
  ended: 'ok',
  silent: 'silent',
  absent: 'none',
};
