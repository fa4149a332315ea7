/**
 * `npm test`: check, package, prepare the lab, then all tests. Everything runs even when something before it failed. The last
 * line counts all of it: `N passed, N failed`, a tool of `npm run check` like one test.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants, setPriority } from 'node:os';
import { join, resolve } from 'node:path';
import { prepare } from '../lab/prepare.ts';
import { describeMissing, missingTools } from '../lab/tools.ts';
import { checkAll } from './check.ts';

const CHECKOUT = resolve(import.meta.dirname, '..');

/** Against a run that hangs; the longest one takes a few minutes. */
const RUN_TIMEOUT_MS = 1_200_000;

interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const PASSED: Tally = { passed: 1, failed: 0, skipped: 0 };
const FAILED: Tally = { passed: 0, failed: 1, skipped: 0 };
const SKIPPED: Tally = { passed: 0, failed: 0, skipped: 1 };

interface Manner {
  /** Or in the end: of what runs beside each other only one part can be. */
  readonly isShownAtOnce: boolean;
  /** Only when nobody else wants the processor. */
  readonly isPatient?: boolean;
}

/** Runs Node on a script, shows what it says, and keeps it. */
const run = async (
  args: readonly string[],
  { isShownAtOnce, isPatient = false }: Manner,
): Promise<{ exit: number | null; output: string }> => {
  const child = spawn(process.execPath, args, {
    cwd: CHECKOUT,
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: RUN_TIMEOUT_MS,
    env: process.stdout.isTTY ? { FORCE_COLOR: '1', ...process.env } : process.env,
  });
  if (isPatient && child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW);
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    if (isShownAtOnce) process.stdout.write(chunk);
  });
  await once(child, 'close');
  if (!isShownAtOnce) process.stdout.write(Buffer.concat(chunks));
  return { exit: child.exitCode, output: Buffer.concat(chunks).toString() };
};

const checks = async (): Promise<Tally> => {
  const checked = await checkAll();
  const passed = checked.filter(({ ok }) => ok).length;
  return { passed, failed: checked.length - passed, skipped: 0 };
};

const packaging = async (): Promise<Tally> => {
  const { exit } = await run(['tools/package.ts'], { isShownAtOnce: true });
  return exit === 0 ? PASSED : FAILED;
};

/** Downloads and builds of the lab, which contract and lab tests need: here, where it can be told. */
const preparation = async (): Promise<Tally> => {
  const missing = missingTools();
  if (missing.length > 0) {
    console.log(describeMissing(missing));
    return process.env['CI'] === 'true' ? FAILED : SKIPPED;
  }
  try {
    await prepare();
    return PASSED;
  } catch (error) {
    console.error(error);
    return FAILED;
  }
};

/** A run that ends badly without a failed test, or without telling, counts as one failure. */
const testing = async (project: string, manner: Manner): Promise<Tally> => {
  const vitest = join('node_modules', 'vitest', 'vitest.mjs');
  const args = [vitest, 'run', '--project', project, '--passWithNoTests'];
  const { exit, output } = await run(args, manner);
  const told = [...output.matchAll(/^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/gm)].at(-1);
  const [passed = 0, failed = 0, skipped = 0] = told?.slice(1).map((n) => Number(n ?? 0)) ?? [];
  const isBroken = told === undefined || (exit !== 0 && failed === 0);
  return { passed, failed: failed + (isBroken ? 1 : 0), skipped };
};

const sumOf = (tallies: readonly Tally[]): Tally => {
  const sum = (key: keyof Tally): number => tallies.reduce((total, each) => total + each[key], 0);
  return { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') };
};

interface Part {
  readonly name: string;
  readonly play: (isShownAtOnce: boolean) => Promise<Tally>;
}

const tests = (project: string, isPatient = false): Part => ({
  name: project,
  play: async (isShownAtOnce) => await testing(project, { isShownAtOnce, isPatient }),
});

/**
 * One stage after the other; the lanes of a stage beside each other, each with its parts in turn. Real members and servers wait
 * most of the time: units, which compute, run beside them with what they leave of the processor. Never real members beside
 * real members: they would take it from each other while they boot.
 */
const STAGES: readonly (readonly (readonly Part[])[])[] = [
  [[{ name: 'check', play: checks }], [{ name: 'prepare', play: preparation }]],
  [[{ name: 'package', play: packaging }]],
  [
    [tests('contract'), tests('unit', true)],
    [tests('versions'), tests('lab')],
  ],
];

const toldOf = ({ passed, failed, skipped }: Tally): string =>
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;

const tallies: (readonly [name: string, tally: Tally])[] = [];
const playInTurn = async (lane: readonly Part[], isShownAtOnce: boolean): Promise<void> => {
  for (const { name, play } of lane) {
    if (isShownAtOnce) console.log(`\n=== ${name}`);
    tallies.push([name, await play(isShownAtOnce)]);
  }
};

for (const lanes of STAGES) {
  await Promise.all(lanes.map(async (lane, index) => await playInTurn(lane, index === 0)));
}
console.log('');
for (const [name, tally] of tallies) console.log(`${name.padEnd(20)}${toldOf(tally)}`);
const total = sumOf(tallies.map(([, tally]) => tally));
process.exitCode = total.failed === 0 ? 0 : 1;
console.log(`\n${toldOf(total)}`);
