import { describe, expect, it } from 'vitest';
import type { MemoryRow } from '../fakes/memory-row.ts';
import { type Bench, benchOf, NOW_MS, thereOf } from './bench.ts';
import { entryOf, partitionOf } from './world.ts';

/** Another invocation of the job carries for 15 s, and then the job ends. */
const carriedOn = async ({ clock, memory, invoke, later }: Bench): Promise<void> => {
  await clock.run(
    Promise.all([
      invoke(),
      later(15_000, () => {
        memory.wish = { endJob: 7 };
      }),
    ]),
  );
};

describe('two invocations', () => {
  it('of one job: the second stands back while the first lives', async () => {
    const { clock, memory, invoke, later } = benchOf();
    const second = later(2_000, () => {}).then(async () => await invoke());
    const [, told] = await clock.run(
      Promise.all([
        invoke(),
        second,
        later(9_000, () => {
          memory.wish = { endJob: 7 };
        }),
      ]),
    );
    expect(told).toEqual({ stoodBack: 'invocation-1 is carrying already' });
  });

  it('never begin a job that shall end already', async () => {
    const { clock, world, memory, invoke } = benchOf();
    memory.wish = { endJob: 7 };
    expect(await clock.run(invoke())).toEqual({ stoodBack: 'job 7 shall end' });
    expect(memory.standing).toBeNull();
    expect(world.writes).toEqual([]);
  });

  it('of two jobs: the newer one takes the row, and the older one stops by itself', async () => {
    const { clock, world, memory, invoke, later, word } = benchOf();
    const newer = later(3_000, () => {}).then(async () => await invoke({ job: 8 }));
    const [older] = await clock.run(
      Promise.all([
        invoke(),
        newer,
        later(9_000, () => {
          memory.wish = { endJob: 8 };
        }),
      ]),
    );
    expect(older).toMatchObject({ job: 7, phase: 'level' });
    expect(word()).toMatchObject({ job: 8, phase: 'ended', moved: 4, conflicts: 0 });
    expect(world.writes).toHaveLength(4);
    await expect(clock.run(invoke({ job: 7 }))).resolves.toEqual({ stoodBack: 'job 8 is newer' });
    await expect(clock.run(invoke({ job: 8 }))).resolves.toEqual({ stoodBack: 'job 8 has ended' });
  });

  it('of two jobs: the newer one is not put off by a word that comes in between', async () => {
    const { clock, memory, invoke, later, word } = benchOf();
    const { claim } = memory.row;
    let claims = 0;
    memory.row.claim = async (own, before) => {
      claims += 1;
      const told = memory.standing!;
      // The older one tells between being read and being taken from.
      if (claims === 2) {
        memory.standing = { ...told, word: { ...told.word, beat: told.word.beat + 1 } };
      }
      return await claim(own, before);
    };
    const newer = later(3_000, () => {}).then(async () => await invoke({ job: 8 }));
    await clock.run(
      Promise.all([
        invoke(),
        newer,
        later(9_000, () => {
          memory.wish = { endJob: 8 };
        }),
      ]),
    );
    expect(claims).toBe(3);
    expect(word()).toMatchObject({ job: 8, phase: 'ended' });
  });
});

/** A first courier that carried everything, and died: what it said and wrote is all that is left of it. */
const afterDeath = async (bench: Bench): Promise<void> => {
  const { clock, memory, invoke, later } = bench;
  let standing: MemoryRow['standing'] = null;
  await clock.run(
    Promise.all([
      invoke(),
      later(4_000, () => {
        standing = memory.standing;
        memory.wish = { endJob: 7 };
      }),
    ]),
  );
  memory.standing = standing;
  memory.wish = { endJob: 0 };
};

describe('another one after a death', () => {
  it('goes on where the first one stopped: what changed meanwhile, and nothing twice', async () => {
    const bench = benchOf();
    await afterDeath(bench);
    const { world, word } = bench;
    world.put('a', 'second a');
    world.put('e', 'new');
    // Users of the new side log out, and go on.
    world.fresh.delete('b');
    world.put('b', 'stale');
    world.fresh.set('c', entryOf('went on'));
    world.put('c', 'stale');
    const before = word();
    world.writes.length = 0;
    await carriedOn(bench);
    expect(world.writes.toSorted()).toEqual(['a', 'e']);
    expect(thereOf(world, 'a')).toBe('second a');
    expect(thereOf(world, 'b')).toBeNull();
    expect(thereOf(world, 'c')).toBe('went on');
    expect(word()).toMatchObject({ moved: 5, conflicts: 2, passes: before.passes + 1 });
    expect(word().beat).toBeGreaterThan(before.beat);
  });

  it('knows what the first one wrote, even if it died with its first word', async () => {
    const bench = benchOf();
    const { world, memory } = bench;
    let left: Pick<typeof memory, 'standing' | 'items'> | null = null;
    const { putIfAbsent } = world.target;
    Object.assign(world.target, {
      putIfAbsent: async (...given: Parameters<typeof putIfAbsent>) => {
        left ??= { standing: memory.standing, items: new Map(memory.items) };
        return await putIfAbsent(...given);
      },
    });
    await afterDeath(bench);
    const { standing, items } = left!;
    memory.standing = standing;
    memory.items.clear();
    for (const [name, lines] of items) memory.items.set(name, lines);
    // Nobody hears of it.
    world.old.set('a', entryOf('second a'));
    world.lose('b');
    await carriedOn(bench);
    expect([thereOf(world, 'a'), thereOf(world, 'b')]).toEqual(['second a', null]);
    expect(bench.word()).toMatchObject({ conflicts: 0 });
  });

  it('takes for a log-out what is missing with the member that had it all along, and with no other', async () => {
    const bench = benchOf();
    await afterDeath(bench);
    const { world } = bench;
    // Nobody hears of it.
    for (const key of ['a', 'b']) world.lose(key);
    world.handOver(partitionOf('b'));
    await carriedOn(bench);
    expect([thereOf(world, 'a'), thereOf(world, 'b')]).toEqual([null, 'first b']);
  });

  it.each<[string, (bench: Bench) => Promise<unknown>]>([
    [
      'that another one could not follow',
      async (bench) => {
        await afterDeath(bench);
        await bench.clock.run(bench.invoke({}, null));
      },
    ],
    [
      'of one whose time was over, and whom nobody relieved',
      async ({ clock, invoke }) => await clock.run(invoke({ untilMs: NOW_MS + 5_000 })),
    ],
  ])('finds the log-outs that nobody heard of %s', async (_name, before) => {
    const bench = benchOf();
    await before(bench);
    const { world } = bench;
    world.lose('a');
    await carriedOn(bench);
    expect([thereOf(world, 'a'), thereOf(world, 'b')]).toEqual([null, 'first b']);
  });

  it('writes nothing when the journal cannot be read: log-outs could come back', async () => {
    const bench = benchOf();
    await afterDeath(bench);
    const { clock, world, memory, invoke, word } = bench;
    memory.items.clear();
    world.writes.length = 0;
    world.put('a', 'second a');
    await clock.run(invoke());
    expect(word()).toMatchObject({ phase: 'failed' });
    expect(word().detail).toContain('journal of invocation-1 is missing');
    expect(world.writes).toEqual([]);
  });

  it('takes over without a gap from one whose time is over', async () => {
    const { clock, world, memory, invoke, later, word } = benchOf();
    const beats: number[] = [];
    const next = later(14_000, () => {}).then(async () => await invoke());
    await clock.run(
      Promise.all([
        invoke({ untilMs: NOW_MS + 5_000 }),
        // It is silent, and still follows.
        later(8_000, () => beats.push(word().beat)),
        later(9_000, () => world.remove('a')),
        later(13_000, () => beats.push(word().beat)),
        later(13_500, () => expect(thereOf(world, 'a')).toBeNull()),
        next,
        later(14_100, () => world.remove('b')),
        later(15_000, () => world.put('c', 'second c')),
        later(25_000, () => {
          memory.wish = { endJob: 7 };
        }),
      ]),
    );
    expect(beats[0]).toBe(beats[1]);
    expect([...world.fresh.keys()].toSorted()).toEqual(['c', 'd']);
    expect(thereOf(world, 'c')).toBe('second c');
    expect(word()).toMatchObject({ phase: 'ended', moved: 4, conflicts: 0 });
    expect(memory.standing?.holder).toBe('invocation-2');
  });

  it('is not waited for for ever', async () => {
    const { clock, invoke, word } = benchOf();
    await clock.run(invoke({ untilMs: NOW_MS + 5_000 }));
    expect(clock.nowMs()).toBeLessThan(NOW_MS + 60_000);
    expect(word().phase).toBe('level');
  });
});
