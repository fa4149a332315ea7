/** Processes to kill, and a host's corner of the file system to kill them in. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DocumentName, scriptOf } from './documents.ts';

export interface Host {
  readonly root: string;
  /** Runs the document's script; overrides are parameters without their `SSM_`, more are other variables. */
  readonly run: (
    overrides?: Readonly<Record<string, string>>,
    more?: Readonly<Record<string, string>>,
  ) => Promise<Ran>;
  /** What was asked of systemctl, in order. */
  readonly systemctlCalls: () => Promise<readonly string[]>;
  /** Makes systemctl say that the unit's main process is this one. */
  readonly setMainPid: (pid: number) => Promise<void>;
  readonly remove: () => Promise<void>;
}

export interface Ran {
  readonly exitCode: number;
  readonly lastLine: string;
  readonly stderr: string;
}

export const INSTANCE = 'i-0123456789abcdef0';

/**
 * Stands in for systemd, which a test must not touch: it notes what it was asked, knows one main process, and does what
 * a test has put into `on-stop` and `on-kill`.
 */
const SYSTEMCTL = `#!/bin/bash
echo "$*" >>"$QUORATE_ROOT/systemctl.log"
case "$1" in
  show) echo "MainPID=$(cat "$QUORATE_ROOT/main.pid" 2>/dev/null || echo 0)" ;;
  stop) touch "$QUORATE_ROOT/stopped"; if [ -e "$QUORATE_ROOT/on-stop" ]; then bash "$QUORATE_ROOT/on-stop"; fi ;;
  kill) if [ -e "$QUORATE_ROOT/on-kill" ]; then bash "$QUORATE_ROOT/on-kill"; fi ;;
esac
`;

export const createHost = async (
  port: number,
  document: DocumentName = 'kill-member',
): Promise<Host> => {
  const root = await mkdtemp(join(tmpdir(), 'quorate-host-'));
  await mkdir(join(root, 'bin'));
  await writeFile(join(root, 'script.sh'), scriptOf(document));
  await writeFile(join(root, 'bin/systemctl'), SYSTEMCTL);
  await chmod(join(root, 'bin/systemctl'), 0o755);
  return {
    root,
    run: async (overrides = {}, more = {}) => {
      const parameters = {
        InstanceId: INSTANCE,
        Fence: '7',
        NotAfter: `${Date.now() + 60_000}`,
        StartedBefore: `${Date.now()}`,
        Service: 'member.service',
        Port: `${port}`,
        CaptureMs: '0',
        StopMs: '10000',
        ...overrides,
      };
      const variables = Object.entries(parameters).map(([name, value]) => [`SSM_${name}`, value]);
      return await runBash(join(root, 'script.sh'), {
        PATH: `${join(root, 'bin')}:${process.env['PATH'] ?? ''}`,
        QUORATE_ROOT: root,
        AWS_SSM_INSTANCE_ID: INSTANCE,
        ...Object.fromEntries(variables),
        ...more,
      });
    },
    systemctlCalls: async () => {
      const log = await readFile(join(root, 'systemctl.log'), 'utf8').catch(() => '');
      return log.split('\n').filter((line) => line !== '');
    },
    setMainPid: async (pid) => {
      await writeFile(join(root, 'main.pid'), `${pid}\n`);
    },
    remove: async () => {
      await rm(root, { recursive: true });
    },
  };
};

const runBash = async (script: string, env: Readonly<Record<string, string>>): Promise<Ran> =>
  await new Promise((resolveRan) => {
    execFile('bash', [script], { env }, (error, stdout, stderr) => {
      const lines = stdout.split('\n').filter((line) => line !== '');
      const code = error === null ? 0 : error.code;
      resolveRan({
        exitCode: typeof code === 'number' ? code : -1,
        lastLine: lines.at(-1) ?? '',
        stderr,
      });
    });
  });

const LISTENER = `
  const server = require('node:net').createServer((socket) => socket.end());
  server.listen(Number(process.argv[1]), '127.0.0.1', () => console.log(server.address().port));
  process.on('SIGTERM', () => {});
`;

export interface Victim {
  readonly process: ChildProcess;
  readonly pid: number;
  readonly port: number;
  /** Resolves with the signal that ended it. */
  readonly ended: Promise<string | null>;
}

/** A process that listens and ignores SIGTERM. @param port 0: any. */
export const createVictim = async (port = 0): Promise<Victim> => {
  const child = spawn(process.execPath, ['-e', LISTENER, `${port}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return await victimOf(child);
};

/** @param child prints the port it listens on as its first line. */
export const victimOf = async (child: ChildProcess): Promise<Victim> => {
  const ended = once(child, 'exit').then(([, signal]) =>
    typeof signal === 'string' ? signal : null,
  );
  if (child.stdout === null || child.pid === undefined) throw new Error('the victim did not start');
  const [line] = await once(child.stdout, 'data');
  return { process: child, pid: child.pid, port: Number(String(line)), ended };
};
