/** One short-lived program: started, fed, and its output collected. */
import { type SpawnOptions, spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { ScriptResult } from './parts.ts';

/** More output than this is cut off: a script that prints for ever must not fill our memory. */
const OUTPUT_CHARS_MAX = 1 << 20;
const DEADLINE_MS = 30_000;

export interface CommandOptions {
  readonly input?: string;
  /** The whole environment; the caller's own when absent. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Kills the program with everything that it started in its process group. Default: 30 s. */
  readonly signal?: AbortSignal;
}

const collect = (stream: NodeJS.ReadableStream | null): (() => string) => {
  let text = '';
  stream?.setEncoding('utf8').on('data', (chunk: string) => {
    if (text.length < OUTPUT_CHARS_MAX) text += chunk;
  });
  return () => text;
};

const spawnOptions = (options: CommandOptions): SpawnOptions => ({
  stdio: ['pipe', 'pipe', 'pipe'],
  // A process group of its own, which one signal reaches, over namespaces too.
  detached: true,
  ...(options.environment && { env: { ...options.environment } }),
  ...(options.cwd !== undefined && { cwd: options.cwd }),
});

/**
 * Runs a program to its end.
 * @returns whatever it said; a program that a signal ended has exit code 128 + n, as in a shell.
 * @throws Error when it cannot be started, or `signal` aborts.
 */
export const run = (
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<ScriptResult> =>
  new Promise((resolve, reject) => {
    const signal = options.signal ?? AbortSignal.timeout(DEADLINE_MS);
    if (signal.aborted) {
      reject(new Error(`${program}: not started`, { cause: signal.reason }));
      return;
    }
    const child = spawn(program, args, spawnOptions(options));
    const stdout = collect(child.stdout);
    const stderr = collect(child.stderr);
    const abort = (): void => {
      killGroup(child.pid);
      reject(new Error(`${program}: given up`, { cause: signal.reason }));
    };
    signal.addEventListener('abort', abort, { once: true });
    child.once('error', (error) => {
      signal.removeEventListener('abort', abort);
      reject(error);
    });
    child.once('close', (code, killedBy) => {
      signal.removeEventListener('abort', abort);
      resolve({ exitCode: exitCodeOf(code, killedBy), stdout: stdout(), stderr: stderr() });
    });
    // A program that ends without reading is no error of ours.
    child.stdin?.on('error', () => {}).end(options.input ?? '');
  });

/** As a shell has it: 128 + n for a program that signal n ended. */
export const exitCodeOf = (code: number | null, signal: NodeJS.Signals | null): number =>
  code ?? 128 + (signal === null ? 0 : constants.signals[signal]);

/** The same, where anything but success is a defect. @throws Error with what the program said. */
export const mustRun = async (
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> => {
  const result = await run(program, args, options);
  if (result.exitCode !== 0) {
    const said = `${result.stderr}${result.stdout}`.trim();
    throw new Error(`${program} ${args.join(' ')}: exit code ${result.exitCode}: ${said}`);
  }
  return result.stdout;
};

const killGroup = (pid: number | undefined): void => {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Already gone.
  }
};
