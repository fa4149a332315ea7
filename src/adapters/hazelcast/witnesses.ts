/** Canary and peer witness of one fleet: what a process keeps between its looks. */
import type { Fleet } from '../../config/fleet.ts';
import type { Canary, Crossing, Questions, Target } from '../../core/observation.ts';
import { askCanary, type CanaryBounds } from './canary.ts';
import { createAsker } from './client/asker.ts';
import { createOpenQuestions } from './client/open-questions.ts';
import { askCrossing } from './crossings.ts';
import { createRestCanary } from './rest-canary.ts';

export interface Witnesses {
  /** Never rejects, and takes no longer than the deadline. */
  readonly canary: (target: Target, questions: Questions, bounds: CanaryBounds) => Promise<Canary>;
  /** Questions of ours hold up some of what else it is asked. */
  readonly isClogged: (target: Target) => boolean;
  /** Never rejects, and takes no longer than the deadline. */
  readonly crossing: (
    pair: Questions['crossings'][number],
    questions: Questions,
    deadlineMs: number,
  ) => Promise<Crossing>;
  /** Closes every connection. A process can end without it. */
  readonly close: () => Promise<void>;
}

const NONE: Witnesses = {
  canary: async () => await Promise.resolve({ answer: 'none', why: 'off' }),
  isClogged: () => false,
  crossing: async ({ via, to }) =>
    await Promise.resolve({ via: via.instanceId, to: to.instanceId, answer: 'none' }),
  close: async () => {},
};

const now = (): number => performance.now();

export const createWitnesses = ({ member }: Fleet): Witnesses => {
  const { version, cluster, port, canary: map } = member;
  // Of 3.x nothing that a member answers tells who is stuck (ADR 0004).
  if (map === null || version === '3.x') return NONE;
  if (version === '2.x') {
    const { ask, isClogged } = createRestCanary({ port, map }, now);
    return { ...NONE, canary: ask, isClogged };
  }
  const asker = createAsker({ cluster, port, map });
  const questions = createOpenQuestions(asker, now);
  return {
    ...NONE,
    canary: async (target, asked, bounds) => await askCanary(questions, target, asked, bounds),
    crossing: async (pair, { turn }, deadlineMs) =>
      await askCrossing(questions, pair, { turn, deadlineMs }),
    close: asker.close,
  };
};

const known = new WeakMap<Fleet, Witnesses>();

/** One for each fleet as it was read, for the life of the process. */
export const witnessesOf = (fleet: Fleet): Witnesses => {
  const witnesses = known.get(fleet) ?? createWitnesses(fleet);
  known.set(fleet, witnesses);
  return witnesses;
};
