/** `npm start [-- SCENARIO]`: an incident, first without Quorate, then with it. Exit 0 only when it was cured. */
import { createPackages } from './packages.ts';
import { canRehearse, type RunOptions, rehearse } from './rehearse.ts';
import { findScenario, heartbeatOf, packageOf, SCENARIOS } from './scenarios/all.ts';
import type { Scenario } from './scenarios/scenario.ts';
import { createStory } from './story/story.ts';
import { shortcomings } from './verdict.ts';

const DEFAULT_SCENARIO = 'hung-member';

const introductionTo = ({ standby }: Scenario): string => `
The same fault twice: first on its own for 40 s, then with Quorate. Real Hazelcast members, real users' calls and
the AWS wire protocol, in namespaces of this machine: nothing here reaches a network or an account.
It takes ${standby === undefined ? 'two to three' : 'three to four'} minutes.
`;

const OPTIONS: Omit<RunOptions, 'controller' | 'heartbeatS' | 'build'> = {
  profile: 'balanced',
  ssmDelayMs: 1_500,
  seed: 1,
  offCapMs: 40_000,
};

const main = async (): Promise<number> => {
  const name = process.argv[2] ?? DEFAULT_SCENARIO;
  const scenario = findScenario(name);
  if (scenario === undefined) {
    const names = SCENARIOS.map((each) => each.name).join(', ');
    console.error(`there is no scenario "${name}"; there are: ${names}`);
    return 2;
  }
  if (!canRehearse()) return 2;
  console.log(introductionTo(scenario));
  const { profile } = OPTIONS;
  const build = await createPackages().for({ controller: 'on', profile, ...packageOf(name) });
  const options = { ...OPTIONS, heartbeatS: heartbeatOf(name) };
  const off = await rehearse(name, { ...options, controller: 'off', build: null });
  const on = await rehearse(name, { ...options, controller: 'on', build });
  createStory(process.stdout).comparison(off, on);
  console.log(
    `\n  Logs of both runs: .lab/logs. Other faults: npm run lab -- list, then npm start -- NAME.`,
  );
  const problems = shortcomings(on);
  for (const problem of problems) console.error(`not cured: ${problem}`);
  return problems.length === 0 ? 0 : 1;
};

process.exitCode = await main();
