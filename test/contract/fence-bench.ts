/**
 * Hosts to fence and to be fenced: network, mount and process namespaces of their own on one bridge, as any user. The
 * documents run in them as the agent would run them.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { run } from '../../lab/command.ts';
import type { ScriptResult } from '../../lab/parts.ts';
import { scriptOf } from '../adapters/documents.ts';

export const HOSTS = ['core', 'peer', 'third', 'fourth'] as const;
export type HostName = (typeof HOSTS)[number];

export const ADDRESS = {
  core: '10.88.0.4',
  peer: '10.88.0.5',
  third: '10.88.0.6',
  fourth: '10.88.0.7',
  /** The bridge itself: a gateway of every host. */
  router: '10.88.0.1',
} as const;
export const INSTANCE = {
  core: 'i-0000000000000000c',
  peer: 'i-0000000000000000a',
  third: 'i-00000000000000003',
  fourth: 'i-00000000000000004',
} as const;
export const PORT = 5701;

/** Overrides that lift the fence of `peer`, and that are about `third`. */
export const LIFT = { Action: 'lift', Until: '0' } as const;
export const THIRD = { PeerId: INSTANCE.third, PeerAddress: ADDRESS.third } as const;
/** How long a busy machine may take for what takes milliseconds. */
export const SOON = { timeout: 20_000 } as const;

export const inMs = (ms: number): string => `${Date.now() + ms}`;

const FLAGS = ['-Urnmpf', '--mount-proc', '--kill-child'];
const TRIAL = `PATH=$PATH:/usr/sbin:/sbin; mount -t tmpfs none /run && mkdir /run/netns && ip netns add trial &&
  ip link add br0 type bridge && iptables -N trial && nft add table ip trial && command -v ss nsenter setsid flock`;

/** Why the bench cannot stand here; empty when it can. */
export const missingForBench = (): string => {
  if (process.platform !== 'linux') return `this is ${process.platform}, not Linux`;
  const { status, stderr } = spawnSync('unshare', [...FLAGS, 'bash', '-c', TRIAL], {
    encoding: 'utf8',
  });
  return status === 0 ? '' : `namespaces, iproute2, iptables or nftables: ${stderr.trim()}`;
};

/** Tells the hosts apart, and lasts longer than any test. */
const firstProcess = (host: HostName): string => `sleep ${1_000_000 + HOSTS.indexOf(host)}`;

/** Prints the first process of each host, in their order. `agent`: a network namespace with nothing in it, for an agent that is not where the member is. */
const SETUP = `set -e
PATH=$PATH:/usr/sbin:/sbin
mount -t tmpfs none /run
mkdir /run/netns
ip link add br0 type bridge
ip addr add ${ADDRESS.router}/24 dev br0
ip link set br0 up
ip netns add agent
${HOSTS.map(
  (name) => `ip netns add ${name}
ip link add ${name} type veth peer name eth0 netns ${name}
ip link set ${name} master br0 up
ip -n ${name} link set lo up
ip -n ${name} addr add ${ADDRESS[name]}/24 dev eth0
ip -n ${name} link set eth0 up
ip -n ${name} route add default via ${ADDRESS.router}
ip netns exec ${name} unshare --mount --pid --fork --kill-child --mount-proc ${firstProcess(name)} &
until pgrep -xf '${firstProcess(name)}'; do read -rt 0.02 <> <(:) || :; done`,
).join('\n')}
echo up
wait`;

export interface Ran extends ScriptResult {
  readonly lastLine: string;
}

export type Parameters = Readonly<Record<string, string>>;

export interface Member {
  /** As its host sees it. */
  readonly pid: number;
  /** What became of its connection, oldest first. */
  readonly words: readonly string[];
}

export interface FenceBench {
  /** Where `core` keeps its files. */
  readonly root: string;
  /** Runs a command on a host. */
  readonly on: (host: HostName, script: string) => Promise<Ran>;
  /** Delivers the fence document to `core`. Overrides are parameters; `tools` are scripts that stand before the real ones. */
  readonly order: (overrides?: Parameters, more?: OrderOptions) => Promise<Ran>;
  /** Starts a member; its connection, if any, is up when this resolves. */
  readonly member: (host: HostName, connectTo?: string) => Promise<Member>;
  /** What is left of fences in the kernel of `core`. */
  readonly traces: () => Promise<string>;
  /** Ends members, takes every fence away, forgets every order. */
  readonly reset: () => Promise<void>;
  readonly close: () => void;
}

export interface OrderOptions {
  readonly tools?: Readonly<Record<string, string>>;
  /** The agent's network namespace; the host's own when absent. */
  readonly agentIn?: 'agent';
  /** Ends the agent, and whoever is in its process group. */
  readonly signal?: AbortSignal;
}

const MEMBER = fileURLToPath(new URL('./fence-member.ts', import.meta.url));
const COMMAND_DEADLINE_MS = 60_000;
const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`;

interface World {
  /** Arguments of `nsenter` that lead to a host. */
  readonly wayTo: (host: HostName, agentIn?: 'agent') => readonly string[];
  readonly close: () => void;
}

const startWorld = async (): Promise<World> => {
  const world = spawn('unshare', [...FLAGS, 'bash', '-c', SETUP], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const pids: string[] = [];
  for await (const line of createInterface({ input: world.stdout })) {
    if (line === 'up') break;
    pids.push(line);
  }
  if (pids.length !== HOSTS.length) throw new Error('the bench did not come up');
  const children = readFileSync(`/proc/${world.pid}/task/${world.pid}/children`, 'utf8');
  const [init = ''] = children.trim().split(' ');
  const inWorld = ['--target', init, '--user', '--net', '--mount', '--pid', '--'];
  return {
    wayTo: (host, agentIn) => {
      const target = ['--target', pids[HOSTS.indexOf(host)] ?? '', '--mount', '--pid'];
      const net = agentIn === undefined ? '--net' : `--net=/run/netns/${agentIn}`;
      return [...inWorld, 'nsenter', ...target, net, '--'];
    },
    close: () => void world.kill('SIGKILL'),
  };
};

/** Notes nothing and knows one main process, if a test says so. */
const SYSTEMCTL = `#!/bin/bash
case "$1" in show) echo "MainPID=$(cat "$QUORATE_ROOT/main.pid" 2>/dev/null || echo 0)" ;; esac
`;

export const createFenceBench = async (): Promise<FenceBench> => {
  const folder = mkdtempSync(join(tmpdir(), 'quorate-fence-'));
  const root = join(folder, 'core');
  const script = join(folder, 'script.sh');
  writeFileSync(script, scriptOf('fence-peer'));
  const forget = (): void => {
    rmSync(root, { recursive: true, force: true });
    mkdirSync(join(root, 'bin'), { recursive: true });
    writeFileSync(join(root, 'bin/systemctl'), SYSTEMCTL, { mode: 0o755 });
  };
  forget();
  const world = await startWorld();
  const members: StartedMember[] = [];
  const on = async (host: HostName, command: string): Promise<Ran> =>
    await execute([...world.wayTo(host), 'bash', '--norc', '-c', command], { PATH });
  return {
    root,
    on,
    order: async (overrides = {}, { tools = {}, agentIn, signal } = {}) => {
      const bin = mkdtempSync(join(folder, 'bin-'));
      for (const [name, text] of Object.entries(tools)) {
        writeFileSync(join(bin, name), `#!/bin/bash\n${text}\n`, { mode: 0o755 });
      }
      const parameters = Object.entries({ ...defaults(), ...overrides });
      const environment = {
        PATH: `${bin}:${join(root, 'bin')}:${PATH}`,
        QUORATE_ROOT: root,
        AWS_SSM_INSTANCE_ID: INSTANCE.core,
        ...Object.fromEntries(parameters.map(([name, value]) => [`SSM_${name}`, value])),
      };
      return await execute(
        [...world.wayTo('core', agentIn), 'bash', '--norc', script],
        environment,
        signal,
      );
    },
    member: async (host, connectTo) => {
      const started = await startMember(world, host, connectTo);
      members.push(started);
      return started;
    },
    traces: async () => {
      const { stdout } = await on(
        'core',
        'ip route show type prohibit; nft list tables; iptables -S OUTPUT | grep -e -A',
      );
      const ours = stdout.split('\n').filter((line) => /prohibit|quorate/.test(line));
      return ours.join('\n');
    },
    reset: async () => {
      for (const { host, pid, way } of members.splice(0)) {
        await on(host, `kill -KILL ${pid}`);
        // It stops with a child that is stopped, and would never notice its end.
        way.kill('SIGKILL');
      }
      await on('core', 'ip route flush type prohibit; iptables -F OUTPUT; nft flush ruleset');
      forget();
    },
    close: () => {
      world.close();
      rmSync(folder, { recursive: true });
    },
  };
};

const execute = async (
  command: readonly string[],
  environment: Parameters,
  signal?: AbortSignal,
): Promise<Ran> => {
  const deadline = AbortSignal.timeout(COMMAND_DEADLINE_MS);
  const ends = signal === undefined ? deadline : AbortSignal.any([deadline, signal]);
  const ran = await run('nsenter', command, { environment, signal: ends });
  const lines = ran.stdout.split('\n').filter((line) => line !== '');
  return { ...ran, lastLine: lines.at(-1) ?? '' };
};

interface StartedMember extends Member {
  readonly host: HostName;
  /** The process that led into the host. */
  readonly way: ChildProcess;
}

const startMember = async (
  world: World,
  host: HostName,
  connectTo: string | undefined,
): Promise<StartedMember> => {
  const args = [MEMBER, `${PORT}`, ...(connectTo === undefined ? [] : [connectTo])];
  const way = spawn('nsenter', [...world.wayTo(host), process.execPath, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH },
  });
  const words: string[] = [];
  const ready = connectTo === undefined ? 'listening' : 'connected';
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: way.stdout }).on('line', (line) => {
      words.push(line);
      if (line === ready) resolve();
    });
    way.once('exit', () => reject(new Error(`the member on ${host} ended`)));
  });
  const pid = Number(/^pid (\d+)$/.exec(words.shift() ?? '')?.[1]);
  return { host, pid, way, words };
};

const defaults = (): Parameters => ({
  Action: 'fence',
  Hosts: `${INSTANCE.core},${INSTANCE.third}`,
  PeerId: INSTANCE.peer,
  PeerAddress: ADDRESS.peer,
  Fence: '7',
  NotAfter: `${Date.now() + 60_000}`,
  Until: `${Date.now() + 120_000}`,
  Seats: '3',
  Networks: '10.88.0.0/16',
  Service: 'member.service',
  Port: `${PORT}`,
});
