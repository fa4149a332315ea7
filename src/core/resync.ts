/**
 * After a member was lost, what it held has one copy less until the others have made new ones; losing another one meanwhile
 * loses data. So the next kill waits until every member of the core has been safe twice (I4), for as long as the policy
 * says: a second sick member keeps the others from ever being safe.
 */
import { isSighted } from './detect.ts';
import type { Resync } from './ledger.ts';
import type { State } from './model.ts';
import type { InstanceId, Round } from './observation.ts';

/** Rounds in a row: one may fall between two migrations. */
const SAFE_ROUNDS = 2;

/** @param lost a member left the core in this tick */
export const resyncAfter = (
  { resync }: Pick<State, 'resync'>,
  {
    core,
    rounds,
    nowMs,
    lost,
  }: {
    readonly core: readonly InstanceId[];
    readonly rounds: readonly Round[];
    readonly nowMs: number;
    readonly lost: boolean;
  },
): Resync | null => {
  if (lost) return { sinceMs: nowMs, safeRounds: 0 };
  if (resync === null) return null;
  const safe = areSafe(core, rounds);
  if (safe === null) return resync;
  const safeRounds = safe ? resync.safeRounds + 1 : 0;
  return safeRounds >= SAFE_ROUNDS ? null : { ...resync, safeRounds };
};

/** Whether every member of the core says that all its partitions have their copies; `null`: nobody was asked. */
export const areSafe = (core: readonly InstanceId[], rounds: readonly Round[]): boolean | null => {
  const words = core.map((id) => {
    const told = rounds.filter(isSighted).flatMap(({ sights }) => sights[id]?.safe ?? []);
    if (told.length === 0) return null;
    return told.every((probe) => probe.answer === 'ok' && probe.value);
  });
  if (words.every((word) => word === null)) return null;
  return words.every((word) => word === true);
};
