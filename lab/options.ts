/** The command line of the lab, and what it means for each run. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { CONTROLLERS, type Controller } from './controllers.ts';
import type { RunOptions } from './rehearse.ts';
import { findScenario, heartbeatOf, lineOf } from './scenarios/all.ts';

export interface LabOptions {
  /** Scenario name, `list` or `all`. */
  readonly scenario: string;
  readonly controller: Controller;
  readonly profile: 'careful' | 'balanced' | 'eager';
  readonly runs: number;
  /** The scenario's own, or the incident's, when absent. */
  readonly heartbeat?: number;
  readonly ssmDelay: number;
  readonly seed: number;
  /** The controller's own when absent. */
  readonly cap?: number;
  readonly json?: string;
}

/** How long a run without Quorate is watched after the fault: what AWS does takes minutes, and the incident's took five. */
export const OFF_CAP_S: Readonly<Record<Controller, number>> = {
  on: 0,
  off: 60,
  'aws-only': 360,
  'aws-only-deep': 360,
  detach: 360,
};

const count = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new InvalidArgumentError('Not a whole number.');
  return value;
};

const LONGEST_CAP_S = OFF_CAP_S['aws-only'];

/** Prints help or the mistake and ends the process with 0 or 2. */
export const readLabOptions = (argv: readonly string[]): LabOptions => {
  const program = new Command('npm run lab --')
    .description('Plays faults on real Hazelcast members behind the AWS wire protocol.')
    .argument('<scenario>', 'a scenario, "all", or "list"')
    .addOption(
      new Option(
        '--controller <who>',
        'who watches: Quorate, nobody, or what teams have today (lab/controllers.ts)',
      )
        .choices([...CONTROLLERS])
        .default('on'),
    )
    .addOption(
      new Option('--profile <profile>', 'tolerances of the controller')
        .choices(['careful', 'balanced', 'eager'])
        .default('balanced'),
    )
    .option('--runs <n>', 'how often', count, 1)
    .option(
      '--heartbeat <s>',
      "Hazelcast's max.no.heartbeat.seconds (default: 300, the incident's, where a scenario has no other)",
      count,
    )
    .option('--ssm-delay <ms>', 'SSM: to dispatch, and again to report', count, 1_500)
    .option('--seed <n>', "of the users' choices", count, 1)
    .option(
      '--cap <s>',
      `how long a run without Quorate is watched after the fault (default: ${OFF_CAP_S.off} with nobody, ${LONGEST_CAP_S} with AWS)`,
      count,
    )
    .option('--json <file>', 'write the result, an array for several runs')
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));
  program.parse([...argv], { from: 'user' });
  const [scenario = ''] = program.args;
  return { scenario, ...program.opts<Omit<LabOptions, 'scenario'>>() };
};

/** @param run counts the runs of one scenario, from 0 */
export const runOptionsOf = (
  name: string,
  options: Omit<LabOptions, 'scenario' | 'runs'>,
  run: number,
): Omit<RunOptions, 'build'> => ({
  controller: options.controller,
  profile: options.profile,
  heartbeatS: heartbeatOf(name, options.heartbeat),
  ssmDelayMs: options.ssmDelay,
  seed: options.seed + run,
  offCapMs: (options.cap ?? usualCapS(name, options.controller)) * 1_000,
});

const usualCapS = (name: string, controller: Controller): number =>
  Math.max(OFF_CAP_S[controller], findScenario(name)?.offCapS ?? 0);

/** Why a scenario cannot be played with this controller, in words; `null` when it can. */
export const refusalOf = (name: string, controller: Controller): string | null =>
  controller === 'aws-only-deep' && lineOf(name) === '2.6'
    ? `${name}: Hazelcast 2.6 has no health endpoint that a load balancer could ask`
    : null;
