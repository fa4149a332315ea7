import { describe, expect, it } from 'vitest';
import type { Line } from '../../src/adapters/hazelcast/client/line.ts';
import { createLines } from '../../src/adapters/hazelcast/client/lines.ts';

const ADDRESS = '10.0.0.1';

/** Opens lines that the test can break, and tells what became of them. */
const stage = () => {
  const opened: { readonly address: string; isOpen: boolean; isClosed: boolean }[] = [];
  const state = { canOpen: true, nowMs: 0 };
  const open = async (address: string): Promise<Line | null> => {
    await Promise.resolve();
    if (!state.canOpen) return null;
    const record = { address, isOpen: true, isClosed: false };
    opened.push(record);
    return {
      isOpen: () => record.isOpen,
      choose: async () => await Promise.resolve(0),
      read: async () => await Promise.resolve({ outcome: 'replied', tookMs: 1 }),
      close: () => {
        record.isClosed = true;
        record.isOpen = false;
      },
    };
  };
  const attempts = { count: 0 };
  const counting = async (address: string): Promise<Line | null> => {
    attempts.count += 1;
    return await open(address);
  };
  const lines = createLines(counting, () => state.nowMs);
  return { lines, opened, state, attempts };
};

describe('the line that is kept', () => {
  it('is opened once, also for two that ask at the same time', async () => {
    const { lines, opened } = stage();
    const [first, second] = await Promise.all([lines.kept(ADDRESS), lines.kept(ADDRESS)]);
    expect(first).not.toBeNull();
    expect(second).toBe(first);
    expect(await lines.kept(ADDRESS)).toBe(first);
    expect(opened).toHaveLength(1);
  });

  it('is opened again after its connection broke', async () => {
    const { lines, opened } = stage();
    const first = await lines.kept(ADDRESS);
    opened[0]!.isOpen = false;
    expect(await lines.kept(ADDRESS)).not.toBe(first);
  });

  it('is closed two minutes after its last use', async () => {
    const { lines, opened, state } = stage();
    await lines.kept(ADDRESS);
    state.nowMs = 110_000;
    await lines.kept(ADDRESS);
    state.nowMs = 220_000;
    await lines.kept('10.0.0.2');
    expect(opened[0]?.isClosed).toBe(false);
    state.nowMs = 240_000;
    await lines.kept('10.0.0.2');
    expect(opened.map(({ isClosed }) => isClosed)).toEqual([true, false]);
  });

  it('is one of 400 at most: the one that was not used for longest goes', async () => {
    const { lines, opened } = stage();
    for (let n = 0; n <= 400; n += 1) await lines.kept(`10.1.${n >> 8}.${n & 255}`);
    await lines.kept('10.1.0.2');
    expect(opened.filter(({ isClosed }) => isClosed).map(({ address }) => address)).toEqual([
      '10.1.0.0',
    ]);
  });

  it('that cannot be had is tried again after a pause that grows to 30 s', async () => {
    const { lines, state, attempts } = stage();
    state.canOpen = false;
    const tries: number[] = [];
    for (let second = 0; second <= 120; second += 1) {
      state.nowMs = second * 1_000;
      const before = attempts.count;
      expect(await lines.kept(ADDRESS)).toBeNull();
      if (attempts.count > before) tries.push(second);
    }
    expect(tries).toEqual([0, 1, 3, 7, 15, 31, 61, 91]);
    state.canOpen = true;
    state.nowMs = 121_000;
    expect(await lines.kept(ADDRESS)).not.toBeNull();
  });
});

describe('a fresh line', () => {
  it('is a new one each time, and closes the fresh one before it', async () => {
    const { lines, opened } = stage();
    const kept = await lines.kept(ADDRESS);
    const first = await lines.fresh(ADDRESS);
    const second = await lines.fresh(ADDRESS);
    expect(new Set([kept, first, second]).size).toBe(3);
    expect(opened.map(({ isClosed }) => isClosed)).toEqual([false, true, false]);
  });

  it('that cannot be had leaves the one before it open', async () => {
    const { lines, opened, state } = stage();
    await lines.fresh(ADDRESS);
    state.canOpen = false;
    expect(await lines.fresh(ADDRESS)).toBeNull();
    expect(opened[0]?.isClosed).toBe(false);
  });

  it('is kept instead of the old one once it was answered', async () => {
    const { lines, opened } = stage();
    await lines.kept(ADDRESS);
    const fresh = await lines.fresh(ADDRESS);
    lines.promote(ADDRESS, fresh!);
    expect(await lines.kept(ADDRESS)).toBe(fresh);
    expect(opened.map(({ isClosed }) => isClosed)).toEqual([true, false]);
  });

  it('that was followed by another one is not kept', async () => {
    const { lines } = stage();
    const kept = await lines.kept(ADDRESS);
    const first = await lines.fresh(ADDRESS);
    await lines.fresh(ADDRESS);
    lines.promote(ADDRESS, first!);
    expect(await lines.kept(ADDRESS)).toBe(kept);
  });
});
