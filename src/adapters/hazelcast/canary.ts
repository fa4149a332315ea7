/**
 * The partition canary of 4.x and 5.x: one read of a key that the member itself owns.
 *
 * - Rotates over the member's partitions by the round's turn, so that all observers ask for the same: four of them one after the
 *   other, for a member has a thread for each of its cores, and one that is stuck is to be met at once. Answers take some ms.
 * - A partition that was not answered is confirmed over a fresh connection to that member alone: if it
 *   answers there, the old connection was to blame, and the fresh one is kept instead.
 * - Asked only of a member that answers its health: of the others it could say nothing new, and a hung
 *   one would only have one more connection in its queue (ADR 0001).
 */
import type { Canary, Questions, Target } from '../../core/observation.ts';
import type { OpenQuestions, Told } from './client/open-questions.ts';

export interface CanaryBounds {
  readonly deadlineMs: number;
  /** Its health was good in this look. */
  readonly isAnswering: boolean;
  /** Its health was not answered at all: others may be waiting for it just so. Who is refused was dropped long ago. */
  readonly isSilent: boolean;
}

/** Never rejects, and takes no longer than the deadline. */
export const askCanary = async (
  { ask, open, forget }: OpenQuestions,
  { instanceId, address }: Target,
  { turn, confirm, isLast }: Pick<Questions, 'turn' | 'confirm' | 'isLast'>,
  { deadlineMs, isAnswering }: CanaryBounds,
): Promise<Canary> => {
  // An address is used again by another instance, which is not to blame for the first one's silence.
  const kept = `${instanceId} ${address} kept`;
  const fresh = `${instanceId} ${address} fresh`;
  const partition = confirm[instanceId] ?? null;
  const isFresh = partition !== null;
  if (!isAnswering) return canaryOf((isFresh ? open(fresh) : null) ?? open(kept) ?? NOT_CONNECTED);
  const question = { address, owner: address, isFresh, partition };
  const untilMs = performance.now() + deadlineMs;
  const askOne = async (each: number): Promise<Told> => {
    const bounds = { deadlineMs: Math.max(0, untilMs - performance.now()), isLast };
    return await ask(isFresh ? fresh : kept, { ...question, turn: each }, bounds);
  };
  const told = await askOne(turn);
  // What an earlier look asked is answered: that is news enough.
  const wrong = isFresh || !isWell(told) ? null : await firstWrong(askOne, turn);
  if (wrong !== null) return canaryOf(wrong);
  if (isFresh && told.says === 'ended') forget(kept);
  // A member that takes no fresh connection has still not answered what it was asked before.
  return canaryOf(isFresh && told.says === 'absent' ? (open(kept) ?? told) : told);
};

const PARTITIONS_A_ROUND = 4;

/** Of the partitions after the first one of a look; `null`: all are answered, as far as there is time. */
const firstWrong = async (
  askOne: (turn: number) => Promise<Told>,
  turn: number,
): Promise<Told | null> => {
  for (let next = 1; next < PARTITIONS_A_ROUND; next += 1) {
    const told = await askOne(turn + next);
    if (told.says === 'absent') return null;
    if (told.says === 'silent' || told.outcome.outcome !== 'replied') return told;
  }
  return null;
};

const isWell = (told: Told): boolean =>
  told.says === 'ended' && told.isLate !== true && told.outcome.outcome === 'replied';

const NOT_CONNECTED: Told = { says: 'absent', why: 'notConnected' };

const canaryOf = (told: Told): Canary => {
  switch (told.says) {
    case 'absent':
      return { answer: 'none', why: told.why };
    case 'silent':
      return { answer: 'silent', partition: told.partition, forMs: told.forMs };
    case 'ended': {
      const { partition, outcome } = told;
      return outcome.outcome === 'replied'
        ? { answer: 'ok', partition, tookMs: outcome.tookMs }
        : { answer: 'outOfMemory', partition, detail: outcome.detail };
    }
  }
};
