/** What is left of a run for expectations to look at, and how they put what is wrong into words. */
import type { JournalEntry } from '../cloud/journal.ts';
import type { Invocation } from '../cloud/ssm.ts';
import type { Stage } from '../stage/stage.ts';
import type { Played } from './scenario.ts';

/** The controller's function. */
export const controllerOf = ({ region }: Stage): string =>
  [...region.lambda.functions.keys()].find((name) => name.endsWith('schedule')) ?? '?';

/** Starts another controller now, as its schedule does every minute. */
export const wake = ({ region }: Stage): void => {
  for (const name of region.schedules.names()) region.schedules.fire(name);
};

/** Lets something happen beside the run. It ends with it. */
export const soon = (happen: () => Promise<void>): void => {
  happen().catch((error: unknown) => console.error('disturbance:', error));
};

/** The controller's calls of this name, oldest first. */
export const calls = ({ stage }: Played, action: string): readonly JournalEntry[] =>
  stage.region.journal.find({ who: controllerOf(stage), action });

/** Commands that SSM took for the victim. */
export const commands = ({ stage, victim }: Played): readonly Invocation[] =>
  stage.region.ssm.all().filter(({ instanceId }) => instanceId === victim.instanceId);

/** Those after which its host says that it killed. */
export const kills = (played: Played): readonly Invocation[] =>
  commands(played).filter(({ stdout }) => /^killed pid/m.test(stdout));

/** Instances launched since the fault, by id. */
export const newcomers = ({ stage: { region } }: Played): readonly string[] => {
  const desired = [...region.scaling.groups.values()].reduce(
    (sum, group) => sum + group.desired,
    0,
  );
  return region.instances
    .all()
    .slice(desired)
    .map(({ id }) => id);
};

export const once = (what: string, times: number): readonly string[] =>
  times === 1 ? [] : [`the victim was ${what} ${times} times, not once`];

/** @param wrong follows the name of each that does not hold */
export const each = (
  names: readonly string[],
  holds: (name: string) => boolean,
  wrong: string,
): readonly string[] => names.filter((name) => !holds(name)).map((name) => `${name} ${wrong}`);

export const said = ({ sentences }: Played, words: RegExp): readonly string[] =>
  sentences.some((sentence) => words.test(sentence))
    ? []
    : [`the controller never said ${words.source}`];
