/** The command line of the lab, and what it means for each run. */
import { Command, InvalidArgumentError, Option } from 'commander';

export interface LabOptions {
  /** Scenario name, `list` or `all`. */
  readonly scenario: string;
  readonly controller: 'on' | 'off';
  readonly profile: 'careful' | 'balanced' | 'eager';
  readonly runs: number;
  /** The scenario's own, or the incident's, when absent. */
  readonly heartbeat?: number;
  readonly ssmDelay: number;
  readonly seed: number;
  readonly cap: number;
  readonly json?: string;
}

const count = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new InvalidArgumentError('Not a whole number.');
  return value;
};

/** Prints help or the mistake and ends the process with 0 or 2. */
export const readLabOptions = (argv: readonly string[]): LabOptions => {
  const program = new Command('npm run lab --')
    .description('Plays faults on real Hazelcast members behind the AWS wire protocol.')
    .argument('<scenario>', 'a scenario, "all", or "list"')
    .addOption(new Option('--controller <who>', 'who watches').choices(['on', 'off']).default('on'))
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
      'how long a run with the controller off is watched after the fault',
      count,
      60,
    )
    .option('--json <file>', 'write the result, an array for several runs')
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));
  program.parse([...argv], { from: 'user' });
  const [scenario = ''] = program.args;
  return { scenario, ...program.opts<Omit<LabOptions, 'scenario'>>() };
};
