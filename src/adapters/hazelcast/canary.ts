/**
 * The partition canary of 4.x and 5.x: one read of a key that the member itself owns.
 *
 * - Rotates over the member's partitions by the round's turn, so that all observers ask for the same.
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
  const question = { address, owner: address, isFresh, partition, turn };
  const told = await ask(isFresh ? fresh : kept, question, { deadlineMs, isLast });
  if (isFresh && told.says === 'ended') forget(kept);
  // A member that takes no fresh connection has still not answered what it was asked before.
  return canaryOf(isFresh && told.says === 'absent' ? (open(kept) ?? told) : told);
};

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
