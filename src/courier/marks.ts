/** Which partitions of which maps were carried, and how. */
import type { Cursor, Source } from './ports.ts';

/** One partition of one map. */
export interface Part {
  readonly map: number;
  readonly partition: number;
}

export interface Work {
  /** Not read by whoever can read them now. */
  readonly urgent: readonly Part[];
  /**
   * Since when something in those may be missing on the new side: since the partition was last carried, or since the
   * beginning. `null`: nothing is, beyond what was tried in vain.
   */
  readonly behindSinceMs: number | null;
  /** Read long ago: entries that are only looked at make no events, and live longer all the same. */
  readonly old: readonly Part[];
}

interface Mark {
  /** By whom it was read whole; `null`: by an earlier courier, or never. */
  reader: number | null;
  /** The member that it was read from, or will be; empty: nobody can say. */
  owner: string;
  atMs: number;
  wasCarried: boolean;
  entries: number;
  /** The last try to read it failed. */
  failedAtMs: number | null;
}

/** By whom a partition was read. */
export interface From {
  readonly reader: number;
  readonly owner: string;
}

export interface Marks {
  readonly carried: (part: Part, from: From, entries: number, nowMs: number) => void;
  readonly failed: (part: Part, nowMs: number) => void;
  /** What is to be read now: what nobody has carried yet first, what was tried in vain last. */
  readonly work: (nowMs: number) => Work;
  /** Entries on partitions that were never carried and cannot be read: an estimate. */
  readonly unreachable: () => { readonly partitions: number; readonly entries: number };
  readonly parts: () => { readonly carried: number; readonly all: number };
  /** For the cursor. */
  readonly text: () => Pick<Cursor, 'carried' | 'owners'>;
}

interface MarksOptions {
  /** Of an earlier courier. */
  readonly before: Pick<Cursor, 'carried' | 'owners'>;
  readonly repassMs: () => number;
  readonly nowMs: number;
}

/** After a failure; a member that hangs would be asked in vain by everybody. */
const RETRY_MS = 2_000;

export const createMarks = (
  source: Pick<Source, 'partitionCount' | 'readerOf' | 'ownerOf'>,
  maps: number,
  { before, repassMs, nowMs: startedAtMs }: MarksOptions,
): Marks => {
  const count = source.partitionCount();
  const marks = Array.from({ length: maps * count }, (_, n): Mark => {
    const [map, partition] = [Math.floor(n / count), n % count];
    const wasCarried = before.carried[map]?.[partition] === '1';
    // Who has it now has had it since we listen: should we die at once, that counts.
    const owner = before.owners[map]?.[partition] ?? source.ownerOf(partition) ?? '';
    return { reader: null, owner, atMs: startedAtMs, wasCarried, entries: 0, failedAtMs: null };
  });
  const at = ({ map, partition }: Part): Mark | undefined => marks[map * count + partition];
  const partOf = (n: number): Part => ({ map: Math.floor(n / count), partition: n % count });
  const isReadable = (mark: Mark, n: number): boolean =>
    source.readerOf(n % count) !== null && mark.failedAtMs === null;
  return {
    carried: (part, from, entries, nowMs) => {
      const mark = at(part);
      if (mark === undefined) return;
      Object.assign(mark, from, { entries, atMs: nowMs, wasCarried: true, failedAtMs: null });
    },
    failed: (part, nowMs) => {
      const mark = at(part);
      if (mark !== undefined) mark.failedAtMs = nowMs;
    },
    work: (nowMs) => {
      const urgent: Part[] = [];
      const again: Part[] = [];
      const failed: Part[] = [];
      const old: Part[] = [];
      let behindSinceMs: number | null = null;
      for (const [n, mark] of marks.entries()) {
        const reader = source.readerOf(n % count);
        if (reader === null) continue;
        if (mark.failedAtMs !== null && nowMs - mark.failedAtMs < RETRY_MS) continue;
        if (mark.reader === reader) {
          if (nowMs - mark.atMs >= repassMs()) old.push(partOf(n));
        } else {
          const list = mark.wasCarried ? again : urgent;
          (mark.failedAtMs === null ? list : failed).push(partOf(n));
          if (mark.failedAtMs === null) behindSinceMs = Math.min(behindSinceMs ?? nowMs, mark.atMs);
        }
      }
      return { urgent: [...urgent, ...again, ...failed], behindSinceMs, old };
    },
    unreachable: () => {
      let partitions = 0;
      let entries = 0;
      for (let map = 0; map < maps; map += 1) {
        const own = marks.slice(map * count, (map + 1) * count);
        const known = own.filter(({ reader }) => reader !== null);
        const sum = known.reduce((total, mark) => total + mark.entries, 0);
        const each = known.length === 0 ? 1 : sum / known.length;
        const lacking = own.filter((mark, n) => !mark.wasCarried && !isReadable(mark, n)).length;
        partitions += lacking;
        entries += Math.ceil(lacking * each);
      }
      return { partitions, entries };
    },
    parts: () => ({
      carried: marks.filter(({ wasCarried }) => wasCarried).length,
      all: marks.length,
    }),
    text: () => {
      const byMap = Array.from({ length: maps }, (_, map) =>
        marks.slice(map * count, (map + 1) * count),
      );
      return {
        carried: byMap.map((own) => own.map(({ wasCarried }) => (wasCarried ? '1' : '0')).join('')),
        owners: byMap.map((own) => own.map(({ owner }) => owner)),
      };
    },
  };
};
