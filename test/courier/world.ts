/** Two small clusters in memory, with users on both sides, for the courier's engine. Values are texts, all of them different. */
import type { Change, Entry, Page, Source, Target } from '../../src/courier/ports.ts';

export const PARTITIONS = 2;

export interface World {
  readonly source: { -readonly [Name in keyof Source]: Source[Name] };
  readonly target: Target;
  readonly old: Map<string, Entry>;
  readonly fresh: Map<string, Entry>;
  /** Changes that were told and not heard yet, by partition, oldest first. */
  readonly told: Change[][];
  readonly put: (key: string, value: string) => void;
  readonly remove: (key: string) => void;
  /** As a partition that is lost: without a word. */
  readonly lose: (key: string) => void;
  /** Another member owns it from now on. */
  readonly handOver: (partition: number) => void;
  readonly hang: (partition: number) => void;
  readonly recover: (partition: number) => void;
  readonly isHung: (partition: number) => boolean;
  /** Who hears at once of what is told. */
  readonly hearers: Set<(change: Change) => void>;
  /** Keys that the courier wrote, or changed, on the new side. */
  readonly writes: string[];
}

export const entryOf = (value: string, life: Partial<Entry> = {}): Entry => ({
  value: Buffer.from(value),
  ttlMs: 0,
  maxIdleMs: 0,
  endsInMs: Infinity,
  ...life,
});

export const partitionOf = (key: string): number => (key.codePointAt(0) ?? 0) % PARTITIONS;

const NO_ANSWER = { ok: false, error: 'no answer within 3000 ms' } as const;

const pageOf = (side: ReadonlyMap<string, Entry>, partition: number): Page => ({
  keys: [...side.keys()]
    .filter((key) => partitionOf(key) === partition)
    .map((key) => Buffer.from(key)),
  next: null,
});

/** @param turn lets others do something, before and after whatever a cluster is asked. */
export const createWorld = (turn: () => Promise<void> = async () => {}): World => {
  const old = new Map<string, Entry>();
  const fresh = new Map<string, Entry>();
  const told: Change[][] = Array.from({ length: PARTITIONS }, () => []);
  const readers: (number | null)[] = [1, 2];
  const owners = ['member-0', 'member-1'];
  const writes: string[] = [];
  const hearers = new Set<(change: Change) => void>();
  let lastReader = 2;
  const asked = async <T>(answer: () => T): Promise<{ ok: true; value: T }> => {
    await turn();
    const value = answer();
    await turn();
    return { ok: true, value };
  };
  const isHung = (partition: number): boolean => readers[partition] === null;
  const tell = (key: string, what: Change['what']): void => {
    const partition = partitionOf(key);
    const change: Change = { map: 0, partition, key: Buffer.from(key), what };
    told[partition]?.push(change);
    for (const hear of hearers) hear(change);
  };
  const write = (key: string, entry: Entry | null): void => {
    writes.push(key);
    if (entry === null) fresh.delete(key);
    else fresh.set(key, entry);
  };
  const change = (key: Buffer, entry: Entry | null, isOurs: (value: Buffer) => boolean) => {
    const there = fresh.get(String(key));
    if (there === undefined) return 'absent';
    if (!isOurs(there.value)) return 'other';
    write(String(key), entry);
    return 'done';
  };
  return {
    old,
    fresh,
    told,
    writes,
    hearers,
    isHung,
    put: (key, value) => {
      old.set(key, entryOf(value));
      tell(key, 'put');
    },
    remove: (key) => {
      if (old.delete(key)) tell(key, 'gone');
    },
    lose: (key) => void old.delete(key),
    handOver: (partition) => {
      owners[partition] = `${owners[partition]}-heir`;
    },
    hang: (partition) => {
      readers[partition] = null;
    },
    recover: (partition) => {
      lastReader += 1;
      readers[partition] = lastReader;
    },
    source: {
      partitionCount: () => PARTITIONS,
      readerOf: (partition) => readers[partition] ?? null,
      ownerOf: (partition) => owners[partition] ?? null,
      page: async (_map, partition) => {
        const page = await asked(() => pageOf(old, partition));
        return isHung(partition) ? NO_ANSWER : page;
      },
      entry: async ({ key, partition }) => {
        const entry = await asked(() => old.get(String(key)) ?? null);
        return isHung(partition) ? NO_ANSWER : entry;
      },
      close: () => {},
    },
    target: {
      putIfAbsent: async (_map, key, entry) =>
        await asked(() => {
          const there = fresh.get(String(key));
          if (there === undefined) write(String(key), entry);
          return there?.value ?? null;
        }),
      replaceIf: async (_map, key, entry, isOurs) => await asked(() => change(key, entry, isOurs)),
      removeIf: async (_map, key, isOurs) => await asked(() => change(key, null, isOurs)),
      get: async (_map, key) => await asked(() => fresh.get(String(key))?.value ?? null),
      partitionCount: () => PARTITIONS,
      page: async (_map, partition) => await asked(() => pageOf(fresh, partition)),
      close: () => {},
    },
  };
};
