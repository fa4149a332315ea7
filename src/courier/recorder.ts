/**
 * Keeps the journal: every change of a ledger is a line. What is about to be written for the first time has its line before
 * that, the rest once a second. A successor reads them back. What was changed in the last moment before a death has an old
 * line: see `docs/adr/0008`.
 */
import type { Reading } from '../core/observation.ts';
import type { Digest } from './digest.ts';
import { type Ledger, LINE_BYTES, replay, type Written, writeLine } from './ledger.ts';
import type { Journal, Segment } from './ports.ts';

export interface Recorder {
  readonly note: (map: number, key: Digest, written: Written) => void;
  /** Writes what was noted until now, for all who ask at once. Never rejects; what cannot be written is tried again the next time. */
  readonly flush: () => Promise<Reading<null>>;
  readonly segments: () => readonly Segment[];
}

/** DynamoDB takes 400 KB an item. */
const ITEM_BYTES = Math.floor((380 * 1024) / LINE_BYTES) * LINE_BYTES;

export const createRecorder = (
  journal: Journal,
  holder: string,
  before: readonly Segment[],
): Recorder => {
  /** Of the item that is filled now; those before it are full, or as full as they will get. */
  let lines = Buffer.allocUnsafe(ITEM_BYTES);
  let end = 0;
  const filled: Buffer[] = [];
  let items = 0;
  const turn = (): void => {
    if (end > 0) filled.push(lines.subarray(0, end));
    lines = Buffer.allocUnsafe(ITEM_BYTES);
    end = 0;
  };
  const write = async (): Promise<Reading<null>> => {
    if (end > 0) turn();
    for (let item = filled[0]; item !== undefined; item = filled[0]) {
      const written = await journal.append(holder, items, item);
      if (!written.ok) return written;
      items += 1;
      filled.shift();
    }
    return { ok: true, value: null };
  };
  let running: Promise<Reading<null>> = Promise.resolve({ ok: true, value: null });
  let next: Promise<Reading<null>> | null = null;
  return {
    note: (map, key, written) => {
      if (end === ITEM_BYTES) turn();
      end = writeLine(lines, end, { map, key, written });
    },
    flush: async () => {
      // One at a time; whoever asks while it is under way shares the next one.
      next ??= running.then(() => {
        next = null;
        running = write();
        return running;
      });
      return await next;
    },
    segments: () => [...before, { holder, items }],
  };
};

/**
 * Reads all segments back into the ledgers, and what each holder wrote after it told how much there is: whoever reads that does
 * not write it again.
 * @returns an error when a part of it is missing: going on without it could bring log-outs back.
 */
export const readJournal = async (
  journal: Journal,
  segments: readonly Segment[],
  ledgers: readonly Ledger[],
): Promise<Reading<null>> => {
  for (const { holder, items } of segments) {
    for (let item = 0; ; item += 1) {
      const lines = await journal.read(holder, item);
      if (!lines.ok) return lines;
      if (lines.value === null) {
        if (item >= items) break;
        return { ok: false, error: `item ${item} of the journal of ${holder} is missing` };
      }
      replay(ledgers, lines.value);
    }
  }
  return { ok: true, value: null };
};
