/** One pass: reads partitions page by page and carries what is in them. Memory is bounded by what is in flight. */
import type { Carrier } from './carrier.ts';
import { idOf } from './changes.ts';
import type { Hands } from './hands.ts';
import type { From, Part } from './marks.ts';
import { inParallel } from './parallel.ts';
import type { Bytes, Entry, PagePlace, Source } from './ports.ts';
import type { Rate } from './rate.ts';

export interface Passing {
  readonly source: Source;
  readonly carrier: Carrier;
  readonly hands: Hands;
  readonly rate: Rate;
  /** Resolves when we may write; `false`: never again. */
  readonly mayWrite: () => Promise<boolean>;
  /** Of every entry that was carried, for the sample. */
  readonly saw: (map: number, key: Bytes, entry: Entry) => void;
  readonly carried: (part: Part, from: From, entries: number) => void;
  readonly failed: (part: Part, error: string) => void;
}

/**
 * What is asked at the same time goes to a member in one write, and writing is what costs most CPU; and all of it waits for
 * one item of the journal. A page has 200 keys.
 */
const WIDTH = { partitions: 8, keys: 200 };

/** Never rejects. */
export const pass = async (passing: Passing, parts: readonly Part[]): Promise<void> =>
  await inParallel(parts, WIDTH.partitions, async (part) => {
    await carryPart(passing, part);
    passing.source.leave?.(part.map, part.partition);
  });

const carryPart = async (passing: Passing, part: Part): Promise<void> => {
  const { source, rate } = passing;
  const { map, partition } = part;
  const reader = source.readerOf(partition);
  const owner = source.ownerOf(partition);
  if (reader === null || owner === null) return;
  let entries = 0;
  let place: PagePlace | null = null;
  do {
    if (!(await passing.mayWrite())) return;
    const page = await source.page(map, partition, place);
    if (!page.ok) return passing.failed(part, page.error);
    await rate.take(page.value.keys.length);
    const error = await carryKeys(passing, part, page.value.keys);
    if (error !== null) return passing.failed(part, error);
    entries += page.value.keys.length;
    place = page.value.next;
  } while (place !== null);
  // By that connection: should another one be right by now, it is read again.
  passing.carried(part, { reader, owner }, entries);
};

/** @returns what went wrong first, or `null`; the rest of the page is not begun then. */
const carryKeys = async (
  passing: Passing,
  part: Part,
  keys: readonly Bytes[],
): Promise<string | null> => {
  const { source, carrier, hands, saw } = passing;
  let error: string | null = null;
  await inParallel(keys, WIDTH.keys, async (key) => {
    if (error !== null) return;
    const place = { ...part, key };
    await hands.hold(idOf(place), async () => {
      const entry = await source.entry(place);
      if (!entry.ok) {
        error ??= entry.error;
        return;
      }
      if (entry.value === null) return;
      const done = await carrier.put(part.map, key, entry.value, false);
      if (done.ok) saw(part.map, key, entry.value);
      else error ??= done.error;
    });
  });
  return error;
};
