/** Two real clusters with different names, and what users do on them. */
import { Client } from 'hazelcast-client';
import { connectSides } from '../../../src/adapters/hazelcast/courier/connect.ts';
import type { Side } from '../../../src/adapters/hazelcast/courier/members.ts';
import { systemClock } from '../../../src/adapters/system/clock.ts';
import type { CourierWord } from '../../../src/core/sides.ts';
import { type CourierParts, carry } from '../../../src/courier/courier.ts';
import { createMemoryRow, type MemoryRow } from '../../fakes/memory-row.ts';
import { type Cluster, eventually, startCluster } from '../cluster.ts';
import { CLUSTER, PORT, RELEASES, type Release } from '../lines.ts';

export interface Sides {
  readonly old: Cluster;
  readonly fresh: Cluster;
  readonly oldUsers: Client;
  readonly freshUsers: Client;
  readonly stop: () => Promise<void>;
}

const SOON_MS = 60_000;

/** @throws Error when there is no such release. */
export const releaseNamed = (cluster: string): Release => {
  const newest = RELEASES.at(-1);
  if (newest === undefined) throw new Error('no release');
  const name = (of: string): string => `<cluster-name>${of}</cluster-name>`;
  return {
    ...newest,
    config: (own, all) => newest.config(own, all).replace(name(CLUSTER), name(cluster)),
  };
};

export const sideOf = ({ members }: Cluster, cluster: string): Side => ({
  cluster,
  port: PORT,
  addresses: members.map(({ address }) => address),
});

export const clientOf = async ({ cluster, addresses }: Side): Promise<Client> =>
  await Client.newHazelcastClient({
    clusterName: cluster,
    network: { clusterMembers: addresses.map((address) => `${address}:${PORT}`) },
    properties: { 'hazelcast.logging.level': 'OFF' },
  });

export const startSides = async (net: number): Promise<Sides> => {
  const old = await startCluster(releaseNamed('old'), net);
  const fresh = await startCluster(releaseNamed('fresh'), net + 1);
  const oldUsers = await clientOf(sideOf(old, 'old'));
  const freshUsers = await clientOf(sideOf(fresh, 'fresh'));
  return {
    old,
    fresh,
    oldUsers,
    freshUsers,
    stop: async () => {
      // A client of a member that hangs would wait for it.
      void oldUsers.shutdown().catch(() => {});
      await freshUsers.shutdown();
      await Promise.all([old.stop(), fresh.stop()]);
    },
  };
};

export interface Running {
  readonly memory: MemoryRow;
  readonly word: () => CourierWord;
  readonly until: (what: string, isTrue: (word: CourierWord) => boolean) => Promise<CourierWord>;
  readonly end: () => Promise<CourierWord>;
}

export const startCourier = (
  { old, fresh }: Sides,
  job: number,
  maps: readonly string[],
  connect?: CourierParts['connect'],
): Running => {
  const memory = createMemoryRow();
  const word = (): CourierWord => {
    if (memory.standing === null) throw new Error('it has not said anything');
    return memory.standing.word;
  };
  const way = { from: sideOf(old, 'old'), to: sideOf(fresh, 'fresh'), maps };
  const ended = carry(
    {
      clock: systemClock,
      row: memory.row,
      journalOf: () => memory.journal,
      connect: connect ?? (async (hear) => await connectSides(way, hear)),
      random: Math.random,
    },
    {
      job,
      undoes: null,
      from: way.from.addresses,
      to: way.to.addresses,
      holder: `courier-${job}`,
      maps,
      entriesPerS: Infinity,
      leastTtlMs: 20_000,
      untilMs: Date.now() + 600_000,
    },
  );
  const until: Running['until'] = async (what, isTrue) => {
    const isSo = (): boolean => memory.standing !== null && isTrue(word());
    await eventually(SOON_MS, what, isSo).catch((error: unknown) => {
      throw new Error(`${String(error)}, but ${JSON.stringify(memory.standing?.word)}`);
    });
    return word();
  };
  return {
    memory,
    word,
    until,
    end: async () => {
      memory.wish = { endJob: job };
      await ended;
      return word();
    },
  };
};
