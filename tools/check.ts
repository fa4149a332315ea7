/** `npm run check`: everything that tools can say about the source. One line a tool, then what the failed ones said. */
import {
  type ChildProcessByStdio,
  type SpawnOptionsWithStdioTuple,
  type StdioNull,
  type StdioPipe,
  spawn,
} from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';

const CHECKOUT = resolve(import.meta.dirname, '..');
const BIN = join(CHECKOUT, 'node_modules/.bin');

export interface Checked {
  readonly name: string;
  readonly ok: boolean;
  readonly seconds: number;
  readonly output: string;
}

const OPTIONS = {
  cwd: CHECKOUT,
  stdio: ['ignore', 'pipe', 'pipe'],
  env: { ...process.env, NO_COLOR: '1', PATH: `${BIN}${delimiter}${process.env['PATH']}` },
} satisfies SpawnOptionsWithStdioTuple<StdioNull, StdioPipe, StdioPipe>;

type Tool = ChildProcessByStdio<null, Readable, Readable>;

/** Slowest first, so that the others fill the gaps beside it. */
const CHECKS: readonly { readonly name: string; readonly start: () => Tool }[] = [
  { name: 'lint', start: () => spawn('oxlint', ['--type-aware'], OPTIONS) },
  // Format, import order, layers, cycles, sizes.
  {
    name: 'form',
    start: () => spawn('biome', ['ci', '--error-on-warnings', '--colors=off'], OPTIONS),
  },
  { name: 'dead code', start: () => spawn('knip', ['--treat-config-hints-as-errors'], OPTIONS) },
  { name: 'types', start: () => spawn('tsc', [], OPTIONS) },
  // Without Node's types and globals: the core is pure.
  { name: 'core types', start: () => spawn('tsc', ['-p', 'src/core'], OPTIONS) },
];

/** All checks, two at a time on two cores. Never rejects: a tool that cannot be started has failed. */
export const checkAll = async (): Promise<readonly Checked[]> => {
  const waiting = [...CHECKS];
  const done: Checked[] = [];
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const checked = await check(next.name, next.start);
      console.log(
        `${checked.ok ? 'ok    ' : 'failed'} ${checked.name} ${checked.seconds.toFixed(1)} s`,
      );
      done.push(checked);
    }
  };
  await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, worker));
  for (const { name, output } of done.filter(({ ok }) => !ok))
    console.log(`\n--- ${name}\n${output}`);
  return done;
};

const check = async (name: string, start: () => Tool): Promise<Checked> => {
  const startedMs = performance.now();
  const child = start();
  const outputs = Promise.all([text(child.stdout), text(child.stderr)]);
  const failure = once(child, 'close').then(
    ([code]) => (code === 0 ? null : `exit code ${code}`),
    (error: Error) => error.message,
  );
  const why = await failure;
  const output = (await outputs).join('').trim();
  const seconds = (performance.now() - startedMs) / 1000;
  return { name, ok: why === null, seconds, output: `${output}\n${why ?? ''}`.trim() };
};

if (import.meta.main) {
  const checked = await checkAll();
  process.exitCode = checked.every(({ ok }) => ok) ? 0 : 1;
}
