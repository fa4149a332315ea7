/** One run, inside the lab's namespaces: reads what to play from its argument, leaves the result in a file. */
import { writeResults } from './measure/result.ts';
import { play } from './play.ts';
import type { Errand } from './rehearse.ts';
import { findScenario } from './scenarios/all.ts';

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by rehearse.ts, the same program
const argument = JSON.parse(process.argv[2] ?? '{}') as Errand;

try {
  const scenario = findScenario(argument.scenario);
  if (scenario === undefined) throw new Error(`no scenario ${argument.scenario}`);
  await writeResults(argument.result, [await play(scenario, argument.play)]);
  process.exit(0);
} catch (error) {
  console.error(error);
  process.exit(1);
}
