/** A generation of more parts than are read at once. */
import { expect, it } from 'vitest';
import { createHands } from '../../../src/courier/hands.ts';
import { type Passing, pass } from '../../../src/courier/pass.ts';
import { createRate } from '../../../src/courier/rate.ts';
import { generationSource } from '../../../src/courier/vault/source.ts';
import { createWriter, type Parts } from '../../../src/courier/vault/writer.ts';
import { createMemoryVault } from '../../fakes/memory-vault.ts';
import { VirtualClock } from '../../fakes/virtual-clock.ts';
import { entryOf } from '../world.ts';

const MAPS = ['sessions', 'carts'];
const PARTS = 20;
/** Every third part has three pages, so that one is read while several others come and go. */
const keysOf = (part: number): readonly string[] =>
  Array.from({ length: part % 3 === 0 ? 450 : 2 }, (_, n) => `${part}-${n}`);

const wholeGeneration = async () => {
  const { vault } = createMemoryVault(() => 0);
  const parts: Parts = { all: [] };
  for (let n = 0; n < PARTS; n += 1) {
    const writer = createWriter(vault, 'g', { map: MAPS[n % MAPS.length]!, parts });
    for (const key of keysOf(n)) await writer.add(Buffer.from(key), entryOf(key), 0);
    await writer.end();
  }
  return { vault, manifest: { schema: 1, beganAtMs: 0, parts: parts.all, schemas: [] } as const };
};

it('is carried whole in one pass, each part fetched once and let go', async () => {
  const { vault, manifest } = await wholeGeneration();
  const clock = new VirtualClock(0);
  const fetched: string[] = [];
  const get: typeof vault.get = async (name) => {
    fetched.push(name);
    return await vault.get(name);
  };
  const source = generationSource({ get }, { name: 'g', manifest }, { maps: MAPS, clock });
  const there: string[] = [];
  const failed: string[] = [];
  const passing: Passing = {
    source,
    carrier: {
      put: async (_map, key) => {
        await clock.sleep((Number.parseInt(String(key), 10) * 7) % 30);
        there.push(String(key));
        return { ok: true, value: null };
      },
      remove: async () => ({ ok: true, value: null }),
    },
    hands: createHands(),
    rate: createRate(15_000, clock),
    mayWrite: async () => true,
    saw: () => {},
    carried: () => {},
    failed: (_part, error) => failed.push(error),
  };
  const all = [...MAPS.keys()].flatMap((map) =>
    Array.from({ length: PARTS }, (_, partition) => ({ map, partition })),
  );
  await clock.run(pass(passing, all));
  expect(failed).toEqual([]);
  const keys = Array.from({ length: PARTS }, (_, part) => keysOf(part)).flat();
  expect(there.toSorted()).toEqual(keys.toSorted());
  expect(fetched.toSorted()).toEqual(manifest.parts.map((_, n) => `g/part-${n}`).toSorted());
  for (let partition = 0; partition < PARTS; partition += 1) {
    const key = Buffer.from(`${partition}-0`);
    expect(await source.entry({ map: partition % MAPS.length, partition, key })).toEqual({
      ok: false,
      error: `part ${partition} was put aside`,
    });
  }
});
