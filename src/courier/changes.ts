/**
 * Keys that changed on the old side and are not carried yet, each once, oldest first. What they changed to is read when it
 * is carried: an event tells no time to live, and only the last state matters.
 */
import type { Change, Place } from './ports.ts';

export interface Changed extends Place {
  /** Somebody removed it, maybe before it was put again. */
  readonly wasRemoved: boolean;
  readonly wasPut: boolean;
  readonly sinceMs: number;
}

type IsReady = (changed: Changed) => boolean;

export interface Changes {
  readonly hear: (change: Change, nowMs: number) => void;
  /** Takes up to `count` that are ready, oldest first. Each is then settled or put back. */
  readonly take: (count: number, isReady: IsReady) => readonly Changed[];
  readonly settle: (changed: Changed) => void;
  /** Something is left of it: keeps its age, and whatever was heard meanwhile comes after it. */
  readonly putBack: (changed: Changed, left: Pick<Changed, 'wasRemoved' | 'wasPut'>) => void;
  /** Not settled; and since when the oldest of which `isReady` waits, `null` when none does. */
  readonly waiting: (isReady: IsReady) => {
    readonly ready: number;
    readonly stuck: number;
    readonly oldestMs: number | null;
  };
}

export const idOf = ({ map, key }: Pick<Place, 'map' | 'key'>): string =>
  `${map}:${key.toString('latin1')}`;

export const createChanges = (): Changes => {
  const queue = new Map<string, Changed>();
  const underWay = new Set<Changed>();
  return {
    hear: ({ map, partition, key, what }, nowMs) => {
      const id = idOf({ map, key });
      const before = queue.get(id);
      // A copy: what arrives is a part of a larger buffer.
      const place = before ?? { map, partition, key: Buffer.from(key), sinceMs: nowMs };
      const wasRemoved = (before?.wasRemoved ?? false) || what === 'gone';
      if (what === 'put' || wasRemoved) {
        queue.set(id, { ...place, wasRemoved, wasPut: what === 'put' });
      } else {
        queue.delete(id);
      }
    },
    take: (count, isReady) => {
      const taken: Changed[] = [];
      for (const [id, changed] of queue) {
        if (taken.length >= count) break;
        if (!isReady(changed)) continue;
        taken.push(changed);
        underWay.add(changed);
        queue.delete(id);
      }
      return taken;
    },
    settle: (changed) => void underWay.delete(changed),
    putBack: (changed, left) => {
      underWay.delete(changed);
      const id = idOf(changed);
      const since = queue.get(id);
      const wasRemoved = left.wasRemoved || (since?.wasRemoved ?? false);
      const wasPut = since === undefined ? left.wasPut : since.wasPut;
      queue.set(id, { ...changed, wasRemoved, wasPut });
    },
    waiting: (isReady) => {
      let ready = 0;
      let oldestMs: number | null = null;
      for (const changed of [...queue.values(), ...underWay]) {
        if (!isReady(changed)) continue;
        ready += 1;
        oldestMs = Math.min(oldestMs ?? Infinity, changed.sinceMs);
      }
      return { ready, stuck: queue.size + underWay.size - ready, oldestMs };
    },
  };
};
