/** Three real members of one release on loopback addresses. They die with whoever started them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PORT, type Release } from './lines.ts';
import { prepareRelease } from './prepare.ts';

/** Three members of 2.6 take up to 14 s alone (measured); the machine may be busy. */
const FORM_MS = 120_000;
const TELL_MS = 30_000;
const LOOK_MS = 200;

/** The class library's doors that Hazelcast documents for Java 17, and those that its old lines need. */
const OPENS = ['java.lang', 'java.nio', 'java.util', 'sun.nio.ch', 'jdk.internal.ref'].map(
  (name) => `--add-opens=java.base/${name}=ALL-UNNAMED`,
);
/** A small heap, the serial collector and C1 only: three members beside the tests on two cores. */
const FLAGS = ['-Xms64m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
const SHAPE = { size: 3, heapMb: 160 };

export interface Member {
  readonly instanceId: string;
  readonly address: string;
  /** SIGSTOP: it stops running and keeps its connections. */
  hang(): void;
  resume(): void;
  /** Resolves when it is gone. */
  kill(): Promise<void>;
  /** Tells it what to do, and waits for its word. */
  tell(order: 'stick' | 'use', word: 'stuck' | 'used'): Promise<void>;
}

export interface Cluster {
  readonly members: readonly Member[];
  stop(): Promise<void>;
}

/** @param net second octet of the addresses, so that two clusters never meet. @throws Error when they do not find each other. */
export const startCluster = async (
  release: Release,
  net: number,
  { size, heapMb } = SHAPE,
): Promise<Cluster> => {
  const folder = await mkdtemp(join(tmpdir(), `quorate-${release.version}-`));
  const addresses = Array.from({ length: size }, (_, n) => `127.${net}.0.${n + 1}`);
  const { java, classPath } = await prepareRelease(release);
  const children: ChildProcess[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(children.map(killAll));
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await mkdir(folder, { recursive: true });
    const members: Member[] = [];
    for (const address of addresses) {
      const config = join(folder, `${address}.xml`);
      await writeFile(config, release.config(address, addresses));
      const log = await open(join(folder, `${address}.log`), 'w');
      const own = [`-Dhazelcast.local.localAddress=${address}`, '-Djava.net.preferIPv4Stack=true'];
      const program = ['-cp', classPath, 'quorate.versions.Member', config];
      const args = [...FLAGS, `-Xmx${heapMb}m`, ...OPENS, ...own, ...program];
      const child = spawn('setpriv', ['--pdeathsig', 'KILL', java, ...args], {
        stdio: ['pipe', 'pipe', log.fd],
      });
      await log.close();
      children.push(child);
      members.push(memberOf(child, address, `i-${members.length + 1}`));
    }
    await formed(addresses);
    return { members, stop };
  } catch (error) {
    await stop();
    throw error;
  }
};

const killAll = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
};

const memberOf = (child: ChildProcess, address: string, instanceId: string): Member => {
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  return {
    instanceId,
    address,
    hang: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    kill: async () => await killAll(child),
    tell: async (order, word) => {
      child.stdin?.write(`${order}\n`);
      await eventually(TELL_MS, `${address} says ${word}`, () => output.includes(word));
    },
  };
};

/** Every member lists all, in whatever words. */
const formed = async (addresses: readonly string[]): Promise<void> => {
  const lists = async (address: string): Promise<boolean> => {
    const url = `http://${address}:${PORT}/hazelcast/rest/cluster`;
    const answer = await fetch(url, { signal: AbortSignal.timeout(2_000) }).catch(() => null);
    const text = (await answer?.text().catch(() => '')) ?? '';
    return addresses.every((each) => text.includes(`[${each}]`));
  };
  await eventually(FORM_MS, 'every member lists all', async () =>
    (await Promise.all(addresses.map(lists))).every(Boolean),
  );
};

/** @throws Error that names what did not come true in time. */
export const eventually = async (
  withinMs: number,
  what: string,
  isTrue: () => boolean | Promise<boolean>,
): Promise<void> => {
  const untilMs = performance.now() + withinMs;
  while (!(await isTrue())) {
    if (performance.now() > untilMs) throw new Error(`not within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
};
