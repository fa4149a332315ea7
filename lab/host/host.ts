/** One host: namespaces with an init in them (bin/init), and the ways in that the lab has. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, open, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { run } from '../command.ts';
import type { Line } from '../lines.ts';
import type { HostSpec, ScriptResult } from '../parts.ts';
import { PATHS } from '../paths.ts';
import { listFor } from './discovery.ts';

/** Folders of all hosts, on the lab's own /run. */
const HOSTS = '/run/lab/hosts';
const BIN = join(PATHS.lab, 'host/bin');
/** What a busy machine needs for a few mounts; more is a defect. */
const BOOT_DEADLINE_MS = 20_000;

/** The unit file of api-server.service, as far as it can be chosen. */
export interface UnitSettings {
  /** `Restart=`. */
  readonly restart: 'no' | 'always';
  /** `TimeoutStopSec=`, whole seconds. */
  readonly stopTimeoutMs: number;
  /** A unit file in /etc cannot be masked at runtime, one in /usr/lib can (systemd.unit(5)). */
  readonly unitDirectory: '/etc/systemd/system' | '/usr/lib/systemd/system';
}

export interface BootOptions {
  readonly unit: UnitSettings;
  /** Of Hazelcast, whose member the host runs. */
  readonly line: Line;
  /** The JDK that the host has. */
  readonly javaHome: string;
  /** Folder with the list of running instances (see hypervisor.ts). */
  readonly discovery: string;
  /** Told to the API server. */
  readonly environment: Readonly<Record<string, string>>;
  /** Everything that init and member say goes here, over restarts. */
  readonly logFile: string;
}

export interface Host {
  /** Runs a script with bash inside, as root. Rejects when `signal` aborts. */
  exec(
    script: string,
    environment: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<ScriptResult>;
  /** Asks init to shut down. */
  shutDown(): Promise<void>;
  /** Ends every process of the host at once. */
  kill(): void;
  /** Resolves when the last process is gone. Never rejects. */
  readonly whenOff: Promise<void>;
}

/** Starts a host in its network namespace, which must exist. @throws Error when its init does not come up. */
export const bootHost = async (spec: HostSpec, options: BootOptions): Promise<Host> => {
  const folder = join(HOSTS, spec.instanceId);
  await makeFolder(folder, spec, options);
  const path = `/run/lab/bin:${options.javaHome}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`;
  const init = await spawnInit(spec, folder, { options, path });
  const whenOff = new Promise<void>((resolve) => {
    init.once('exit', () => resolve());
  }).then(() => rm(folder, { recursive: true, force: true }).catch(() => {}));
  const labPid = await pidOf(init);
  let scripts = 0;
  return {
    whenOff,
    async exec(script, environment, signal) {
      scripts += 1;
      const name = `run/lab/scripts/${scripts}.sh`;
      await writeFile(join(folder, name), script);
      const inside = ['--target', `${labPid}`, '--mount', '--net', '--pid', 'bash', `/${name}`];
      return await run('nsenter', inside, {
        environment: { PATH: path, HOME: '/root', LANG: 'C.UTF-8', ...environment },
        cwd: '/',
        signal,
      });
    },
    async shutDown() {
      // Without init its folder is gone, and there is nothing to ask for.
      await writeFile(join(folder, 'run/init/requests/0.0.shutdown'), '').catch(() => {});
    },
    kill() {
      // The end of process 1 is the end of its namespace: the kernel kills the others and reaps them.
      if (init.exitCode === null && init.signalCode === null) process.kill(labPid, 'SIGKILL');
    },
  };
};

const makeFolder = async (folder: string, spec: HostSpec, options: BootOptions): Promise<void> => {
  const own = [
    'tmp',
    'log',
    'quorate',
    'cloud/data',
    'run/init/requests',
    'run/systemd/system',
    'run/lock',
  ];
  const mounted = ['bin', 'member', 'discovery', 'scripts'].map((name) => `run/lab/${name}`);
  for (const name of [...own, ...mounted]) await mkdir(join(folder, name), { recursive: true });
  // Where cloud-init leaves it on EC2.
  await writeFile(join(folder, 'cloud/data/instance-id'), `${spec.instanceId}\n`);
  const { DISCOVER_GROUP, ...told } = options.environment;
  const variables = {
    ADDRESS: spec.address,
    RUNNING_INSTANCES: join('/run/lab/discovery', listFor(DISCOVER_GROUP ?? null)),
    ...told,
  };
  const lines = Object.entries(variables).map(([name, value]) => `${name}=${quote(value)}\n`);
  await writeFile(join(folder, 'run/lab/environment'), lines.join(''));
  await mkdir(dirname(options.logFile), { recursive: true });
};

/** For bash. */
const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

const spawnInit = async (
  spec: HostSpec,
  folder: string,
  { options, path }: { readonly options: BootOptions; readonly path: string },
): Promise<ChildProcess> => {
  const log = await open(options.logFile, 'a');
  const namespaces = ['unshare', '--mount', '--pid', '--fork', '--kill-child'];
  const init = spawn(
    'nsenter',
    [`--net=/run/netns/${spec.instanceId}`, ...namespaces, 'bash', join(BIN, 'init')],
    {
      stdio: ['ignore', log.fd, log.fd, 'pipe'],
      env: {
        PATH: path,
        HOST_DIR: folder,
        MEMBER_DIR: PATHS.member(options.line),
        BIN_DIR: BIN,
        DISCOVERY_DIR: options.discovery,
        UNIT_DIR: options.unit.unitDirectory,
        RESTART: options.unit.restart,
        STOP_TIMEOUT_S: `${Math.ceil(options.unit.stopTimeoutMs / 1000)}`,
      },
    },
  );
  init.once('spawn', () => void log.close());
  init.once('error', () => void log.close());
  return init;
};

/** What init says first: it is up, and its process id in the lab. */
const pidOf = (init: ChildProcess): Promise<number> =>
  new Promise((resolve, reject) => {
    const fail = (why: string): void => reject(new Error(`host did not boot: ${why}`));
    const timer = setTimeout(() => {
      init.kill('SIGKILL');
      fail(`nothing within ${BOOT_DEADLINE_MS} ms`);
    }, BOOT_DEADLINE_MS);
    init.once('error', (error) => fail(error.message));
    init.once('exit', () => fail('its init ended; see the log'));
    init.stdio[3]?.once('data', (data: Buffer) => {
      clearTimeout(timer);
      resolve(Number(/^up (\d+)/.exec(data.toString())?.[1]));
    });
  });
