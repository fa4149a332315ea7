/** A courier's row and journal in memory, with the conditions of the real one. */
import type { CourierRow, Journal, Standing, Wish } from '../../src/courier/ports.ts';

export interface MemoryRow {
  readonly row: { -readonly [Name in keyof CourierRow]: CourierRow[Name] };
  readonly journal: { -readonly [Name in keyof Journal]: Journal[Name] };
  standing: Standing | null;
  wish: Wish;
  /** What the row answers instead, while it is set. */
  broken: string | null;
  readonly items: Map<string, Buffer>;
}

export const createMemoryRow = (): MemoryRow => {
  const items = new Map<string, Buffer>();
  const memory: MemoryRow = {
    standing: null,
    wish: { endJob: 0 },
    broken: null,
    items,
    row: {
      read: async () => answered({ standing: memory.standing, wish: memory.wish }),
      claim: async (own, before) => {
        const isSame =
          memory.standing?.holder === before?.holder &&
          memory.standing?.word.beat === before?.word.beat;
        if (isSame && memory.broken === null) memory.standing = own;
        return answered(isSame);
      },
      tell: async (own) => {
        const isOwn = memory.standing?.holder === own.holder && memory.standing.job === own.job;
        if (isOwn && memory.broken === null) memory.standing = own;
        return answered(isOwn ? memory.wish : ('lost' as const));
      },
    },
    journal: {
      append: async (segment, item, bytes) => {
        if (memory.broken === null) items.set(`${segment} ${item}`, bytes);
        return answered(null);
      },
      read: async (segment, item) => answered(items.get(`${segment} ${item}`) ?? null),
    },
  };
  const answered = <T>(value: T) =>
    memory.broken === null
      ? ({ ok: true, value } as const)
      : ({ ok: false, error: memory.broken } as const);
  return memory;
};
