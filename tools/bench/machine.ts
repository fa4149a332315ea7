/** What the figures were measured on and with: without it they mean nothing. */

import { availableParallelism, cpus, release, totalmem, type } from 'node:os';
import { join, resolve } from 'node:path';
import { mustRun, run } from '../../lab/command.ts';
import { findJdk } from '../../lab/tools.ts';
import type { Machine } from './report.ts';

const CHECKOUT = resolve(import.meta.dirname, '../..');

/** @throws Error when there is no Java. */
export const describeMachine = async (): Promise<Machine> => ({
  date: new Date().toISOString(),
  commit: await commit(),
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  cores: availableParallelism(),
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  os: `${type()} ${/^\d+\.\d+/.exec(release())?.[0] ?? ''}`.trim(),
  node: process.version,
  java: await java(),
});

/** With a `+` when something was changed since. */
const commit = async (): Promise<string | null> => {
  const options = { cwd: CHECKOUT };
  const head = await run('git', ['rev-parse', '--short', 'HEAD'], options).catch(() => null);
  if (head?.exitCode !== 0) return null;
  const changed = await mustRun('git', ['status', '--porcelain', '--untracked-files=no'], options);
  return head.stdout.trim() + (changed === '' ? '' : '+');
};

const java = async (): Promise<string> => {
  const home = findJdk()?.home;
  if (home === undefined) throw new Error('no suitable JDK: see the missing tools');
  const { stdout } = await run(join(home, 'bin/java'), ['--version']);
  return stdout.split('\n')[0] ?? 'unknown';
};
