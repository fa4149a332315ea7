/** Times whole commands of the README. Their output goes to files beside the lab's logs. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { exitCodeOf } from '../../lab/command.ts';
import { PATHS } from '../../lab/paths.ts';
import type { CommandTime } from './report.ts';

const CHECKOUT = resolve(import.meta.dirname, '../..');
/** A command that hangs is stopped: three times the larger goal. */
const DEADLINE_MS = 1_440_000;

/** What is promised: on 2 cores, after the first download. */
export const COMMANDS = {
  start: { args: ['start'], goalMs: 180_000 },
  test: { args: ['test'], goalMs: 480_000 },
} as const;

export const timeCommand = async (name: keyof typeof COMMANDS): Promise<CommandTime> => {
  const { args, goalMs } = COMMANDS[name];
  await mkdir(PATHS.logs, { recursive: true });
  const log = join(PATHS.logs, `npm-${name}.txt`);
  console.log(`npm ${name}: at most ${goalMs / 60_000} min are allowed; its output is in ${log}`);
  const output = await open(log, 'w');
  try {
    const startedMs = performance.now();
    const child = spawn('npm', args, {
      cwd: CHECKOUT,
      stdio: ['ignore', output.fd, output.fd],
      timeout: DEADLINE_MS,
    });
    await once(child, 'close');
    const wallMs = Math.round(performance.now() - startedMs);
    const exitCode = exitCodeOf(child.exitCode, child.signalCode);
    console.log(`  ${Math.round(wallMs / 1_000)} s, exit code ${exitCode}`);
    return { command: `npm ${name}`, goalMs, wallMs, exitCode };
  } finally {
    await output.close();
  }
};
