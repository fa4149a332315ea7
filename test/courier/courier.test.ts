import { describe, expect, it } from 'vitest';
import type { CourierWord } from '../../src/core/sides.ts';
import { benchOf, thereOf } from './bench.ts';
import { entryOf } from './world.ts';

describe('one courier', () => {
  it('carries everything, keeps both sides level, and ends when it shall', async () => {
    const { clock, world, memory, invoke, later, word } = benchOf();
    const heard: CourierWord[] = [];
    await clock.run(
      Promise.all([
        invoke(),
        later(3_000, () => heard.push(word())),
        later(4_000, () => world.put('e', 'new')),
        later(4_000, () => world.remove('a')),
        later(8_000, () => {
          memory.wish = { endJob: 7 };
        }),
      ]),
    );

    expect(heard[0]).toMatchObject({ phase: 'level', passes: 1, lagMs: 0, moved: 4 });
    expect([...world.fresh.keys()].toSorted()).toEqual(['b', 'c', 'd', 'e']);
    expect(word()).toMatchObject({ job: 7, phase: 'ended', moved: 5, unreachable: 0 });
  });

  it('tells at once that the first pass is over', async () => {
    const { clock, memory, invoke, later, word } = benchOf();
    const heard: CourierWord[] = [];
    await clock.run(
      Promise.all([
        invoke(),
        later(200, () => heard.push(word())),
        later(300, () => {
          memory.wish = { endJob: 7 };
        }),
      ]),
    );
    expect(heard).toMatchObject([{ phase: 'level', passes: 1, moved: 4 }]);
  });

  it('leaves what is about to end, and counts it once', async () => {
    const { clock, world, memory, invoke, later, word } = benchOf();
    world.old.set('e', entryOf('short', { ttlMs: 4_000, endsInMs: 4_000 }));
    const end = (): void => {
      memory.wish = { endJob: 7 };
    };
    await clock.run(
      Promise.all([invoke(), later(3_000, () => world.recover(1)), later(9_000, end)]),
    );
    expect(world.fresh.has('e')).toBe(false);
    expect(word()).toMatchObject({ moved: 4, expired: 1, passes: 2 });
  });

  it('counts what nobody answers for, tries again, and is behind until it has carried it', async () => {
    const { clock, world, memory, invoke, later, word } = benchOf();
    const { page } = world.source;
    world.source.page = async (map, partition, place) => {
      // What is promoted takes its time.
      if (partition === 1) await clock.sleep(3_000);
      return await page(map, partition, place);
    };
    world.hang(1);
    const heard: CourierWord[] = [];
    const hear = (): void => void heard.push(word());
    await clock.run(
      Promise.all([
        invoke(),
        later(5_000, hear),
        later(20_000, hear),
        later(21_000, () => world.recover(1)),
        later(23_000, hear),
        later(28_000, hear),
        later(30_000, () => {
          memory.wish = { endJob: 7 };
        }),
      ]),
    );
    expect(heard[0]).toMatchObject({
      phase: 'level',
      passes: 1,
      moved: 2,
      unreachable: 2,
      lagMs: 0,
    });
    expect(heard[0]?.detail).toContain('1 cannot be read');
    expect(heard[1]).toMatchObject({ phase: 'level', passes: 2, unreachable: 2 });
    expect(heard[2]?.lagMs).toBeGreaterThan(10_000);
    expect(heard[3]).toMatchObject({ passes: 3, moved: 4, unreachable: 0, lagMs: 0 });
  });

  it('takes a key that merely vanished for lost, not for a log-out', async () => {
    const { clock, world, memory, invoke, later } = benchOf();
    const lose = (): void => {
      world.lose('a');
      world.recover(1);
    };
    await clock.run(
      Promise.all([
        invoke(),
        later(3_000, lose),
        later(8_000, () => {
          memory.wish = { endJob: 7 };
        }),
      ]),
    );
    expect(thereOf(world, 'a')).toBe('first a');
  });

  it('does not bring back who logged out, when a promoted copy has not heard of it', async () => {
    const { clock, world, memory, invoke, later } = benchOf();
    const comeBack = (): void => {
      world.old.set('a', entryOf('first a'));
      world.recover(1);
    };
    await clock.run(
      Promise.all([
        invoke(),
        later(3_000, () => world.remove('a')),
        later(4_000, comeBack),
        later(9_000, () => {
          memory.wish = { endJob: 7 };
        }),
      ]),
    );
    expect(thereOf(world, 'a')).toBeNull();
  });

  it('writes nothing while it cannot know whether the row is still its own', async () => {
    const { clock, world, memory, invoke, later } = benchOf();
    const seen: (string | null)[] = [];
    await clock.run(
      Promise.all([
        invoke(),
        later(3_000, () => {
          memory.broken = 'no answer';
        }),
        later(8_000, () => world.put('a', 'second a')),
        later(12_000, () => seen.push(thereOf(world, 'a'))),
        later(12_000, () => {
          memory.broken = null;
        }),
        later(15_000, () => {
          memory.wish = { endJob: 7 };
        }),
      ]),
    );
    expect(seen).toEqual(['first a']);
    expect(thereOf(world, 'a')).toBe('second a');
  });

  it('writes nothing while its journal cannot be written', async () => {
    const { clock, world, memory, invoke, later, word } = benchOf();
    const { append } = memory.journal;
    const seen: (string | null)[] = [];
    await clock.run(
      Promise.all([
        invoke(),
        later(2_000, () => {
          memory.journal.append = async () => ({ ok: false, error: 'no room' });
        }),
        later(2_500, () => world.put('a', 'second a')),
        later(8_000, () => world.put('b', 'second b')),
        later(12_000, () => seen.push(thereOf(world, 'b'), word().detail)),
        later(12_000, () => {
          memory.journal.append = append;
        }),
        later(15_000, () => {
          memory.wish = { endJob: 7 };
        }),
      ]),
    );
    expect(seen[0]).toBe('first b');
    expect(seen[1]).toContain('its journal cannot be written: no room');
    expect(thereOf(world, 'b')).toBe('second b');
  });

  it('reads a partition again that was not read by one connection from end to end', async () => {
    const { clock, world, memory, invoke, later, word } = benchOf();
    let pages = 0;
    const { page } = world.source;
    world.source.page = async (map, partition, place) => {
      pages += 1;
      if (pages === 1) world.recover(partition);
      return await page(map, partition, place);
    };
    await clock.run(
      Promise.all([
        invoke(),
        later(3_000, () => {
          memory.wish = { endJob: 7 };
        }),
      ]),
    );
    expect([pages, word().passes]).toEqual([3, 2]);
  });
});
