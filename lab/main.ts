/** `npm run lab -- SCENARIO`: plays scenarios, prints their story, writes their results. Exit 1 when one was not cured. */
import { type ScenarioResult, writeResults } from './measure/result.ts';
import { type LabOptions, readLabOptions, refusalOf, runOptionsOf } from './options.ts';
import { createPackages } from './packages.ts';
import { canRehearse, rehearse } from './rehearse.ts';
import { surplusRights } from './rights.ts';
import { findScenario, packageOf, SCENARIOS, THEMES } from './scenarios/all.ts';
import { createStory } from './story/story.ts';
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

const playAll = async (
  names: readonly string[],
  options: LabOptions,
): Promise<ScenarioResult[]> => {
  const packages = createPackages();
  const results: ScenarioResult[] = [];
  for (const name of names) {
    const build = await packages.for({ ...options, ...packageOf(name) });
    for (let run = 0; run < options.runs; run += 1) {
      const result = await rehearse(name, { ...runOptionsOf(name, options, run), build });
      results.push(result);
      createStory(process.stdout).summary(result);
      for (const problem of shortcomings(result)) console.error(`${name}: ${problem}`);
    }
  }
  return results;
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
  const results = await playAll(playable, options);
  if (options.json !== undefined) await writeResults(options.json, results);
  const surplus = options.scenario === 'all' ? surplusRights(results) : [];
  for (const problem of surplus) console.error(`rights: ${problem}`);
  const isCured = results.every((result) => shortcomings(result).length === 0);
  return isCured && surplus.length === 0 ? 0 : 1;
};

process.exitCode = await main();
