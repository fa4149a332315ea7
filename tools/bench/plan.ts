/** Which runs a benchmark consists of. */
import { DISTURBED } from '../../lab/scenarios/disturbed.ts';
import { SINGLE_NODE } from '../../lab/scenarios/single-node.ts';

export interface PlannedRun {
  readonly scenario: string;
  readonly controller: 'on' | 'off';
  readonly seed: number;
}

/** Scenarios with a goal: nothing goes wrong but the fault. */
export const GOAL_SCENARIOS: readonly string[] = SINGLE_NODE.map(({ name }) => name);
/** Something else fails as well: whether the cure comes is the question, not when. */
export const DISTURBED_SCENARIOS: readonly string[] = DISTURBED.map(({ name }) => name);

/**
 * A scenario of the goal once without the controller, then `runs` times with it, seeds from 1 on; a disturbed one
 * once with it: what disturbs is the cure, and without a controller there is none.
 * @param only these scenarios; all when empty.
 */
export const planRuns = (runs: number, only: readonly string[]): readonly PlannedRun[] => {
  const isChosen = (name: string): boolean => only.length === 0 || only.includes(name);
  const goal = GOAL_SCENARIOS.filter(isChosen).flatMap((scenario): readonly PlannedRun[] => [
    { scenario, controller: 'off', seed: 1 },
    ...Array.from(
      { length: runs },
      (_, run): PlannedRun => ({ scenario, controller: 'on', seed: run + 1 }),
    ),
  ]);
  const disturbed = DISTURBED_SCENARIOS.filter(isChosen).map(
    (scenario): PlannedRun => ({ scenario, controller: 'on', seed: 1 }),
  );
  return [...goal, ...disturbed];
};
