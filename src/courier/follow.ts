/** Carries what changed on the old side, as it is heard of. */
import type { Carrier } from './carrier.ts';
import { type Changed, type Changes, idOf } from './changes.ts';
import type { Hands } from './hands.ts';
import { inParallel } from './parallel.ts';
import type { Source } from './ports.ts';

export interface Following {
  readonly source: Source;
  readonly carrier: Carrier;
  readonly hands: Hands;
  readonly changes: Changes;
}

const WIDTH = 64;

/** A removal needs nobody to be read; what was put does. */
export const readyWith =
  (source: Pick<Source, 'readerOf'>) =>
  ({ wasRemoved, wasPut, partition }: Changed): boolean =>
    wasRemoved || (wasPut && source.readerOf(partition) !== null);

/** Carries what is ready now. @returns whether anything was carried. Never rejects. */
export const follow = async (following: Following): Promise<boolean> => {
  const taken = following.changes.take(WIDTH, readyWith(following.source));
  let isAny = false;
  await inParallel(taken, WIDTH, async (changed) => {
    const left = await following.hands.hold(
      idOf(changed),
      async () => await carryChange(following, changed),
    );
    if (left === null) {
      isAny = true;
      following.changes.settle(changed);
    } else {
      following.changes.putBack(changed, left);
    }
  });
  return isAny;
};

type Left = Pick<Changed, 'wasRemoved' | 'wasPut'>;

/** @returns what is left of it, `null` when it is done. */
const carryChange = async (
  { source, carrier }: Following,
  changed: Changed,
): Promise<Left | null> => {
  const { map, key, wasPut } = changed;
  if (changed.wasRemoved) {
    const removed = await carrier.remove(map, key);
    if (!removed.ok) return changed;
  }
  if (!wasPut) return null;
  const left = { wasRemoved: false, wasPut };
  if (source.readerOf(changed.partition) === null) return left;
  const entry = await source.entry(changed);
  if (!entry.ok) return left;
  if (entry.value === null) return null;
  const put = await carrier.put(map, key, entry.value, true);
  return put.ok ? null : left;
};
