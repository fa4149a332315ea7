/** `npm run lab -- SCENARIO`: plays scenarios, prints their story, writes their results. Exit 1 when one was not cured. */
import { type ScenarioResult, writeResults } from './measure/result.ts';
import { type LabOptions, readLabOptions } from './options.ts';
import { canRehearse, packageForLab, rehearse } from './rehearse.ts';
import { surplusRights } from './rights.ts';
import { findScenario, heartbeatOf, SCENARIOS } from './scenarios/all.ts';
import { createStory } from './story/story.ts';
import { shortcomings } from './verdict.ts';

const list = (): void => {
  for (const { name, title } of SCENARIOS) console.log(`${name.padEnd(20)} ${title}`);
};

const chosen = (name: string): readonly string[] => {
  if (name === 'all') return SCENARIOS.map((scenario) => scenario.name);
  return findScenario(name) === undefined ? [] : [name];
};

const playAll = async (
  names: readonly string[],
  options: LabOptions,
): Promise<ScenarioResult[]> => {
  const build = await packageForLab(options.profile);
  const results: ScenarioResult[] = [];
  for (const name of names) {
    for (let run = 0; run < options.runs; run += 1) {
      const result = await rehearse(
        name,
        {
          controller: options.controller,
          profile: options.profile,
          heartbeatS: heartbeatOf(name, options.heartbeat),
          ssmDelayMs: options.ssmDelay,
          seed: options.seed + run,
          offCapMs: options.cap * 1_000,
        },
        build,
      );
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
  if (!canRehearse()) return 2;
  const results = await playAll(names, options);
  if (options.json !== undefined) await writeResults(options.json, results);
  const surplus = options.scenario === 'all' ? surplusRights(results) : [];
  for (const problem of surplus) console.error(`rights: ${problem}`);
  const isCured = results.every((result) => shortcomings(result).length === 0);
  return isCured && surplus.length === 0 ? 0 : 1;
};

process.exitCode = await main();
