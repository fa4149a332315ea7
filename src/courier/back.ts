/**
 * The way back: what an earlier job carried stands on both sides, and since then users changed it on the side that is read
 * now. With that job's ledger it is known what the other side has: it is replaced by what users made of it, and removed when
 * they logged out.
 */
import type { Reading } from '../core/observation.ts';
import type { Carrier } from './carrier.ts';
import { idOf } from './changes.ts';
import { digestOf } from './digest.ts';
import type { Hands } from './hands.ts';
import type { CourierJob } from './job.ts';
import type { Ledger } from './ledger.ts';
import { inParallel } from './parallel.ts';
import type { Back, Bytes, Journal, PagePlace, Source, Standing, Target } from './ports.ts';
import { readJournal } from './recorder.ts';

/** What is gone back on, by the row as it was found. */
export const backOf = (
  { job, undoes, from }: CourierJob,
  before: Standing | null,
): Back | null => {
  if (before === null || before.job === job) return before?.back ?? null;
  if (before.job !== undoes) return null;
  const { segments } = before.cursor;
  const isWhole = before.members.length > 0 && before.members.every((id) => from.includes(id));
  return { job: before.job, segments, isWhole };
};

/** What the earlier job wrote there was what it had read here, and so it is the other way round. */
export const recall = async (
  journal: Journal,
  { segments }: Back,
  ledgers: readonly Ledger[],
): Promise<Reading<null>> => await readJournal(journal, segments, ledgers.map(mirrored));

/** Takes in what stood on both sides, or may have. Whatever became of it later changed one of them: that shows there. */
const mirrored = (ledger: Ledger): Ledger => ({
  ...ledger,
  set: (key, written) => {
    if (written.fate === 'written' || written.fate === 'unsure') ledger.set(key, written);
  },
});

interface Ending {
  readonly source: Source;
  readonly target: Target;
  readonly carrier: Carrier;
  readonly hands: Hands;
  readonly ledgers: readonly Ledger[];
}

const WIDTH = { partitions: 8, keys: 64 };

/**
 * Removes what was carried and is not on the side any more that is read. Only for a way back that is whole: else it may have
 * been lost. @returns whether all of it was looked at
 */
export const endThere = async (ending: Ending): Promise<boolean> => {
  const { target, ledgers, source } = ending;
  const partitions = Array.from({ length: target.partitionCount() }, (_, partition) => partition);
  // A key is in the partition of the same number where both sides have as many; else nobody knows whom to ask.
  if (source.partitionCount() !== partitions.length) return true;
  let isAll = true;
  for (const map of ledgers.keys()) {
    await inParallel(partitions, WIDTH.partitions, async (partition) => {
      isAll = (await endPart(ending, map, partition)) && isAll;
    });
  }
  return isAll;
};

const endPart = async (ending: Ending, map: number, partition: number): Promise<boolean> => {
  let isAll = true;
  let place: PagePlace | null = null;
  do {
    const page = await ending.target.page(map, partition, place);
    if (!page.ok) return false;
    await inParallel(page.value.keys, WIDTH.keys, async (key) => {
      isAll = (await endKey(ending, { map, partition, key })) && isAll;
    });
    place = page.value.next;
  } while (place !== null);
  return isAll;
};

const endKey = async (
  { source, carrier, hands, ledgers }: Ending,
  place: { readonly map: number; readonly partition: number; readonly key: Bytes },
): Promise<boolean> =>
  await hands.hold(idOf(place), async () => {
    const { map, key } = place;
    if (ledgers[map]?.get(digestOf(key))?.fate !== 'written') return true;
    const entry = await source.entry(place);
    if (!entry.ok) return false;
    return entry.value !== null || (await carrier.remove(map, key)).ok;
  });
