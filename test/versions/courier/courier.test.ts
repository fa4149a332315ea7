/** Sessions of one real cluster carried to another one, beside users who go on. The cases build on each other. */
import type { GenericRecord, IMap } from 'hazelcast-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeMissing, missingTools } from '../../../lab/tools.ts';
import { eventually } from '../cluster.ts';
import { applicationOf, Device, Session } from './records.ts';
import { type Running, type Sides, sideOf, startCourier, startSides } from './sides.ts';

const NEEDED = /^(Linux|util-linux|JDK|Maven)/;
const missing = missingTools().filter(({ tool }) => NEEDED.test(tool));
if (missing.length > 0) console.warn(`the courier is skipped:\n${describeMissing(missing)}`);

const NET = 96;
const SOON_MS = 30_000;
const EACH = 500;
const HOUR_MS = 3_600_000;

type Sessions = IMap<string, string>;

const keysOf = (kind: string): readonly string[] =>
  Array.from({ length: EACH }, (_, n) => `${kind}-${n}`);

describe.skipIf(missing.length > 0)('the courier, between two real clusters', () => {
  let sides: Sides;
  let running: Running;
  let old: Sessions;
  let fresh: Sessions;

  beforeAll(async () => {
    sides = await startSides(NET);
    old = await sides.oldUsers.getMap('sessions');
    fresh = await sides.freshUsers.getMap('sessions');
    await Promise.all([
      ...keysOf('plain').map(async (key) => await old.set(key, `of ${key}`, 0, 0)),
      ...keysOf('ttl').map(async (key) => await old.set(key, `of ${key}`, HOUR_MS, 0)),
      ...keysOf('idle').map(async (key) => await old.set(key, `of ${key}`, 0, HOUR_MS / 2)),
      ...keysOf('short').map(async (key) => await old.set(key, `of ${key}`, 15_000, 0)),
    ]);
    const application = await applicationOf(sideOf(sides.old, 'old'));
    const records = await application.getMap<string, Session>('records');
    await records.set('record', new Session('somebody', new Device('telephone')));
    await application.shutdown();
    running = startCourier(sides, 1, ['sessions', 'records']);
  });
  afterAll(async () => await sides.stop());

  it('carries all entries with their bytes and their time, but those about to end', async () => {
    const word = await running.until('level', ({ phase }) => phase === 'level');

    expect(word).toMatchObject({
      moved: 3 * EACH + 1,
      expired: EACH,
      unreachable: 0,
      conflicts: 0,
    });
    expect(word.detail).toMatch(/read back: (\d+) of \1 equal$/);
    expect(await fresh.size()).toBe(3 * EACH);
    const kept = await fresh.getAll([...keysOf('plain'), ...keysOf('ttl'), ...keysOf('idle')]);
    expect(kept.every(([key, value]) => value === `of ${key}`)).toBe(true);
    const lifeOf = async (key: string): Promise<readonly [number, number]> => {
      const view = await fresh.getEntryView(key);
      return [Number(view.ttl.toString()), Number(view.maxIdle.toString())];
    };
    const [ttl] = await lifeOf('ttl-7');
    expect(ttl).toBeLessThanOrEqual(HOUR_MS);
    expect(ttl).toBeGreaterThan(HOUR_MS - 300_000);
    expect((await lifeOf('idle-7'))[1]).toBe(HOUR_MS / 2);
    expect((await lifeOf('plain-7')).every((ms) => ms > 2 ** 62)).toBe(true);
  });

  it('brings the schemas of records, those of the records inside them included', async () => {
    // Whoever reads it has never seen its classes: the cluster must know the schemas.
    const records = await sides.freshUsers.getMap<string, GenericRecord>('records');
    const record = await records.get('record');
    expect(record.getString('user')).toBe('somebody');
    expect(record.getGenericRecord('device')?.getString('name')).toBe('telephone');
  });

  it('follows a log-in, a change and a log-out', async () => {
    await old.set('new', 'logged in', HOUR_MS, 0);
    await old.set('ttl-1', 'changed', HOUR_MS * 2, 0);
    await old.delete('ttl-2');
    await eventually(SOON_MS, 'all three are followed', async () => {
      const [added, changed, removed] = await Promise.all(
        ['new', 'ttl-1', 'ttl-2'].map(async (key) => await fresh.get(key)),
      );
      return added === 'logged in' && changed === 'changed' && removed === null;
    });
    const view = await fresh.getEntryView('ttl-1');
    expect(Number(view.ttl.toString())).toBeGreaterThan(HOUR_MS);
    await running.until('no lag', ({ lagMs }) => lagMs !== null && lagMs < 1_000);
  });

  it('leaves alone who logged out, or went on, on the new side', async () => {
    const before = running.word().conflicts;
    await fresh.delete('ttl-3');
    await fresh.set('ttl-4', 'went on', HOUR_MS, 0);
    await old.set('ttl-3', 'stale', HOUR_MS, 0);
    await old.set('ttl-4', 'stale', HOUR_MS, 0);
    await running.until('both are conflicts', ({ conflicts }) => conflicts === before + 2);

    expect(await fresh.get('ttl-3')).toBeNull();
    expect(await fresh.get('ttl-4')).toBe('went on');
    expect((await running.end()).phase).toBe('ended');
  });

  it('does not hang with a member that hangs, and carries its share once it is gone', async () => {
    const late: Sessions = await sides.oldUsers.getMap('late');
    const keys = keysOf('late');
    await Promise.all(keys.map(async (key) => await late.set(key, `of ${key}`, 0, 0)));
    const victim = sides.old.members[2]!;
    victim.hang();
    const carrying = startCourier(sides, 2, ['late']);
    const first = await carrying.until('level', ({ phase }) => phase === 'level');
    expect(first.unreachable).toBeGreaterThan(EACH / 6);
    expect(first.moved).toBeGreaterThan(EACH / 3);
    expect(first.moved).toBeLessThan(EACH);
    expect(first.detail).toMatch(/\d+ cannot be read/);

    await victim.kill();
    const second = await carrying.until('all are moved', ({ moved }) => moved === EACH);
    expect(second).toMatchObject({ conflicts: 0 });
    await carrying.until('nothing is out of reach', ({ unreachable }) => unreachable === 0);
    expect((await carrying.end()).phase).toBe('ended');
  });
});
