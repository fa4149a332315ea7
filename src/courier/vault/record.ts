/** One entry as a part of a generation has it: lengths, times, key, value. Pure. */
import type { Bytes, Entry } from '../ports.ts';

/** Two lengths of 32 bits and four times of 64, in which `Infinity` is a number like any other. */
const HEAD_BYTES = 40;

export const recordBytes = (key: Bytes, { value }: Entry): number =>
  HEAD_BYTES + key.length + value.length;

/** @param readAtMs when the entry's times were right. @returns where the next record begins */
export const writeRecord = (
  into: Buffer,
  at: number,
  record: { readonly key: Bytes; readonly entry: Entry; readonly readAtMs: number },
): number => {
  const { key, entry, readAtMs } = record;
  const { value, ttlMs, maxIdleMs, endsInMs } = entry;
  into.writeUInt32LE(key.length, at);
  into.writeUInt32LE(value.length, at + 4);
  for (const [n, ms] of [readAtMs, ttlMs, maxIdleMs, endsInMs].entries()) {
    into.writeDoubleLE(ms, at + 8 + n * 8);
  }
  key.copy(into, at + HEAD_BYTES);
  value.copy(into, at + HEAD_BYTES + key.length);
  return at + HEAD_BYTES + key.length + value.length;
};

export interface Kept {
  readonly key: Bytes;
  /** With what is left of its time now: what has ended meanwhile ends in less than nothing. */
  readonly entry: Entry;
  readonly next: number;
}

/** @returns `null` when there is no whole record */
export const readRecord = (from: Bytes, at: number, nowMs: number): Kept | null => {
  if (at + HEAD_BYTES > from.length) return null;
  const keyAt = at + HEAD_BYTES;
  const valueAt = keyAt + from.readUInt32LE(at);
  const next = valueAt + from.readUInt32LE(at + 4);
  if (next > from.length) return null;
  const ms = (n: number): number => from.readDoubleLE(at + 8 + n * 8);
  const ageMs = Math.max(0, nowMs - ms(0));
  const ttlMs = ms(1) === 0 ? 0 : Math.max(1, ms(1) - ageMs);
  const entry = {
    value: from.subarray(valueAt, next),
    ttlMs,
    maxIdleMs: ms(2),
    endsInMs: ms(3) - ageMs,
  };
  return { key: from.subarray(keyAt, valueAt), entry, next };
};
