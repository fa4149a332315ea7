/** What the vault promises, and what it does not: a generation is taken, the members die, and it is put into a new cluster. */
import { describe, expect, it } from 'vitest';
import { entryOf } from '../world.ts';
import { type Bench, benchOf, NOW_MS, namesIn } from './bench.ts';

const MINUTE_MS = 60_000;

/** Two users, of whom a generation was taken. */
const kept = async (): Promise<Bench> => {
  const bench = benchOf();
  bench.world.put('a', 'first a');
  bench.world.put('b', 'first b');
  await bench.keep();
  return bench;
};

const there = ({ world }: Bench): Readonly<Record<string, string>> =>
  Object.fromEntries([...world.fresh].map(([key, { value }]) => [key, String(value)]));

const detailOf = async (bench: Bench): Promise<string> =>
  (await bench.restore())?.word.detail ?? '';

describe('a generation', () => {
  it('brings back every session, and says how old it is', async () => {
    const bench = await kept();
    await bench.pass(4 * MINUTE_MS);
    const standing = await bench.restore();
    expect(there(bench)).toEqual({ a: 'first a', b: 'first b' });
    expect(standing?.word).toMatchObject({ phase: 'ended', moved: 2, conflicts: 0 });
    expect(standing?.word.detail).toMatch(/^of 2027-01-15T\d{9}Z-keeper1, 240 s old$/);
  });

  it('has not what came after it: writes are lost, and who logged out is logged in again', async () => {
    const bench = await kept();
    bench.world.put('a', 'second a');
    bench.world.put('c', 'new');
    bench.world.remove('b');
    await bench.restore();
    expect(there(bench)).toEqual({ a: 'first a', b: 'first b' });
  });

  it('overwrites nothing that is there already', async () => {
    const bench = await kept();
    bench.world.fresh.set('a', entryOf('newer'));
    const standing = await bench.restore();
    expect(there(bench)).toEqual({ a: 'newer', b: 'first b' });
    expect(standing?.word).toMatchObject({ moved: 1, conflicts: 1 });
  });

  it('takes its age from the time that is left, and leaves out what is over', async () => {
    const bench = benchOf();
    const life = (ms: number) => ({ ttlMs: ms, endsInMs: ms });
    bench.world.old.set('long', entryOf('1', life(10 * MINUTE_MS)));
    bench.world.old.set('short', entryOf('2', life(2 * MINUTE_MS)));
    bench.world.old.set('ending', entryOf('3', life(1_000)));
    bench.world.old.set('idle', entryOf('4', { maxIdleMs: 30 * MINUTE_MS, endsInMs: MINUTE_MS }));
    bench.world.old.set(
      'busy',
      entryOf('5', { maxIdleMs: 9 * MINUTE_MS, endsInMs: 8 * MINUTE_MS }),
    );
    expect(await bench.keep()).toMatchObject({ entries: 4 });
    await bench.pass(4 * MINUTE_MS);
    const standing = await bench.restore();
    expect(Object.keys(there(bench)).toSorted()).toEqual(['busy', 'long']);
    expect(standing?.word).toMatchObject({ moved: 2, expired: 2 });
    const { ttlMs = 0 } = bench.world.fresh.get('long') ?? {};
    expect(ttlMs).toBeGreaterThan(6 * MINUTE_MS - 1_000);
    expect(ttlMs).toBeLessThanOrEqual(6 * MINUTE_MS);
    expect(bench.world.fresh.get('busy')?.maxIdleMs).toBe(9 * MINUTE_MS);
  });
});

describe('a generation that is not used is named', () => {
  it('when its keeper died before the end: the one before it is', async () => {
    const bench = await kept();
    await bench.pass(MINUTE_MS);
    const { put } = bench.vault;
    bench.vault.put = async (name, bytes) =>
      name.endsWith('manifest.json') ? { ok: false, error: 'gone' } : await put(name, bytes);
    bench.world.put('a', 'second a');
    expect(await bench.keep()).toMatchObject({ takenAtMs: NOW_MS, error: 'gone' });
    const detail = await detailOf(bench);
    expect(there(bench)).toEqual({ a: 'first a', b: 'first b' });
    expect(detail).toMatch(/keeper1, 60 s old; \S+-keeper2 was not used: it was never finished/);
  });

  it('when a part is damaged: nothing of it is, and the one before it is', async () => {
    const bench = await kept();
    await bench.pass(MINUTE_MS);
    bench.world.put('a', 'second a');
    await bench.keep();
    const part = namesIn(bench).find((name) => name.endsWith('keeper2/part-0')) ?? '';
    const { bytes } = bench.objects.get(part)!;
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
    const detail = await detailOf(bench);
    expect(there(bench)).toEqual({ a: 'first a', b: 'first b' });
    expect(detail).toMatch(/keeper2 was not used: part 0 is damaged/);
  });

  it.each([
    ['a part', 'part-0', /part 0: it is not encrypted with the key/],
    ['the manifest', 'manifest.json', /used: it is not encrypted with the key/],
  ])('when %s has another key', async (_, name, why) => {
    const bench = await kept();
    const { get } = bench.vault;
    const error = 'it is not encrypted with the key of the fleets file';
    bench.vault.get = async (asked) =>
      asked.endsWith(name) ? { ok: false, error } : await get(asked);
    const standing = await bench.restore();
    expect(standing?.word).toMatchObject({ phase: 'ended', moved: 0 });
    expect(standing?.word.detail).toMatch(/^there is no generation to use; /);
    expect(standing?.word.detail).toMatch(why);
    expect(there(bench)).toEqual({});
  });

  it('when it is too old', async () => {
    const bench = await kept();
    await bench.pass(61 * MINUTE_MS);
    const detail = await detailOf(bench);
    expect(detail).toMatch(/it is 3660 s old, more than the 3600 s up to which one is used/);
    expect(there(bench)).toEqual({});
  });

  it.each(['{', '{"schema":2}'])('when its manifest is %s', async (text) => {
    const bench = await kept();
    const name = namesIn(bench).find((each) => each.endsWith('manifest.json')) ?? '';
    bench.objects.get(name)!.bytes = Buffer.from(text);
    expect(await detailOf(bench)).toContain('its manifest makes no sense');
  });
});

describe('a vault', () => {
  it('that has nothing ends the courier at once; one that cannot be read lets it be tried again', async () => {
    const empty = await benchOf().restore();
    expect(empty?.word).toMatchObject({ phase: 'ended', detail: 'there is no generation to use' });
    const bench = await kept();
    bench.vault.list = async () => ({ ok: false, error: 'no answer' });
    const standing = await bench.restore();
    expect(standing?.word).toMatchObject({
      phase: 'failed',
      detail: 'the vault cannot be read: no answer',
    });
  });

  it.each([
    ['a part', 'part-0'],
    ['the manifest', 'manifest.json'],
  ])(
    'whose newest generation cannot be read just now, for %s, is asked again, not for an older one',
    async (_, name) => {
      const bench = await kept();
      await bench.pass(MINUTE_MS);
      bench.world.put('a', 'second a');
      await bench.keep();
      const { get } = bench.vault;
      bench.vault.get = async (asked) =>
        asked.endsWith(`keeper2/${name}`)
          ? { ok: false, error: 'throttled', isPassing: true }
          : await get(asked);
      const standing = await bench.restore();
      expect(standing?.word.phase).toBe('failed');
      expect(standing?.word.detail).toMatch(/keeper2 cannot be read: (part 0: )?throttled$/);
      expect(there(bench)).toEqual({});
      bench.vault.get = get;
      bench.memory.wish = { endJob: 0 };
      await bench.restore();
      expect(there(bench)).toEqual({ a: 'second a', b: 'first b' });
    },
  );

  it('keeps two generations, and whatever is not ours', async () => {
    const bench = await kept();
    bench.objects.set('notes/mine', { bytes: Buffer.alloc(1), modifiedAtMs: 0 });
    for (let n = 0; n < 3; n += 1) {
      await bench.pass(MINUTE_MS);
      await bench.keep();
    }
    const folders = [...new Set(namesIn(bench).map((name) => name.split('/')[0] ?? ''))];
    expect(folders.map((name) => name.replace(/^.*Z-/, ''))).toEqual([
      'notes',
      'keeper3',
      'keeper4',
    ]);
  });

  it('deletes a manifest before its parts, and what was never finished when nobody can be at it', async () => {
    const bench = await kept();
    const half = '2027-01-15T000000000Z-dead0000/part-0';
    bench.objects.set(half, { bytes: Buffer.alloc(1), modifiedAtMs: bench.clock.nowMs() });
    const asked: string[][] = [];
    bench.vault.remove = async (names) => {
      asked.push([...names]);
      return { ok: true, value: null };
    };
    for (let n = 0; n < 2; n += 1) await bench.keep();
    expect(asked[0]).toEqual([]);
    const [first, ...parts] = asked[1] ?? [];
    expect(first).toMatch(/manifest\.json$/);
    expect(parts.every((name) => /part-\d+$/.test(name))).toBe(true);
    expect(asked[1]).not.toContain(half);
    await bench.pass(16 * MINUTE_MS);
    await bench.keep();
    expect(asked[2]).toContain(half);
  });
});
