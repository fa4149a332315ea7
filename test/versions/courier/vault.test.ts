/** Sessions of a real cluster kept outside of it, and put into another one when nobody is left to ask. The cases build on each other. */
import type { GenericRecord, IMap } from 'hazelcast-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeMissing, missingTools } from '../../../lab/tools.ts';
import { connectKept, connectRestored } from '../../../src/adapters/hazelcast/courier/connect.ts';
import { systemClock } from '../../../src/adapters/system/clock.ts';
import { findGeneration } from '../../../src/courier/vault/find.ts';
import { keep } from '../../../src/courier/vault/keep.ts';
import { generationSource } from '../../../src/courier/vault/source.ts';
import { createMemoryVault } from '../../fakes/memory-vault.ts';
import { applicationOf, Device, Session } from './records.ts';
import { type Sides, sideOf, startCourier, startSides } from './sides.ts';

const NEEDED = /^(Linux|util-linux|JDK|Maven)/;
const missing = missingTools().filter(({ tool }) => NEEDED.test(tool));
if (missing.length > 0) console.warn(`the vault is skipped:\n${describeMissing(missing)}`);

const NET = 102;
const EACH = 500;
const HOUR_MS = 3_600_000;
const MAPS = ['sessions', 'records'];

describe.skipIf(missing.length > 0)('the vault, between two real clusters', () => {
  let sides: Sides;
  let old: IMap<string, string>;
  const { vault, row } = createMemoryVault(() => Date.now());

  beforeAll(async () => {
    sides = await startSides(NET);
    old = await sides.oldUsers.getMap('sessions');
    const keys = Array.from({ length: EACH }, (_, n) => `${n}`);
    await Promise.all(keys.map(async (key) => await old.set(key, `of ${key}`, HOUR_MS, 0)));
    await old.set('idle', 'of idle', 0, HOUR_MS / 2);
    const application = await applicationOf(sideOf(sides.old, 'old'));
    const records = await application.getMap<string, Session>('records');
    await records.set('record', new Session('somebody', new Device('telephone')));
    await application.shutdown();
  });
  afterAll(async () => await sides.stop());

  it('keeps all entries, and makes none of them live longer by looking', async () => {
    const before = await old.getEntryView('idle');
    const word = await keep(
      {
        clock: systemClock,
        row,
        vault,
        connect: async () => await connectKept(sideOf(sides.old, 'old'), MAPS),
      },
      {
        holder: 'keeper',
        maps: MAPS,
        entriesPerS: Infinity,
        leastTtlMs: 20_000,
        untilMs: Date.now() + 120_000,
      },
    );
    expect(word).toMatchObject({ entries: EACH + 2, error: null });
    const after = await old.getEntryView('idle');
    expect(String(after.lastAccessTime)).toBe(String(before.lastAccessTime));
  });

  it('puts them into a new cluster when all members are gone, schemas first', async () => {
    await Promise.all(sides.old.members.map(async (member) => await member.kill()));
    const running = startCourier(sides, 1, MAPS, async () => {
      const found = await findGeneration(vault, { nowMs: Date.now(), maxAgeMs: HOUR_MS });
      if (!found.ok || found.value.generation === null) throw new Error(JSON.stringify(found));
      const { generation, told: origin } = found.value;
      const { schemas } = generation.manifest;
      const target = await connectRestored(sideOf(sides.fresh, 'fresh'), MAPS, schemas);
      if (!target.ok) return target;
      const source = generationSource(vault, generation, { maps: MAPS, clock: systemClock });
      return { ok: true, value: { source, target: target.value, origin } };
    });
    const word = await running.until('level', ({ phase }) => phase === 'level');
    expect(word).toMatchObject({ moved: EACH + 2, unreachable: 0, conflicts: 0 });
    expect(word.detail).toMatch(/s old; .*read back: (\d+) of \1 equal$/);

    const fresh = await sides.freshUsers.getMap<string, string>('sessions');
    expect(await fresh.size()).toBe(EACH + 1);
    expect(await fresh.get('7')).toBe('of 7');
    const ttlMs = Number((await fresh.getEntryView('7')).ttl.toString());
    expect(ttlMs).toBeLessThan(HOUR_MS);
    expect(ttlMs).toBeGreaterThan(HOUR_MS - 300_000);
    const records = await sides.freshUsers.getMap<string, GenericRecord>('records');
    const record = await records.get('record');
    expect(record.getGenericRecord('device')?.getString('name')).toBe('telephone');
    await running.end();
  });
});
