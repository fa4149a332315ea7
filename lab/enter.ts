/**
 * The way into the lab: a script runs as root of its own user, network, mount and process namespaces.
 * Nothing in there reaches a network or another process, and everything in there ends with it.
 */
import { type StdioOptions, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { exitCodeOf } from './command.ts';
import { PATHS } from './paths.ts';

/** Made by inside.sh on the lab's own /run. */
const MARK = '/run/lab/inside';

export const isInside = (): boolean => existsSync(MARK);

export interface EnterOptions {
  /** Its standard streams; this process's own when absent. */
  readonly stdio?: StdioOptions;
  /** Ends everything inside. */
  readonly signal?: AbortSignal;
}

/**
 * Runs a Node script inside. Works for root and for ordinary users.
 * When this process dies, however it dies, the kernel ends everything inside.
 * @returns the script's exit code, 128 + n when signal n ended it.
 * @throws Error when the namespaces' tools cannot be started, or `signal` aborts.
 */
export const enter = (
  scriptPath: string,
  args: readonly string[],
  { stdio = 'inherit', signal }: EnterOptions = {},
): Promise<number> => {
  const inside = [join(PATHS.lab, 'inside.sh'), process.execPath, scriptPath, ...args];
  const child = spawn(
    'setpriv',
    ['--pdeathsig', 'KILL', 'unshare', ...NAMESPACE_FLAGS, 'bash', ...inside],
    { stdio, killSignal: 'SIGKILL', ...(signal && { signal }) },
  );
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, killedBy) => resolve(exitCodeOf(code, killedBy)));
  });
};

/** User (this user as root), network, mount and process namespaces; the last dies with `unshare`. */
export const NAMESPACE_FLAGS = ['-Urnmpf', '--mount-proc', '--kill-child'] as const;
