/**
 * What ended on the side that is read while nobody listened: it was carried, it is on the other side, and it is not there any
 * more. Taken for a log-out only where it cannot have been lost.
 */
import type { Carrier } from './carrier.ts';
import { idOf } from './changes.ts';
import { digestOf } from './digest.ts';
import type { Hands } from './hands.ts';
import type { Ledger } from './ledger.ts';
import { inParallel } from './parallel.ts';
import type { PagePlace, Place, Source, Target } from './ports.ts';

/** Whether what is missing in this partition has ended, and was not lost. */
export type HasEnded = (map: number, partition: number) => boolean;

interface Ending {
  readonly source: Source;
  readonly target: Target;
  readonly carrier: Carrier;
  readonly hands: Hands;
  readonly ledgers: readonly Ledger[];
  readonly hasEnded: HasEnded;
}

const WIDTH = { partitions: 8, keys: 64 };

/** Never rejects. @returns whether all of it was looked at */
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
  { source, carrier, hands, ledgers, hasEnded }: Ending,
  place: Place,
): Promise<boolean> =>
  await hands.hold(idOf(place), async () => {
    const { map, partition, key } = place;
    const fate = ledgers[map]?.get(digestOf(key))?.fate;
    if (fate !== 'written' && fate !== 'unsure') return true;
    const entry = await source.entry(place);
    if (!entry.ok) return false;
    // Asked afterwards: it was so when it was read.
    if (entry.value !== null || !hasEnded(map, partition)) return true;
    return (await carrier.remove(map, key)).ok;
  });
