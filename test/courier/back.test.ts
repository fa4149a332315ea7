/** A way that is gone back: users were on the new side for a while, and what they did there goes along. */
import { describe, expect, it } from 'vitest';
import type { CourierJob } from '../../src/courier/job.ts';
import { type Bench, benchOf, NOW_MS, thereOf } from './bench.ts';
import { createWorld, entryOf, type World } from './world.ts';

/** Job 7 has carried `a` to `d`; its clusters have changed places since, and the users' side is read now. */
const afterThere = async (bench: Bench): Promise<World> => {
  const { clock, world, memory, invoke, later } = bench;
  await clock.run(
    Promise.all([
      invoke(),
      later(4_000, () => {
        memory.wish = { endJob: 7 };
      }),
    ]),
  );
  const back = createWorld();
  for (const [key, entry] of world.fresh) back.old.set(key, entry);
  for (const [key, entry] of world.old) back.fresh.set(key, entry);
  return back;
};

const BACK: Partial<CourierJob> = { job: 8, undoes: 7, from: ['i-3', 'i-4'], to: ['i-1', 'i-2'] };

const goBack = async (bench: Bench, back: World, job = BACK) => {
  const { clock, memory, invoke, later } = bench;
  await clock.run(
    Promise.all([
      invoke(job, back),
      later(9_000, () => {
        memory.wish = { endJob: 8 };
      }),
    ]),
  );
};

describe('on the way back', () => {
  it('what users changed is carried, and who logged out is logged out', async () => {
    const bench = benchOf();
    const back = await afterThere(bench);
    back.old.set('a', entryOf('changed there'));
    back.old.delete('b');
    back.old.set('e', entryOf('began there'));
    await goBack(bench, back);
    expect(thereOf(back, 'a')).toBe('changed there');
    expect(thereOf(back, 'b')).toBeNull();
    expect(thereOf(back, 'c')).toBe('first c');
    expect(thereOf(back, 'e')).toBe('began there');
    expect(back.writes.toSorted()).toEqual(['a', 'b', 'e']);
    expect(bench.word()).toMatchObject({ job: 8, phase: 'ended', conflicts: 0 });
  });

  it('what was changed on the other side meanwhile stays: nobody knows who is right', async () => {
    const bench = benchOf();
    const back = await afterThere(bench);
    for (const key of ['a', 'b']) back.fresh.set(key, entryOf(`late ${key}`));
    back.old.set('a', entryOf('changed there'));
    back.old.delete('b');
    await goBack(bench, back);
    expect([thereOf(back, 'a'), thereOf(back, 'b')]).toEqual(['late a', 'late b']);
    expect(back.writes).toEqual([]);
    expect(bench.word()).toMatchObject({ conflicts: 2 });
  });

  it('nothing is removed when a member is missing: what is not there may have been lost with it', async () => {
    const bench = benchOf();
    const back = await afterThere(bench);
    back.old.set('a', entryOf('changed there'));
    back.old.delete('b');
    await goBack(bench, back, { ...BACK, from: ['i-3'] });
    expect(back.writes).toEqual(['a']);
    expect(thereOf(back, 'b')).toBe('first b');
  });

  it('nothing is known of another job than the last one', async () => {
    const bench = benchOf();
    const back = await afterThere(bench);
    back.old.set('a', entryOf('changed there'));
    back.old.delete('b');
    await goBack(bench, back, { ...BACK, undoes: 6 });
    expect(back.writes).toEqual([]);
    expect(bench.word()).toMatchObject({ conflicts: 1 });
  });

  it('another courier goes on after a death, and knows as much', async () => {
    const bench = benchOf();
    const back = await afterThere(bench);
    const { clock, memory, invoke, later } = bench;
    let standing: typeof memory.standing = null;
    await clock.run(
      Promise.all([
        invoke(BACK, back),
        later(5_000, () => {
          standing = memory.standing;
          memory.wish = { endJob: 8 };
        }),
      ]),
    );
    memory.standing = standing;
    memory.wish = { endJob: 0 };
    back.old.set('a', entryOf('changed there'));
    back.old.delete('b');
    await clock.run(
      Promise.all([
        invoke(BACK, back),
        later(15_000, () => {
          memory.wish = { endJob: 8 };
        }),
      ]),
    );
    expect(thereOf(back, 'a')).toBe('changed there');
    expect(thereOf(back, 'b')).toBeNull();
  });
});

describe('on the way back of several couriers', () => {
  it('what one carried while it waited for the next one is known', async () => {
    const bench = benchOf();
    const { clock, world, memory, invoke, later } = bench;
    const next = later(14_000, () => {}).then(async () => await invoke());
    await clock.run(
      Promise.all([
        invoke({ untilMs: NOW_MS + 5_000 }),
        // It says nothing any more, and still follows.
        later(8_000, () => world.put('e', 'first e')),
        later(9_000, () => world.put('f', 'first f')),
        next,
        later(25_000, () => {
          memory.wish = { endJob: 7 };
        }),
      ]),
    );
    const back = createWorld();
    for (const [key, entry] of world.fresh) back.old.set(key, entry);
    for (const [key, entry] of world.old) back.fresh.set(key, entry);
    back.old.delete('e');
    await goBack(bench, back);
    expect(thereOf(back, 'e')).toBeNull();
    expect(back.writes).toEqual(['e']);
  });
});

describe('on the way back after a vault was restored', () => {
  /** Of `a` to `d`, as a generation had them, job 7 made the new side; the old one has lived on. */
  const restored = async (bench: Bench): Promise<World> => {
    const { world, clock, memory, invoke, later } = bench;
    await clock.run(
      Promise.all([
        invoke({ isRestoring: true, from: [] }),
        later(4_000, () => {
          memory.wish = { endJob: 7 };
        }),
      ]),
    );
    const back = createWorld();
    for (const [key, entry] of world.fresh) back.old.set(key, entry);
    for (const [key, entry] of world.fresh) back.fresh.set(key, entry);
    return back;
  };

  it('who logged out is logged out where the old side still has what the vault had', async () => {
    const bench = benchOf();
    const back = await restored(bench);
    back.fresh.set('b', entryOf('newer than the vault'));
    for (const key of ['a', 'b']) back.old.delete(key);
    await goBack(bench, back);
    expect([thereOf(back, 'a'), thereOf(back, 'b')]).toEqual([null, 'newer than the vault']);
    expect(bench.word()).toMatchObject({ job: 8, phase: 'ended', conflicts: 1 });
  });

  it('what users changed replaces what the vault had, and what is missing is put there', async () => {
    const bench = benchOf();
    const back = await restored(bench);
    back.old.set('a', entryOf('changed there'));
    back.old.set('b', entryOf('changed there too'));
    back.fresh.set('b', entryOf('newer than the vault'));
    back.fresh.delete('c');
    await goBack(bench, back);
    const there = ['a', 'b', 'c', 'd'].map((key) => thereOf(back, key));
    expect(there).toEqual(['changed there', 'newer than the vault', 'first c', 'first d']);
    expect(bench.word()).toMatchObject({ conflicts: 1 });
  });

  it('what was about to be written when it ended is no log-out', async () => {
    const bench = benchOf();
    const { putIfAbsent } = bench.world.target;
    Object.assign(bench.world.target, {
      putIfAbsent: async (...put: Parameters<typeof putIfAbsent>) =>
        String(put[1]) === 'a' ? { ok: false, error: 'no answer' } : await putIfAbsent(...put),
    });
    const back = await restored(bench);
    back.fresh.set('a', entryOf('first a'));
    await goBack(bench, back);
    expect(thereOf(back, 'a')).toBe('first a');
  });
});
