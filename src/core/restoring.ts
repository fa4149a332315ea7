/**
 * The step of a move in which nobody is left to read: the vault's last generation is put into the new side. Nothing of it can
 * stop the move: users wait, and a cluster without their sessions is better than none.
 */
import { asking, isLevel, isSilent, membersOf, wordOf } from './courier.ts';
import type { Planned, Tick } from './evicting.ts';
import { carryOut, isLate, turn } from './failover.ts';
import type { Failover } from './failover-ledger.ts';
import type { CourierWord } from './sides.ts';
import { previewing } from './verifying.ts';

/** What is refused or cannot be read now may be read in a moment, not in minutes. */
const FAILING_MS = 15_000;
const DOES = "puts the vault's last generation there";

export const restore = (tick: Tick, failover: Failover): Planned => {
  const { policy, observation } = tick;
  const word = wordOf(observation, failover);
  const isFailing = word?.phase === 'failed' && isLate(tick, failover, FAILING_MS);
  const limitMs = policy.prefer === 'data' ? policy.copyDeadlineMs : policy.levelDeadlineMs;
  const isOver = word?.phase === 'ended' || isLevel(policy, observation, failover);
  if (isOver || isFailing || isLate(tick, failover, limitMs)) {
    return turn(tick, { ...failover, because: `${failover.because}; ${told(word)}` }, 'verify');
  }
  const to = membersOf(failover.side);
  const preview = previewing(tick, failover);
  if (!isSilent(tick, failover) || to.length === 0) return carryOut(tick, failover, preview, DOES);
  const act = { kind: 'restore', side: failover.to, job: failover.fence, to } as const;
  return carryOut(tick, asking(tick, failover, { isRestoring: true }), [...preview, act], DOES);
};

/** Part of every sentence from here on: what came back, and how old it is. */
const told = (word: CourierWord | null): string =>
  word === null
    ? 'the vault was not restored in time: no word of its courier'
    : `the vault: ${word.moved} sessions restored, ${word.detail}`;
