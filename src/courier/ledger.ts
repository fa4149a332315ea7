/**
 * What was written to the new side: digest of the key -> digest of the value, and what became of it. A table of numbers, open
 * addressing: 21 bytes a slot, so that 1,000,000 entries take 44 MB.
 */
import type { Digest } from './digest.ts';

export type Fate =
  /** The new side holds what we wrote, unless somebody there changed it. */
  | 'written'
  /** We may have written it: the answer was lost. */
  | 'unsure'
  /** Changed, or ended by a log-out, on the new side: hands off, for good. */
  | 'theirs'
  /** Removed on the old side, and by us on the new one. Only a new `put` brings it back. */
  | 'gone'
  /** Was about to end, and was not carried. */
  | 'ending';

const FATES: readonly Fate[] = ['written', 'unsure', 'theirs', 'gone', 'ending'];

export interface Written {
  readonly fate: Fate;
  readonly value: Digest;
  /** When it ends on the new side by itself, in whole seconds since the epoch, rounded down; 0: never, or does not matter. */
  readonly endsAtS: number;
}

export interface Ledger {
  readonly size: () => number;
  readonly get: (key: Digest) => Written | null;
  readonly set: (key: Digest, written: Written) => void;
}

const FIRST_CAPACITY = 1_024;
/** Fuller than this a table is slow. */
const FULL = 0.7;

interface Table {
  readonly mask: number;
  /** Key high, key low, value high, value low, end. */
  readonly numbers: Uint32Array;
  /** 0: free; else one more than the place in `FATES`. */
  readonly fates: Uint8Array;
}
const WIDTH = 5;

const tableOf = (capacity: number): Table => ({
  mask: capacity - 1,
  numbers: new Uint32Array(capacity * WIDTH),
  fates: new Uint8Array(capacity),
});

/** The slot that has the key, or the free one where it belongs. */
const slotOf = ({ mask, numbers, fates }: Table, { high, low }: Digest): number => {
  let slot = (high ^ low) & mask;
  while (
    fates[slot] !== 0 &&
    (numbers[slot * WIDTH] !== high || numbers[slot * WIDTH + 1] !== low)
  ) {
    slot = (slot + 1) & mask;
  }
  return slot;
};

const grown = (from: Table): Table => {
  const to = tableOf((from.mask + 1) * 2);
  for (let slot = 0; slot <= from.mask; slot += 1) {
    const fate = from.fates[slot] ?? 0;
    if (fate === 0) continue;
    const record = from.numbers.subarray(slot * WIDTH, (slot + 1) * WIDTH);
    const free = slotOf(to, { high: record[0] ?? 0, low: record[1] ?? 0 });
    to.numbers.set(record, free * WIDTH);
    to.fates[free] = fate;
  }
  return to;
};

export const createLedger = (): Ledger => {
  let table = tableOf(FIRST_CAPACITY);
  let size = 0;
  return {
    size: () => size,
    get: (key) => {
      const slot = slotOf(table, key);
      const fate = FATES[(table.fates[slot] ?? 0) - 1];
      if (fate === undefined) return null;
      const number = (n: number): number => table.numbers[slot * WIDTH + n] ?? 0;
      return { fate, value: { high: number(2), low: number(3) }, endsAtS: number(4) };
    },
    set: (key, { fate, value, endsAtS }) => {
      if (size > (table.mask + 1) * FULL) table = grown(table);
      const slot = slotOf(table, key);
      if (table.fates[slot] === 0) size += 1;
      table.fates[slot] = FATES.indexOf(fate) + 1;
      const place = slot * WIDTH;
      table.numbers[place] = key.high;
      table.numbers[place + 1] = key.low;
      table.numbers[place + 2] = value.high;
      table.numbers[place + 3] = value.low;
      table.numbers[place + 4] = endsAtS;
    },
  };
};

/** One line of the journal. */
export const LINE_BYTES = 22;

export interface Line {
  readonly map: number;
  readonly key: Digest;
  readonly written: Written;
}

/** @returns where the next line begins. */
export const writeLine = (lines: Buffer, at: number, { map, key, written }: Line): number => {
  lines.writeUInt8(map, at);
  lines.writeUInt8(FATES.indexOf(written.fate), at + 1);
  lines.writeUInt32LE(key.high, at + 2);
  lines.writeUInt32LE(key.low, at + 6);
  lines.writeUInt32LE(written.value.high, at + 10);
  lines.writeUInt32LE(written.value.low, at + 14);
  lines.writeUInt32LE(written.endsAtS, at + 18);
  return at + LINE_BYTES;
};

/** Reads lines of the journal back into the ledgers, one for each map; what is of no known map or fate is passed over. */
export const replay = (ledgers: readonly Ledger[], lines: Buffer): void => {
  for (let at = 0; at + LINE_BYTES <= lines.length; at += LINE_BYTES) {
    const number = (n: number): number => lines.readUInt32LE(at + 2 + n * 4);
    const fate = FATES[lines.readUInt8(at + 1)];
    const ledger = ledgers[lines.readUInt8(at)];
    if (fate === undefined || ledger === undefined) continue;
    const value = { high: number(2), low: number(3) };
    ledger.set({ high: number(0), low: number(1) }, { fate, value, endsAtS: number(4) });
  }
};
