/**
 * How fast one process carries sessions, and with how much memory: `node tools/bench-courier.ts [--entries N] [--members N]
 * [--bytes N] [--backups N]`. Real members of the newest line on loopback, beside it on the same machine, whose cores they share.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import type { Client } from 'hazelcast-client';
import { connectSides, type Way } from '../src/adapters/hazelcast/courier/connect.ts';
import { systemClock } from '../src/adapters/system/clock.ts';
import { carry } from '../src/courier/courier.ts';
import { createMemoryRow } from '../test/fakes/memory-row.ts';
import { startCluster } from '../test/versions/cluster.ts';
import { clientOf, releaseNamed, sideOf } from '../test/versions/courier/sides.ts';
import type { Release } from '../test/versions/lines.ts';

const MAP = 'sessions';
const NET = 94;
/** What a session takes with its copy, a key of 40 bytes and the member's own bookkeeping. */
const OVERHEAD_BYTES = 600;
const BATCH = 2_000;
const MIB = 1024 * 1024;

interface Carried {
  readonly entries: number;
  readonly seconds: number;
  /** CPU that this process used, user and system. */
  readonly cpuSeconds: number;
  readonly peakMib: number;
}

const withMap = (release: Release, backups: number): Release => ({
  ...release,
  config: (own, all) =>
    release
      .config(own, all)
      .replace(
        '</hazelcast>',
        `<map name="default"><backup-count>${backups}</backup-count><time-to-live-seconds>7200</time-to-live-seconds></map></hazelcast>`,
      ),
});

const fill = async (client: Client, entries: number, bytes: number): Promise<void> => {
  const sessions = await client.getMap<string, string>(MAP);
  const text = 'x'.repeat(bytes);
  for (let begin = 0; begin < entries; begin += BATCH) {
    const count = Math.min(BATCH, entries - begin);
    await sessions.setAll(
      Array.from({ length: count }, (_, n) => [
        `session-${begin + n}-0123456789abcdef`,
        `${text}${n}`,
      ]),
    );
  }
};

const cpuSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000_000;
};

/** In the process that is measured: nothing else has run in it. */
const measure = async (way: Way): Promise<Carried> => {
  const memory = createMemoryRow();
  // What is written is kept elsewhere.
  const journal = { ...memory.journal, append: async () => ({ ok: true, value: null }) as const };
  const begunMs = performance.now();
  let doneMs: number | null = null;
  const watch = setInterval(() => {
    if (memory.standing?.word.phase !== 'level') return;
    doneMs ??= performance.now();
    memory.wish = { endJob: 1 };
  }, 10);
  const word = await carry(
    {
      clock: systemClock,
      row: memory.row,
      journalOf: () => journal,
      connect: async (hear) => await connectSides(way, hear),
      random: Math.random,
    },
    {
      job: 1,
      undoes: null,
      from: way.from.addresses,
      to: way.to.addresses,
      holder: 'bench',
      maps: way.maps,
      entriesPerS: Infinity,
      leastTtlMs: 5_000,
      untilMs: Date.now() + 3_600_000,
    },
  );
  clearInterval(watch);
  if ('stoodBack' in word) throw new Error(word.stoodBack);
  return {
    entries: word.moved,
    seconds: ((doneMs ?? performance.now()) - begunMs) / 1_000,
    cpuSeconds: cpuSeconds(),
    peakMib: process.resourceUsage().maxRSS / 1024,
  };
};

const main = async (): Promise<void> => {
  const number = (text: string): number => Number(text.replaceAll('_', ''));
  const { values } = parseArgs({
    options: {
      entries: { type: 'string', default: '1000000' },
      members: { type: 'string', default: '2' },
      bytes: { type: 'string', default: '300' },
      backups: { type: 'string', default: '1' },
    },
  });
  const [entries, size] = [number(values.entries), number(values.members)];
  const [bytes, backups] = [number(values.bytes), number(values.backups)];
  const perMember = (entries * (bytes + OVERHEAD_BYTES) * (backups + 1)) / size;
  const shape = { size, heapMb: Math.round(160 + (perMember * 1.5) / MIB) };
  const old = await startCluster(withMap(releaseNamed('old'), backups), NET, shape);
  const fresh = await startCluster(withMap(releaseNamed('fresh'), backups), NET + 1, shape);
  try {
    const client = await clientOf(sideOf(old, 'old'));
    await fill(client, entries, bytes);
    await client.shutdown();
    const way: Way = { from: sideOf(old, 'old'), to: sideOf(fresh, 'fresh'), maps: [MAP] };
    console.log(
      `${size} members a side, ${shape.heapMb} MB of heap each; ${backups} backups; ${bytes} bytes a value`,
    );
    const child = fork(import.meta.filename, [], {
      env: { ...process.env, COURIER_WAY: JSON.stringify(way) },
    });
    await once(child, 'exit');
  } finally {
    await Promise.all([old.stop(), fresh.stop()]);
  }
};

const told = process.env['COURIER_WAY'];
if (told === undefined) {
  await main();
} else {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- from this same program
  const { entries, seconds, cpuSeconds: cpu, peakMib } = await measure(JSON.parse(told) as Way);
  console.log(
    `${entries} entries in ${seconds.toFixed(1)} s: ${Math.round(entries / seconds)} entries/s, ${Math.round(entries / cpu)} in a second of its own CPU, at most ${Math.round(peakMib)} MiB`,
  );
}
