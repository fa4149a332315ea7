/**
 * The rules by which one entry is carried. They follow from four promises:
 *
 * - what was changed on the new side is never overwritten: every write is conditional on what we wrote before;
 * - who logged out there stays logged out: what we wrote and is missing there is not written again;
 * - who logged out on the old side is logged out on the new one; but only an event says so, since a key that is no longer
 *   found may be a lost partition;
 * - whatever lives on the old side and was not touched on the new one gets there, and lives as long.
 *
 * One key is in one hand at a time: see `hands.ts`.
 */
import type { Reading } from '../core/observation.ts';
import { type Digest, digestOf, isSame } from './digest.ts';
import { endsThereInMs } from './expiry.ts';
import type { Fate, Ledger, Written } from './ledger.ts';
import type { Bytes, Entry, Target } from './ports.ts';

export interface Tally {
  moved: number;
  expired: number;
  conflicts: number;
}

export interface Carrying {
  readonly target: Target;
  /** One for each map. */
  readonly ledgers: readonly Ledger[];
  /** Told of every change of a ledger. */
  readonly note: (map: number, key: Digest, written: Written) => void;
  /** Resolves when all that was noted outlives us. */
  readonly kept: () => Promise<Reading<unknown>>;
  readonly tally: Tally;
  readonly nowMs: () => number;
  /** An entry that ends sooner is not carried. */
  readonly leastTtlMs: number;
  /** Asked right before each write. Resolves when the row is certainly ours; `false`: never again. */
  readonly mayWrite: () => Promise<boolean>;
}

/** An error says why nobody knows whether it was written; it may be tried again. */
type Done = Reading<null>;

export interface Carrier {
  /** @param isNew somebody put it there just now: it may be one that was removed before. */
  readonly put: (map: number, key: Bytes, entry: Entry, isNew: boolean) => Promise<Done>;
  /** Somebody removed it on the old side. */
  readonly remove: (map: number, key: Bytes) => Promise<Done>;
}

const DONE: Done = { ok: true, value: null };
const NOT_OURS: Done = { ok: false, error: 'another courier has taken over' };
const NOTHING: Digest = { high: 0, low: 0 };
/** Clocks, and the time that a write takes: what ended there by itself must not look like a log-out. */
const ENDED_MARGIN_MS = 2_000;
/** An idle time starts anew with each write; so much of it may have passed until it is written again. */
const IDLE_PART = 4;
/** An end that moved by less is the same one: times are told in ms and kept in s. */
const MOVED_END_MS = 2_000;

export const createCarrier = (carrying: Carrying): Carrier => {
  const { target, tally } = carrying;
  const own = (map: number, key: Bytes): Hand => handOf(carrying, map, key);
  const conflict = (hand: Hand): Done => {
    tally.conflicts += 1;
    return hand.settle('theirs');
  };
  const insert = async (hand: Hand, entry: Entry, value: Digest): Promise<Done> => {
    const { map, key, before } = hand;
    const there = await target.putIfAbsent(map, key, entry);
    if (!there.ok) return hand.lost(there.error, entry, value);
    const found = there.value === null ? null : digestOf(there.value);
    if (found !== null && !isSame(found, value)) {
      const isOurs = before?.fate === 'unsure' && isSame(found, before.value);
      return isOurs ? await replace(hand, entry, value) : conflict(hand);
    }
    if (before?.fate === 'ending') tally.expired -= 1;
    if (!hand.wasMoved()) tally.moved += 1;
    return hand.settle('written', value, entry);
  };
  const replace = async (hand: Hand, entry: Entry, value: Digest): Promise<Done> => {
    const { map, key, before } = hand;
    const isOurs = (bytes: Bytes): boolean => {
      const found = digestOf(bytes);
      return isSame(found, before?.value ?? NOTHING) || isSame(found, value);
    };
    const replaced = await target.replaceIf(map, key, entry, isOurs);
    if (!replaced.ok) {
      // It may have been done all the same; what is there tells, and the ledger must not forget it.
      const there = await target.get(map, key);
      const isDone = there.ok && there.value !== null && isSame(digestOf(there.value), value);
      return isDone ? hand.settle('written', value, entry) : { ok: false, error: replaced.error };
    }
    if (replaced.value === 'done') return hand.settle('written', value, entry);
    const isLogOut = replaced.value === 'absent' && !hand.endedThere();
    if (replaced.value === 'other' || isLogOut) return conflict(hand);
    return await insert(hand, entry, value);
  };
  /** Before its first write: whoever goes on after a death knows that it may be there, and that it is ours. */
  const intend = async (hand: Hand, entry: Entry, value: Digest): Promise<Done> => {
    if (hand.before?.fate !== 'unsure') hand.settle('unsure', value, entry);
    const kept = await carrying.kept();
    return kept.ok ? DONE : kept;
  };
  return {
    put: async (map, key, entry, isNew) => {
      const hand = own(map, key);
      const fate = hand.before?.fate ?? 'unknown';
      if (fate === 'theirs' || (fate === 'gone' && !isNew)) return DONE;
      if (entry.endsInMs < carrying.leastTtlMs) {
        if (fate !== 'unknown') return DONE;
        tally.expired += 1;
        return hand.settle('ending');
      }
      const value = digestOf(entry.value);
      if (hand.isUpToDate(entry, value)) return DONE;
      const intended = fate === 'written' ? DONE : await intend(hand, entry, value);
      if (!intended.ok) return intended;
      if (!(await carrying.mayWrite())) return NOT_OURS;
      const write = fate === 'written' ? replace : insert;
      return await write(hand, entry, value);
    },
    remove: async (map, key) => {
      const hand = own(map, key);
      const { before } = hand;
      if (before?.fate === 'theirs') return DONE;
      if (before?.fate !== 'written' && before?.fate !== 'unsure') return hand.settle('gone');
      if (!(await carrying.mayWrite())) return NOT_OURS;
      const isOurs = (bytes: Bytes): boolean => isSame(digestOf(bytes), before.value);
      const removed = await target.removeIf(map, key, isOurs);
      if (!removed.ok) return { ok: false, error: removed.error };
      return removed.value === 'other' ? conflict(hand) : hand.settle('gone');
    },
  };
};

interface Hand {
  readonly map: number;
  readonly key: Bytes;
  readonly before: Written | null;
  readonly wasMoved: () => boolean;
  /** Its time there is over, as far as we know. */
  readonly endedThere: () => boolean;
  readonly isUpToDate: (entry: Entry, value: Digest) => boolean;
  readonly settle: (fate: Fate, value?: Digest, entry?: Entry) => Done;
  readonly lost: (error: string, entry: Entry, value: Digest) => Done;
}

const handOf = ({ ledgers, note, nowMs }: Carrying, map: number, key: Bytes): Hand => {
  const id = digestOf(key);
  const ledger = ledgers[map];
  const before = ledger?.get(id) ?? null;
  const endsAtMs = before === null || before.endsAtS === 0 ? Infinity : before.endsAtS * 1_000;
  const settle: Hand['settle'] = (fate, value = NOTHING, entry) => {
    const endMs = entry === undefined ? Infinity : nowMs() + endsThereInMs(entry);
    const endsAtS = Number.isFinite(endMs) ? Math.floor(endMs / 1_000) : 0;
    const written = { fate, value, endsAtS };
    ledger?.set(id, written);
    note(map, id, written);
    return DONE;
  };
  return {
    map,
    key,
    before,
    wasMoved: () => before?.fate === 'written' || before?.fate === 'gone',
    endedThere: () => nowMs() > endsAtMs - ENDED_MARGIN_MS,
    isUpToDate: (entry, value) =>
      before?.fate === 'written' &&
      isSame(before.value, value) &&
      !isStretched(entry, endsAtMs - nowMs()),
    settle,
    lost: (error, entry, value) => {
      settle('unsure', value, entry);
      return { ok: false, error };
    },
  };
};

/** On the old side it lives noticeably longer than what we wrote does. */
const isStretched = ({ maxIdleMs, endsInMs }: Entry, endsThereMs: number): boolean => {
  const slackMs = Math.max(MOVED_END_MS, maxIdleMs / IDLE_PART);
  return endsThereMs !== Infinity && endsInMs > endsThereMs + slackMs;
};
