/** What the adapter promises of every line of Hazelcast, asked of three real members. The cases build on each other. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readReply } from '../../src/observation-wire.ts';
import { bundle } from '../../tools/bundle.ts';
import { type Cluster, eventually, type Member, startCluster } from './cluster.ts';
import { startFrozen } from './frozen.ts';
import { RELEASES, type Release } from './lines.ts';
import * as o from './observer.ts';

const NEWEST = RELEASES.at(-1);
/** Lambda freezes an observer between two looks; longer than any time-out of the client, if there is time for it. */
const FREEZE_MS = Number(process.env['FREEZE_S'] ?? 2) * 1_000;

/** A member that comes back, or leaves, is seen at once; the machine may be busy. */
const SOON_MS = 30_000;
const NO_OWNERS = 'before 4.0 nothing that a member answers tells who owns a key (docs/adr/0004)';
const NO_CANARY = 'in 3.x a stuck member shows what everybody shows (docs/adr/0004)';

export const describeRelease = (release: Release, net: number): void => {
  /** By the client of Hazelcast; 2.x is asked by REST. */
  const hasClient = release.line === '4.x' || release.line === '5.x';
  const hasCanary = release.line !== '3.x';
  const canaryIs = (answer: string): string => (hasCanary ? answer : 'none/off');

  describe(`Hazelcast ${release.version}`, () => {
    let cluster: Cluster;
    let observer: o.Observer;
    let all: readonly Member[];
    const addresses = (): readonly string[] => all.map(({ address }) => address);
    /** The three of them: a master, and two others by whatever order they joined in. */
    const [first, second, third] = [0, 1, 2].map((n) => (): Member => {
      const member = all[n];
      if (member === undefined) throw new Error('three members');
      return member;
    }) as [() => Member, () => Member, () => Member];

    beforeAll(async () => {
      cluster = await startCluster(release, net);
      all = cluster.members;
      observer = o.createObserver(release);
    });
    afterAll(async () => {
      await observer?.close();
      await cluster?.stop();
    });

    const untilCanary = async (members: readonly Member[], answer: string): Promise<void> => {
      let seen = '';
      await eventually(SOON_MS, `every canary is ${answer}`, async () => {
        const round = await observer.see(all);
        seen = members.map((member) => o.canaryOf(round, member)).join();
        return members.every((member) => o.canaryOf(round, member) === answer);
      }).catch((error: unknown) => {
        throw new Error(`${String(error)}, but ${seen}`);
      });
    };

    it('is healthy, and every member lists the same members in the same order', async () => {
      const seen = await observer.see(all);

      expect(all.map((member) => o.healthOf(seen, member))).toEqual(['ok', 'ok', 'ok']);
      expect(o.sightOf(seen, first()).health).toMatchObject({
        value: { nodeState: 'ACTIVE', clusterState: 'ACTIVE', clusterSize: 3 },
      });
      expect(o.viewOf(seen, first()).toSorted()).toEqual(addresses());
      expect(o.viewOf(seen, second())).toEqual(o.viewOf(seen, first()));
      expect(o.viewOf(seen, third())).toEqual(o.viewOf(seen, first()));
    });

    it('says who its members are by a uuid, or by none where it has none', async () => {
      const { view } = o.sightOf(await observer.see(all), first());
      const uuids = view.answer === 'ok' ? view.value.members.map(({ uuid }) => uuid) : [];

      expect(new Set(uuids).size).toBe(release.line === '2.x' ? 1 : 3);
      expect(uuids.every((uuid) => uuid === '')).toBe(release.line === '2.x');
    });

    it('says that its backups are complete, where it says so', async () => {
      const safe = { answer: 'ok', value: true };
      let told: unknown;
      await eventually(SOON_MS, 'it is safe', async () => {
        const seen = await observer.see(all, { safety: true });
        told = all.map((member) => o.sightOf(seen, member).safe);
        return release.line === '2.x' || !JSON.stringify(told).includes('false');
      });
      expect(told).toMatchObject(release.line === '2.x' ? [null, null, null] : [safe, safe, safe]);
    });

    it('answers the canary of every member, an unused cluster included', async () => {
      await untilCanary(all, canaryIs('ok'));
    });

    it('is asked for the same partition by every observer of a round, and for the next in the next', async ({
      skip,
    }) => {
      if (!hasClient) skip(NO_OWNERS);
      const other = o.createObserver(release);
      await eventually(SOON_MS, 'the other observer is connected', async () => {
        const seen = await other.see(all);
        return all.every((member) => o.canaryOf(seen, member) === 'ok');
      });
      const partitions = async (from: o.Observer, turn: number): Promise<readonly number[]> => {
        const seen = await from.see(all, { turn });
        return all.map((member) => o.partitionOf(o.sightOf(seen, member).canary));
      };
      const [here, there, next] = [
        await partitions(observer, 7),
        await partitions(other, 7),
        await partitions(observer, 8),
      ];
      await other.close();

      expect(there).toEqual(here);
      expect(next.every((partition, n) => partition > (here[n] ?? Infinity))).toBe(true);
    });

    it('has members that reach each other', async () => {
      const pairs = [
        { via: first(), to: second() },
        { via: third(), to: first() },
      ];
      const { crossings } = await observer.see(all, { crossings: pairs.map(targetsOf) });

      expect(crossings).toEqual(
        pairs.map(({ via, to }) => ({
          via: via.instanceId,
          to: to.instanceId,
          answer: hasClient ? 'ok' : 'none',
        })),
      );
    });

    it('with another cluster name takes no canary, and every other probe goes on', async ({
      skip,
    }) => {
      if (!hasClient) skip('REST before 4.0 asks for no name');
      const stranger = o.createObserver(release, 'another');
      const seen = await stranger.see(all);
      await stranger.close();

      expect(all.map((member) => o.canaryOf(seen, member))).toEqual(
        all.map(() => 'none/notConnected'),
      );
      expect(all.map((member) => o.healthOf(seen, member))).toEqual(['ok', 'ok', 'ok']);
    });

    it('is seen by the prober as it is packaged', async ({ skip }) => {
      if (release !== NEWEST) skip('the bundle is the same for all');
      const folder = await mkdtemp(join(tmpdir(), 'quorate-prober-'));
      const fleets = { source: 'fleets.yml', sha256: '', fleets: [observer.fleet] };
      await bundle('probe', folder, fleets);
      const url = pathToFileURL(join(folder, 'probe/index.js')).href;
      const { handler } = (await import(url)) as { handler: (event: unknown) => Promise<unknown> };
      const canaries = async (): Promise<string> => {
        const reply = readReply(await handler(o.requestOf(observer.fleet, all)));
        const sights = reply.ok && 'sights' in reply.value ? reply.value.sights : {};
        return Object.values(sights)
          .map(({ canary }) => canary.answer)
          .join();
      };
      await eventually(SOON_MS, 'it is connected', async () => (await canaries()) === 'ok,ok,ok');

      expect(await canaries()).toBe('ok,ok,ok');
      await rm(folder, { recursive: true });
    });

    it('is seen again at once by an observer that was frozen', async ({ skip }) => {
      if (release !== NEWEST) skip('the observer is the same for all');
      const frozen = await startFrozen(release.version, all);
      await eventually(
        SOON_MS,
        'it is connected',
        async () => (await frozen.look()) === 'ok,ok,ok',
      );
      await frozen.freeze(FREEZE_MS);
      const told = await frozen.look();
      frozen.stop();

      expect(told).toBe('ok,ok,ok');
    });

    it('of which one member hangs shows that one silent after the handshake, the others well', async () => {
      second().hang();
      const crossings = [targetsOf({ via: first(), to: second() })];
      const seen = await observer.see(all, { crossings });

      expect(all.map((member) => o.healthOf(seen, member))).toEqual([
        'ok',
        'silent/answerTimeout',
        'ok',
      ]);
      expect(o.sightOf(seen, second()).tcp.answer).toBe('ok');
      expect(o.viewOf(seen, first()).toSorted()).toEqual(addresses());
      // By REST it may be the sick one's key that it was asked for.
      const spared = [first(), third()].map((member) => o.canaryOf(seen, member));
      const allowed = hasClient ? ['ok', 'ok'] : spared.filter((answer) => answer !== 'silent');
      expect(spared).toEqual(allowed);
      expect(o.canaryOf(seen, second())).not.toBe('ok');
      expect(seen.crossings[0]?.answer).toBe(hasClient ? 'silent' : 'none');
    });

    it('works as before when that member goes on', async () => {
      second().resume();
      await eventually(SOON_MS, 'every member answers', async () => {
        const seen = await observer.see(all);
        return all.every((member) => o.healthOf(seen, member) === 'ok');
      });
      await untilCanary(all, canaryIs('ok'));
    });

    it('of which one member is stuck answers every HTTP probe; the canary alone names it', async ({
      skip,
    }) => {
      if (!hasCanary) skip(NO_CANARY);
      if (!hasClient) skip('see the next case');
      await third().tell('stick', 'stuck');
      const suspected = await observer.see(all);
      const { canary } = o.sightOf(suspected, third());
      const confirm = { [third().instanceId]: o.partitionOf(canary) };
      const crossings = [targetsOf({ via: first(), to: third() })];
      const confirmed = await observer.see(all, { confirm, crossings });
      const last = await observer.see(all, { confirm, isLast: true });

      for (const seen of [suspected, confirmed, last]) {
        expect(all.map((member) => o.healthOf(seen, member))).toEqual(['ok', 'ok', 'ok']);
        expect(o.viewOf(seen, third()).toSorted()).toEqual(addresses());
        expect(all.map((member) => o.canaryOf(seen, member))).toEqual(['ok', 'ok', 'silent']);
        expect(o.partitionOf(o.sightOf(seen, third()).canary)).toBe(o.partitionOf(canary));
      }
      expect(confirmed.crossings[0]?.answer).toBe('silent');
    });

    it('of which one member is stuck names it by REST as well, and no other', async ({ skip }) => {
      if (release.line !== '2.x') skip('only 2.x is asked by REST');
      await third().tell('stick', 'stuck');
      let turn = 0;
      const told: string[][] = [];
      await eventually(SOON_MS, 'the stuck member is named', async () => {
        turn += 1;
        const seen = await observer.see(all, { turn });
        told.push(all.map((member) => o.canaryOf(seen, member)));
        expect(all.map((member) => o.healthOf(seen, member))).toEqual(['ok', 'ok', 'ok']);
        return told.at(-1)?.[2] === 'silent';
      });

      expect(told.filter(([one, two]) => one === 'silent' || two === 'silent')).toEqual([]);
      expect(told.filter(([, , three]) => three === 'ok')).toEqual([]);
    });

    it('of which one member is killed shows that its host refuses, and a list without it', async () => {
      await third().kill();
      await eventually(SOON_MS, 'the others list two', async () => {
        const seen = await observer.see(all);
        return [first(), second()].every((member) => o.viewOf(seen, member).length === 2);
      });
      await untilCanary([first(), second()], canaryIs('ok'));
      const seen = await observer.see(all);

      expect(o.healthOf(seen, third())).toBe('wrong/refused');
      expect(o.canaryOf(seen, third())).toBe(hasCanary ? 'none/notConnected' : 'none/off');
    });
  });
};

const targetsOf = ({ via, to }: { readonly via: Member; readonly to: Member }) => ({
  via: { instanceId: via.instanceId, address: via.address },
  to: { instanceId: to.instanceId, address: to.address },
});
