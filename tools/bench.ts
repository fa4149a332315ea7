/**
 * `npm run bench -- [--runs N] [--section NAME]... [--only SCENARIO]... [--controller WHO]... [--from FILE]... [--missing]
 * [--json FILE] [--start] [--test] [--plan]`: measures every figure that the project publishes, and writes docs/benchmarks.md
 * and the README's table; a page that lacks a run of the plan is printed instead. A whole benchmark takes hours, so it can be
 * put together: `--from` takes what earlier `--json` files hold, newest last, and then only what `--section`, `--only` or
 * `--controller` names is played anew, or with `--missing` only what no file holds. `--start` and `--test` also time
 * `npm start` and `npm test`; `--plan` says what would be played, and for how long. Exit 1 when a goal was not met.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createPackages, packageQuorate } from '../lab/packages.ts';
import { prepare } from '../lab/prepare.ts';
import { canRehearse } from '../lab/rehearse.ts';
import { timeCommand } from './bench/commands.ts';
import { withHeadline } from './bench/headline.ts';
import { describeMachine } from './bench/machine.ts';
import { commandOf, type Options, readOptions } from './bench/options.ts';
import { pageOf } from './bench/page.ts';
import { keyOf, missingOf, type PlannedRun, planRuns } from './bench/plan.ts';
import {
  type CommandTime,
  merge,
  type PlayedRun,
  type Report,
  readReport,
  runsOf,
  writeReport,
} from './bench/report.ts';
import { estimateMs, playRuns } from './bench/runs.ts';
import { measureStartup } from './bench/startup.ts';
import { unmet } from './bench/verdict.ts';

const CHECKOUT = resolve(import.meta.dirname, '..');
const PAGE = join(CHECKOUT, 'docs/benchmarks.md');
const README = join(CHECKOUT, 'README.md');

const measureAll = async (
  options: Options,
  before: readonly Report[],
  plan: readonly PlannedRun[],
): Promise<Report> => {
  const machine = await describeMachine();
  await prepare();
  const build = await packageQuorate({ profile: 'balanced', line: '5.7', hasStandby: false });
  const startup = { machine, ...(await measureStartup(build)) };
  const keep = async (
    runs: readonly PlayedRun[],
    commands: readonly CommandTime[],
  ): Promise<Report> => {
    const sessions = [{ command: commandOf(options), machine, runs: [...runs] }];
    const now: Report = { sessions, startup, commands: [...commands] };
    const report = merge(before, now);
    if (options.json !== undefined) await writeReport(options.json, report);
    return report;
  };
  const played = await playRuns(plan, createPackages(), async (sofar) => {
    await keep(sofar, []);
  });
  const commands: CommandTime[] = [];
  if (options.start) commands.push(await timeCommand('start'));
  if (options.test) commands.push(await timeCommand('test'));
  return await keep(played, commands);
};

/** Each run of the plan was played: one that came to no result is on the page as such. */
const isWhole = (options: Options, report: Report): boolean => {
  const played = new Set(runsOf(report).map(keyOf));
  return planRuns({ runs: options.runs, only: [], sections: [], controllers: [] }).every((run) =>
    played.has(keyOf(run)),
  );
};

const publish = async (options: Options, report: Report): Promise<void> => {
  if (!isWhole(options, report)) {
    console.log(pageOf(report));
    return;
  }
  await writeFile(PAGE, pageOf(report));
  await writeFile(README, withHeadline(await readFile(README, 'utf8'), report));
};

const planOf = (options: Options, before: readonly Report[]): readonly PlannedRun[] => {
  if (options.missing) return missingOf(planRuns(options), before.flatMap(runsOf));
  const isTold = [options.only, options.sections, options.controllers].some(
    (chosen) => chosen.length > 0,
  );
  return options.from.length > 0 && !isTold ? [] : planRuns(options);
};

const tellPlan = (plan: readonly PlannedRun[]): void => {
  const minutes = Math.ceil(estimateMs(plan) / 60_000);
  console.log(`${plan.length} runs, at most about ${minutes} min`);
};

const main = async (argv: readonly string[]): Promise<number> => {
  let options: Options;
  let before: readonly Report[];
  try {
    options = readOptions(argv);
    before = await Promise.all(options.from.map(readReport));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return 2;
  }
  const plan = planOf(options, before);
  tellPlan(plan);
  if (options.plan) {
    for (const { scenario, controller, profile, seed } of plan) {
      console.log(`${scenario} ${controller} ${profile} ${seed}`);
    }
    return 0;
  }
  if (!canRehearse()) return 2;
  const report = await measureAll(options, before, plan);
  await publish(options, report);
  const missed = unmet(report);
  for (const what of missed) console.error(`goal not met: ${what}`);
  return missed.length === 0 ? 0 : 1;
};

process.exitCode = await main(process.argv.slice(2));
