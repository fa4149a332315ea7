/** Hosts for the ladder: each a member process on an address of the loopback, and a corner of the file system. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { HostSpec, Hypervisor } from '../../lab/parts.ts';

/** 10.77.1.4 in the region is 127.77.1.4 here. */
export const loopbackOf = (address: string): string => address.replace(/^10\./, '127.');

export interface Hosts extends Hypervisor {
  /** The members' port, the same on all hosts. */
  readonly port: number;
  readonly withoutAgent: Set<string>;
  /** SIGSTOP and SIGCONT for the host's member. */
  signal: (instanceId: string, signal: 'SIGSTOP' | 'SIGCONT') => void;
  /** Addresses that the members list, oldest first. */
  readonly members: () => readonly string[];
  /** No host goes off until the returned function is called. */
  readonly holdPower: () => () => void;
  readonly stop: () => Promise<void>;
}

interface Host {
  readonly spec: HostSpec;
  readonly folder: string;
  readonly member: ChildProcess;
}

/** All hosts share one kernel: each sees its own listeners only. */
const SS = (address: string): string => `#!/bin/bash
PATH=${REAL_PATH} ss "$@" | grep -F '${address}:'
`;

/** Stands in for systemd, which a test must not touch. */
const SYSTEMCTL = (pid: number): string => `#!/bin/bash
case "$1" in show) echo MainPID=${pid} ;; esac
`;

const REAL_PATH = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`;
const MEMBER = fileURLToPath(new URL('./ladder-member.ts', import.meta.url));

/** One that nobody uses now: these addresses are everybody's on this machine. */
const freePort = async (): Promise<number> => {
  const server = createServer();
  server.listen(0, '0.0.0.0');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('not a TCP server');
  return address.port;
};

export const createHosts = async (): Promise<Hosts> => {
  const port = await freePort();
  const root = mkdtempSync(join(tmpdir(), 'ladder-'));
  const membersFile = join(root, 'members.json');
  const hosts = new Map<string, Host>();
  const withoutAgent = new Set<string>();
  let listed: readonly { readonly address: string; readonly uuid: string }[] = [];

  /** As soon as a process ends its peers see the connections break. */
  const list = (members: typeof listed): void => {
    listed = members;
    writeFileSync(`${membersFile}.new`, JSON.stringify(listed));
    renameSync(`${membersFile}.new`, membersFile);
  };
  list([]);
  const startMember = async ({ address }: HostSpec): Promise<ChildProcess> => {
    const args = [MEMBER, loopbackOf(address), `${port}`, membersFile];
    const member = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    member.once('exit', () => list(listed.filter((each) => each.address !== address)));
    const said = await Promise.race([once(member.stdout, 'data'), once(member, 'exit')]);
    if (!String(said[0]).startsWith('listening')) throw new Error('the member did not start');
    list([...listed, { address, uuid: randomUUID() }]);
    return member;
  };
  const hostOf = (instanceId: string): Host => {
    const host = hosts.get(instanceId);
    if (host === undefined) throw new Error(`host ${instanceId} is off`);
    return host;
  };
  const powerOff = async (instanceId: string): Promise<void> => {
    const member = hosts.get(instanceId)?.member;
    hosts.delete(instanceId);
    if (member === undefined || member.exitCode !== null || member.signalCode !== null) return;
    const ended = once(member, 'exit');
    member.kill('SIGKILL');
    await ended;
  };
  let power = Promise.resolve();
  return {
    port,
    withoutAgent,
    holdPower: () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      power = promise;
      return resolve;
    },
    members: () => listed.map(({ address }) => address),
    signal: (instanceId, signal) => hostOf(instanceId).member.kill(signal),
    stop: async () => {
      await Promise.all([...hosts.keys()].map(powerOff));
      rmSync(root, { recursive: true });
    },
    powerOn: async (spec) => {
      const folder = join(root, spec.instanceId);
      mkdirSync(join(folder, 'bin'), { recursive: true });
      const member = await startMember(spec);
      const tool = (name: string, text: string): void =>
        writeFileSync(join(folder, 'bin', name), text, { mode: 0o755 });
      tool('ss', SS(loopbackOf(spec.address)));
      tool('systemctl', SYSTEMCTL(member.pid ?? 0));
      hosts.set(spec.instanceId, { spec, folder, member });
    },
    powerOff: async (instanceId) => {
      await power;
      await powerOff(instanceId);
    },
    isOn: (instanceId) => hosts.has(instanceId),
    hasAgent: (instanceId) => !withoutAgent.has(instanceId),
    run: async (instanceId, script, environment, signal) => {
      const { folder } = hostOf(instanceId);
      const env = {
        ...environment,
        PATH: `${join(folder, 'bin')}:${REAL_PATH}`,
        QUORATE_ROOT: folder,
        AWS_SSM_INSTANCE_ID: instanceId,
      };
      return await new Promise((resolve, reject) => {
        execFile('bash', ['--norc', '-c', script], { env, signal }, (error, stdout, stderr) => {
          if (error !== null && typeof error.code !== 'number') reject(error);
          else resolve({ exitCode: Number(error?.code ?? 0), stdout, stderr });
        });
      });
    },
  };
};
