/**
 * `npm run bench -- [--runs N] [--only NAME]... [--json FILE] [--start] [--test] [--from FILE]`: measures every figure that
 * the project publishes, and writes docs/benchmarks.md; a page that lacks a scenario with a goal is printed instead.
 * `--start` and `--test` also time `npm start` and `npm test`. `--from` takes the scenarios from an earlier `--json`, and
 * measures the rest anew. Exit 1 when a goal was not met.
 */
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { canRehearse, packageForLab } from '../lab/rehearse.ts';
import { timeCommand } from './bench/commands.ts';
import { describeMachine } from './bench/machine.ts';
import { pageOf } from './bench/page.ts';
import { DISTURBED_SCENARIOS, GOAL_SCENARIOS, planRuns } from './bench/plan.ts';
import {
  type CommandTime,
  type Played,
  type Report,
  readPlayed,
  writeReport,
} from './bench/report.ts';
import { OFF_CAP_MS, playRuns } from './bench/runs.ts';
import { measureStartup } from './bench/startup.ts';
import { unmet } from './bench/verdict.ts';

const PAGE = join(resolve(import.meta.dirname, '..'), 'docs/benchmarks.md');

interface Options {
  readonly json: string | undefined;
  readonly from: string | undefined;
  readonly runs: number;
  readonly only: readonly string[];
  readonly start: boolean;
  readonly test: boolean;
}

/** @throws Error that says what is wrong, and what is allowed. */
const readOptions = (argv: readonly string[]): Options => {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      json: { type: 'string' },
      from: { type: 'string' },
      runs: { type: 'string', default: '5' },
      only: { type: 'string', multiple: true, default: [] },
      start: { type: 'boolean', default: false },
      test: { type: 'boolean', default: false },
    },
  });
  const runs = Number(values.runs);
  if (!Number.isInteger(runs) || runs < 1) throw new Error(`--runs ${values.runs}: 1 or more`);
  const known = [...GOAL_SCENARIOS, ...DISTURBED_SCENARIOS];
  const unknown = values.only.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`--only ${unknown}: there are ${known.join(', ')}`);
  return { ...values, json: values.json, from: values.from, runs };
};

/** For whoever wants to do it again; where the files lie is nobody's business. */
const commandOf = ({ runs, only }: Options): string =>
  [`npm run bench -- --runs ${runs}`, ...only.map((name) => `--only ${name}`)].join(' ');

const measureAll = async (options: Options): Promise<Report> => {
  const { json, from, runs, only } = options;
  const before = from === undefined ? null : await readPlayed(from);
  const machine = await describeMachine();
  const build = await packageForLab('balanced');
  const rest = { startupMachine: machine, startup: await measureStartup(build) };
  const keep = async (played: Played, commands: readonly CommandTime[]): Promise<Report> => {
    const report: Report = { ...played, ...rest, commands };
    if (json !== undefined) await writeReport(json, report);
    return report;
  };
  const base = { command: commandOf(options), machine, runs, offCapMs: OFF_CAP_MS };
  const played: Played = before ?? {
    ...base,
    ...(await playRuns(planRuns(runs, only), build, async (sofar) => {
      await keep({ ...base, ...sofar }, []);
    })),
  };
  const commands: CommandTime[] = [];
  if (options.start) commands.push(await timeCommand('start'));
  if (options.test) commands.push(await timeCommand('test'));
  return await keep(played, commands);
};

const isWhole = ({ results, failedRuns }: Report): boolean =>
  GOAL_SCENARIOS.every((name) =>
    [...results, ...failedRuns].some(({ scenario }) => scenario === name),
  );

const main = async (argv: readonly string[]): Promise<number> => {
  let options: Options;
  try {
    options = readOptions(argv);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return 2;
  }
  if (!canRehearse()) return 2;
  const report = await measureAll(options);
  if (isWhole(report)) await writeFile(PAGE, pageOf(report));
  else console.log(pageOf(report));
  const missed = unmet(report);
  for (const what of missed) console.error(`goal not met: ${what}`);
  return missed.length === 0 ? 0 : 1;
};

process.exitCode = await main(process.argv.slice(2));
