import { describe, expect, it } from 'vitest';
import { createCarrier } from '../../src/courier/carrier.ts';
import { createLedger } from '../../src/courier/ledger.ts';
import { createWorld, entryOf } from './world.ts';

const key = (n: number): Buffer => Buffer.from(`key ${n}`);
const NOW_MS = 1_800_000_000_000;

describe('an answer that was lost', () => {
  const benchOf = () => {
    const world = createWorld();
    const tally = { moved: 0, expired: 0, conflicts: 0 };
    let isLost = true;
    /** Done, and nobody hears of it. */
    const lost =
      <T extends unknown[], R>(work: (...given: T) => Promise<R>) =>
      async (...given: T): Promise<R | { ok: false; error: string }> => {
        const done = await work(...given);
        return isLost ? { ok: false, error: 'no answer' } : done;
      };
    const { putIfAbsent, replaceIf } = world.target;
    const carrier = createCarrier({
      target: { ...world.target, putIfAbsent: lost(putIfAbsent), replaceIf: lost(replaceIf) },
      ledgers: [createLedger()],
      note: () => {},
      kept: async () => ({ ok: true, value: null }) as const,
      tally,
      nowMs: () => NOW_MS,
      leastTtlMs: 0,
      mayWrite: async () => true,
    });
    const put = async (value: string) => await carrier.put(0, key(1), entryOf(value), false);
    const hear = (isHeard = true): void => {
      isLost = !isHeard;
    };
    return { world, tally, put, hear, there: () => String(world.fresh.get('key 1')?.value) };
  };

  it('to the first write: what is there is known again, and goes on', async () => {
    const { tally, put, hear, there } = benchOf();
    expect(await put('first')).toMatchObject({ ok: false });
    hear();
    expect(await put('second')).toMatchObject({ ok: true });
    expect([there(), tally.conflicts]).toEqual(['second', 0]);
  });

  it('to a later one: it is asked what is there', async () => {
    const { world, tally, put, hear, there } = benchOf();
    hear();
    await put('first');
    hear(false);
    expect(await put('second')).toMatchObject({ ok: true });
    hear();
    await put('third');
    expect([there(), tally.conflicts, tally.moved]).toEqual(['third', 0, 1]);
    world.fresh.set('key 1', entryOf('theirs'));
    await put('fourth');
    expect([there(), tally.conflicts, tally.moved]).toEqual(['theirs', 1, 1]);
  });
});

describe('an entry that ended on the new side by itself', () => {
  it('is no log-out, and comes back when it lives on', async () => {
    const world = createWorld();
    let nowMs = NOW_MS;
    const tally = { moved: 0, expired: 0, conflicts: 0 };
    const [target, ledgers] = [world.target, [createLedger()]];
    const carrying = {
      target,
      ledgers,
      note: () => {},
      kept: async () => ({ ok: true, value: null }) as const,
      tally,
      leastTtlMs: 5_000,
      mayWrite: async () => true,
    };
    const carrier = createCarrier({ ...carrying, nowMs: () => nowMs });
    const idle = (value: string) => entryOf(value, { maxIdleMs: 60_000, endsInMs: 60_000 });
    await carrier.put(0, key(1), idle('first'), false);
    nowMs += 30_000;
    world.fresh.delete('key 1');
    await carrier.put(0, key(2), idle('first'), false);
    await carrier.put(0, key(1), idle('second'), true);
    expect([...world.fresh.keys()]).toEqual(['key 2']);
    nowMs += 60_000;
    world.fresh.delete('key 2');
    await carrier.put(0, key(2), idle('first'), false);
    expect([...world.fresh.keys()]).toEqual(['key 2']);
    expect(tally).toEqual({ moved: 2, expired: 0, conflicts: 1 });
  });
});

describe('a courier whose row is not its own any more', () => {
  it('writes nothing, and forgets nothing', async () => {
    const world = createWorld();
    let mayWrite = true;
    const carrier = createCarrier({
      target: world.target,
      ledgers: [createLedger()],
      note: () => {},
      kept: async () => ({ ok: true, value: null }) as const,
      tally: { moved: 0, expired: 0, conflicts: 0 },
      nowMs: () => NOW_MS,
      leastTtlMs: 0,
      mayWrite: async () => mayWrite,
    });
    await carrier.put(0, key(1), entryOf('first'), false);
    mayWrite = false;
    const done = await Promise.all([
      carrier.put(0, key(1), entryOf('second'), true),
      carrier.put(0, key(2), entryOf('first'), true),
      carrier.remove(0, key(1)),
    ]);
    expect(done.map(({ ok }) => ok)).toEqual([false, false, false]);
    expect(world.writes).toEqual(['key 1']);
  });
});
