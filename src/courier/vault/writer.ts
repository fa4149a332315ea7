/** Gathers entries of one map into parts and puts them away. Memory is bounded: one part is filled while one or two are on their way. */
import type { Reading } from '../../core/observation.ts';
import type { Bytes, Entry, Vault } from '../ports.ts';
import { type Part, partName, sha256Of } from './manifest.ts';
import { recordBytes, writeRecord } from './record.ts';

export interface Parts {
  /** In order of their numbers. */
  readonly all: Part[];
}

export interface Writer {
  /** Resolves when there is room for more. An error: a part could not be put away, and all is in vain. */
  readonly add: (key: Bytes, entry: Entry, readAtMs: number) => Promise<Reading<null>>;
  /** The rest; resolves when everything is put away. */
  readonly end: () => Promise<Reading<null>>;
}

/** A hundred of them are a million sessions of 400 bytes; each is one request. */
export const PART_BYTES = 4 * 1024 * 1024;
const WAITING_MAX = 2;

const DONE: Reading<null> = { ok: true, value: null };

export const createWriter = (
  vault: Pick<Vault, 'put'>,
  generation: string,
  { map, parts }: { readonly map: string; readonly parts: Parts },
): Writer => {
  let filling: Buffer | null = null;
  let end = 0;
  let entries = 0;
  let waiting = 0;
  let put: Promise<Reading<null>> = Promise.resolve(DONE);
  const cut = (): void => {
    if (filling === null || entries === 0) return;
    const bytes = filling.subarray(0, end);
    const name = partName(generation, parts.all.length);
    parts.all.push({ map, entries, bytes: bytes.length, sha256: sha256Of(bytes) });
    const before = put;
    waiting += 1;
    put = (async () => {
      const earlier = await before;
      const done = earlier.ok ? await vault.put(name, bytes) : earlier;
      waiting -= 1;
      return done;
    })();
    filling = null;
    end = 0;
    entries = 0;
  };
  const isFull = (): boolean => waiting >= WAITING_MAX;
  return {
    add: async (key, entry, readAtMs) => {
      while (isFull()) {
        const done = await put;
        if (!done.ok) return done;
      }
      const bytes = recordBytes(key, entry);
      if (filling !== null && end + bytes > filling.length) cut();
      // One that is larger than a part is a part of its own.
      filling ??= Buffer.allocUnsafe(Math.max(PART_BYTES, bytes));
      end = writeRecord(filling, end, { key, entry, readAtMs });
      entries += 1;
      return DONE;
    },
    end: async () => {
      cut();
      return await put;
    },
  };
};
