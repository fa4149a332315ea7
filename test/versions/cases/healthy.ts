/** Three members that are well, of every line. */
import { expect, it } from 'vitest';
import { eventually } from '../cluster.ts';
import { crossingOf, healthOf, sightOf, viewOf } from '../observer.ts';
import { canaryIs, SOON_MS, type Stage } from '../stage.ts';

export const healthyCases = (stage: Stage): void => {
  const { release, observer, all, addresses, first, second, third } = stage;

  it('is healthy, and every member lists the same members in the same order', async () => {
    const seen = await observer().see(all());

    expect(all().map((member) => healthOf(seen, member))).toEqual(['ok', 'ok', 'ok']);
    expect(sightOf(seen, first()).health).toMatchObject({
      value: { nodeState: 'ACTIVE', clusterState: 'ACTIVE', clusterSize: 3 },
    });
    expect(viewOf(seen, first()).toSorted()).toEqual(addresses());
    expect(viewOf(seen, second())).toEqual(viewOf(seen, first()));
    expect(viewOf(seen, third())).toEqual(viewOf(seen, first()));
  });

  it('says who its members are by a uuid, or by none where it has none', async () => {
    const { view } = sightOf(await observer().see(all()), first());
    const uuids = view.answer === 'ok' ? view.value.members.map(({ uuid }) => uuid) : [];

    expect(new Set(uuids).size).toBe(release.line === '2.x' ? 1 : 3);
    expect(uuids.every((uuid) => uuid === '')).toBe(release.line === '2.x');
  });

  it('says that its backups are complete, where it says so', async () => {
    const safe = { answer: 'ok', value: true };
    let told: unknown;
    await eventually(SOON_MS, 'it is safe', async () => {
      const seen = await observer().see(all(), { safety: true });
      told = all().map((member) => sightOf(seen, member).safe);
      return release.line === '2.x' || !JSON.stringify(told).includes('false');
    });

    expect(told).toMatchObject(release.line === '2.x' ? [null, null, null] : [safe, safe, safe]);
  });

  it('answers the canary of every member, an unused cluster included', async () => {
    await stage.untilCanaries(all(), canaryIs(stage, 'ok'));
  });

  it('has members that reach each other', async () => {
    const pairs = [
      { via: first(), to: second() },
      { via: third(), to: first() },
    ];
    const { crossings } = await observer().see(all(), { crossings: pairs.map(crossingOf) });

    expect(crossings).toEqual(
      pairs.map(({ via, to }) => ({
        via: via.instanceId,
        to: to.instanceId,
        answer: stage.hasClient ? 'ok' : 'none',
      })),
    );
  });
};
