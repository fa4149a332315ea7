/** How a generation is taken: whole or not at all, one at a time, in bounded memory. */
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../../src/courier/digest.ts';
import { generationSource } from '../../../src/courier/vault/source.ts';
import { createWriter, PART_BYTES, type Parts } from '../../../src/courier/vault/writer.ts';
import { createMemoryVault } from '../../fakes/memory-vault.ts';
import { entryOf } from '../world.ts';
import { benchOf, NOW_MS, namesIn } from './bench.ts';

describe('a generation is taken', () => {
  it('from every partition, or not at all', async () => {
    const bench = benchOf();
    for (const key of ['a', 'b']) bench.world.put(key, key);
    await bench.keep();
    bench.world.hang(1);
    await bench.pass(60_000);
    const word = await bench.keep();
    expect(word).toMatchObject({
      takenAtMs: NOW_MS,
      entries: 2,
      error: 'no answer within 3000 ms',
    });
    expect(namesIn(bench).filter((name) => name.endsWith('manifest.json'))).toHaveLength(1);
    bench.world.recover(1);
    expect(await bench.keep()).toMatchObject({ takenAtMs: bench.clock.nowMs(), error: null });
  });

  it('again from the beginning of a partition that moves meanwhile', async () => {
    const bench = benchOf();
    for (const key of ['a', 'b']) bench.world.put(key, key);
    const { page } = bench.world.source;
    let asked = 0;
    bench.world.source.page = async (...place) => {
      asked += 1;
      return asked === 2 ? { ok: false, error: 'it is on its way' } : await page(...place);
    };
    expect(await bench.keep()).toMatchObject({ entries: 2, error: null });
    await bench.restore();
    expect([...bench.world.fresh.keys()].toSorted()).toEqual(['a', 'b']);
  });

  it('by one at a time, and not for longer than it may', async () => {
    const bench = benchOf();
    bench.world.put('a', 'a');
    await bench.row.claim('somebody', 0, 0);
    expect(await bench.keep()).toEqual({ stoodBack: 'a generation is being taken already' });
    const late = benchOf();
    late.world.put('a', 'a');
    expect(await late.keep(NOW_MS)).toMatchObject({ takenAtMs: null, error: 'its time is over' });
    expect(namesIn(late)).toEqual([]);
  });

  it('with the schemas that its values need', async () => {
    const bench = benchOf();
    bench.world.put('a', 'a');
    await bench.keep();
    const [manifest = ''] = namesIn(bench).filter((name) => name.endsWith('manifest.json'));
    const { schemas } = JSON.parse(String(bench.objects.get(manifest)?.bytes));
    expect(schemas).toEqual([{ typeName: 'user', fields: [{ fieldName: 'name', kind: 1 }] }]);
  });
});

const SIZE = 1024 * 1024;

describe('memory', () => {
  it('is bounded while a generation is taken: who reads waits for what is put away', async () => {
    const { vault } = createMemoryVault(() => 0);
    const underWay: (() => void)[] = [];
    const put: typeof vault.put = async (...object) => {
      await new Promise<void>((resolve) => underWay.push(resolve));
      return await vault.put(...object);
    };
    const parts: Parts = { all: [] };
    const writer = createWriter({ put }, 'g', { map: 'sessions', parts });
    let added = 0;
    const adding = (async () => {
      for (let n = 0; n < 40; n += 1) {
        await writer.add(Buffer.from(`${n}`), entryOf('', { value: Buffer.alloc(SIZE) }), 0);
        added += 1;
      }
      return await writer.end();
    })();
    await new Promise((resolve) => setImmediate(resolve));
    // One part is filled, and two wait to be put away.
    expect(added * SIZE).toBeLessThanOrEqual(3 * PART_BYTES);
    const timer = setInterval(() => underWay.shift()?.(), 1);
    expect(await adding).toEqual({ ok: true, value: null });
    clearInterval(timer);
    expect(parts.all.reduce((all, { entries }) => all + entries, 0)).toBe(40);
    expect(parts.all.every(({ bytes }) => bytes <= PART_BYTES)).toBe(true);
  });

  it('holds an entry that is larger than a part', async () => {
    const { vault, objects } = createMemoryVault(() => 0);
    const parts: Parts = { all: [] };
    const writer = createWriter(vault, 'g', { map: 'sessions', parts });
    const value = Buffer.alloc(PART_BYTES + 1, 7);
    await writer.add(Buffer.from('small'), entryOf('small'), 0);
    await writer.add(Buffer.from('large'), entryOf('', { value }), 0);
    await writer.end();
    expect([...objects.keys()]).toEqual(['g/part-0', 'g/part-1']);
    const manifest = { schema: 1, beganAtMs: 0, parts: parts.all, schemas: [] } as const;
    const options = { maps: ['sessions'], clock: { nowMs: () => 0 } };
    const source = generationSource(vault, { name: 'g', manifest }, options);
    const page = await source.page(0, 1, null);
    expect(page).toMatchObject({ ok: true, value: { next: null } });
    const entry = await source.entry({ map: 0, partition: 1, key: Buffer.from('large') });
    expect(entry.ok && digestOf(entry.value?.value ?? Buffer.alloc(0))).toEqual(digestOf(value));
  });
});

describe('a part of many pages', () => {
  it('is read to its end, and nothing of it twice', async () => {
    const bench = benchOf();
    for (let n = 0; n < 1_001; n += 1) bench.world.old.set(`key ${n}`, entryOf(`value ${n}`));
    await bench.keep();
    const standing = await bench.restore();
    expect(bench.world.fresh.size).toBe(1_001);
    expect(bench.world.writes).toHaveLength(1_001);
    expect(standing?.word).toMatchObject({ moved: 1_001, unreachable: 0 });
  });
});
