/** `npm run lab -- SCENARIO`: plays scenarios, prints their story, writes their results. Exit 1 when one was not cured. */
import { type ScenarioResult, writeResults } from './measure/result.ts';
import { type LabOptions, readLabOptions, refusalOf, runOptionsOf } from './options.ts';
import { createPackages, type Packages } from './packages.ts';
import { canRehearse, rehearse } from './rehearse.ts';
import { surplusRights } from './rights.ts';
import { findScenario, packageOf, SCENARIOS, THEMES } from './scenarios/all.ts';
import { createStory } from './story/story.ts';
import { type Ending, tallyOf } from './tally.ts';
import { shortcomings } from './verdict.ts';

const list = (): void => {
  const width = Math.max(...SCENARIOS.map(({ name }) => name.length)) + 2;
  for (const { title, scenarios } of THEMES) {
    console.log(`\n${title}`);
    for (const { name, title: headline } of scenarios) {
      console.log(`  ${name.padEnd(width)}${headline}`);
    }
  }
};

const chosen = (name: string): readonly string[] => {
  if (name === 'all') return SCENARIOS.map((scenario) => scenario.name);
  return findScenario(name) === undefined ? [] : [name];
};

/** A run that comes to no result is told like one that went wrong, and the others are played. */
const playOne = async (
  name: string,
  options: LabOptions,
  { packages, run }: { readonly packages: Packages; readonly run: number },
): Promise<Ending> => {
  try {
    const build = await packages.for({ ...options, ...packageOf(name) });
    const result = await rehearse(name, { ...runOptionsOf(name, options, run), build });
    createStory(process.stdout).summary(result);
    return { scenario: name, result, problems: shortcomings(result) };
  } catch (error) {
    return { scenario: name, result: null, problems: [reasonOf(error)] };
  }
};

const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${reasonOf(error.cause)}`;
};

const resultsOf = (endings: readonly Ending[]): readonly ScenarioResult[] =>
  endings.flatMap(({ result }) => (result === null ? [] : [result]));

const playAll = async (names: readonly string[], options: LabOptions): Promise<Ending[]> => {
  const packages = createPackages();
  const endings: Ending[] = [];
  for (const name of names) {
    for (let run = 0; run < options.runs; run += 1) {
      const ending = await playOne(name, options, { packages, run });
      endings.push(ending);
      for (const problem of ending.problems) console.error(`${name}: ${problem}`);
      if (options.json !== undefined) await writeResults(options.json, resultsOf(endings));
    }
  }
  return endings;
};

const main = async (): Promise<number> => {
  const options = readLabOptions(process.argv.slice(2));
  if (options.scenario === 'list') {
    list();
    return 0;
  }
  const names = chosen(options.scenario);
  if (names.length === 0) {
    console.error(`there is no scenario "${options.scenario}"; there are:`);
    list();
    return 2;
  }
  const playable = names.filter((name) => refusalOf(name, options.controller) === null);
  for (const name of names) {
    const refusal = refusalOf(name, options.controller);
    if (refusal !== null) console.error(refusal);
  }
  if (playable.length === 0 || !canRehearse()) return 2;
  const endings = await playAll(playable, options);
  const surplus = options.scenario === 'all' ? surplusRights(resultsOf(endings)) : [];
  if (endings.length > 1) console.log(`\n${tallyOf(endings).join('\n')}`);
  for (const problem of surplus) console.error(`rights: ${problem}`);
  const isCured = endings.every(({ problems }) => problems.length === 0);
  return isCured && surplus.length === 0 ? 0 : 1;
};

process.exitCode = await main();
