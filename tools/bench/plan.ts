/** Which runs a benchmark consists of, by section of the page. */
import { CONTROLLERS, type Controller } from '../../lab/controllers.ts';
import type { ScenarioResult } from '../../lab/measure/result.ts';
import { OFF_CAP_S, refusalOf } from '../../lab/options.ts';
import { findScenario, SCENARIOS } from '../../lab/scenarios/all.ts';
import { DOORS } from '../../lab/scenarios/doors.ts';
import { INCIDENT } from '../../lab/scenarios/incident.ts';
import { MOVING } from '../../lab/scenarios/moving.ts';
import { QUORUM } from '../../lab/scenarios/quorum.ts';
import { totalLossVault } from '../../lab/scenarios/vault.ts';

export const SECTIONS = [
  'goal',
  'eager',
  'incident',
  'baselines',
  'disturbed',
  'doors',
  'quorum',
  'spared',
] as const;
export type Section = (typeof SECTIONS)[number];

export interface PlannedRun {
  readonly scenario: string;
  readonly controller: Controller;
  readonly profile: ScenarioResult['profile'];
  readonly seed: number;
  /** How long it is watched after the fault; a run with Quorate ends by itself. */
  readonly offCapMs: number;
}

const namesOf = (isMeant: (scenario: (typeof SCENARIOS)[number]) => boolean): readonly string[] =>
  SCENARIOS.filter(isMeant).map(({ name }) => name);

export const INCIDENT_SCENARIOS: readonly string[] = INCIDENT.map(({ name }) => name);
/** Nothing goes wrong but the fault, and it is cured within a time. */
export const GOAL_SCENARIOS: readonly string[] = namesOf(
  ({ name, goalMs }) => goalMs !== undefined && !INCIDENT_SCENARIOS.includes(name),
);
/** The faults that every fleet has to reckon with: cured in ten seconds by the eager profile. */
export const EAGER_SCENARIOS: readonly string[] = [
  'killed-member',
  'hung-member',
  'hung-master',
  'metaspace-zombie',
  'stuck-member',
  'host-vanishes',
];
/** The incident's own, and one of each kind: silent, sick but talking, stuck, and a host that is gone. */
export const BASELINE_SCENARIOS: readonly string[] = [
  ...INCIDENT_SCENARIOS,
  'hung-member',
  'metaspace-zombie',
  'stuck-member',
  'host-vanishes',
];
/** More than one member is gone, or all are to go elsewhere. */
export const QUORUM_SCENARIOS: readonly string[] = [...QUORUM, totalLossVault, ...MOVING].map(
  ({ name }) => name,
);
export const SPARED_SCENARIOS: readonly string[] = namesOf(
  ({ name, mustSpare, mustNotFail }) =>
    (mustSpare === true || mustNotFail === true) && !QUORUM_SCENARIOS.includes(name),
);
/** Nobody watches, and somebody calls: whether Quorate comes is the question. */
export const DOOR_SCENARIOS: readonly string[] = DOORS.map(({ name }) => name).filter(
  (name) => !SPARED_SCENARIOS.includes(name),
);
/** Something else fails as well: whether the cure comes is the question, not when. */
export const DISTURBED_SCENARIOS: readonly string[] = namesOf(
  ({ name, goalMs }) =>
    goalMs === undefined &&
    ![...SPARED_SCENARIOS, ...QUORUM_SCENARIOS, ...DOOR_SCENARIOS].includes(name),
);

export const SCENARIOS_OF: Readonly<Record<Section, readonly string[]>> = {
  goal: GOAL_SCENARIOS,
  eager: EAGER_SCENARIOS,
  incident: INCIDENT_SCENARIOS,
  baselines: BASELINE_SCENARIOS,
  disturbed: DISTURBED_SCENARIOS,
  doors: DOOR_SCENARIOS,
  quorum: QUORUM_SCENARIOS,
  spared: SPARED_SCENARIOS,
};

/** What AWS does takes minutes; nobody at all is watched as long where the two stand side by side. */
const LONG_CAP_MS = OFF_CAP_S['aws-only'] * 1_000;
const SHORT_CAP_MS = OFF_CAP_S.off * 1_000;

const isLong = (scenario: string): boolean =>
  BASELINE_SCENARIOS.includes(scenario) || findScenario(scenario)?.offCapS !== undefined;

const without = (scenario: string, controller: Controller): PlannedRun => ({
  scenario,
  controller,
  profile: 'balanced',
  seed: 1,
  offCapMs: controller === 'off' && !isLong(scenario) ? SHORT_CAP_MS : LONG_CAP_MS,
});

const withQuorate = (
  scenario: string,
  runs: number,
  profile: PlannedRun['profile'] = 'balanced',
): readonly PlannedRun[] =>
  Array.from({ length: runs }, (_, run) => ({
    scenario,
    controller: 'on',
    profile,
    seed: run + 1,
    offCapMs: 0,
  }));

const BASELINES: readonly Controller[] = CONTROLLERS.filter((each) => each !== 'on');

/** The same path as in the goal section with shorter waits: that it holds is shown by fewer runs. */
const EAGER_RUNS = 3;

const RUNS: Readonly<Record<Section, (scenario: string, runs: number) => readonly PlannedRun[]>> = {
  goal: (scenario, runs) => [without(scenario, 'off'), ...withQuorate(scenario, runs)],
  eager: (scenario, runs) => withQuorate(scenario, Math.min(runs, EAGER_RUNS), 'eager'),
  incident: (scenario, runs) => [without(scenario, 'off'), ...withQuorate(scenario, runs)],
  baselines: (scenario) =>
    BASELINES.filter((controller) => refusalOf(scenario, controller) === null).map((controller) =>
      without(scenario, controller),
    ),
  disturbed: (scenario) => withQuorate(scenario, 1),
  doors: (scenario) => withQuorate(scenario, 1),
  quorum: (scenario) => withQuorate(scenario, 1),
  spared: (scenario) => withQuorate(scenario, 1),
};

export interface Choice {
  /** With the controller on, where there is a goal. */
  readonly runs: number;
  /** These scenarios; all when empty. */
  readonly only: readonly string[];
  /** These sections; all when empty. */
  readonly sections: readonly Section[];
  /** With these controllers; all when empty. */
  readonly controllers: readonly Controller[];
}

/** A run that two sections want is played once. */
export const planRuns = ({ runs, only, sections, controllers }: Choice): readonly PlannedRun[] => {
  const chosen = SECTIONS.filter((each) => sections.length === 0 || sections.includes(each));
  const wanted = chosen.flatMap((section) =>
    SCENARIOS_OF[section]
      .filter((name) => only.length === 0 || only.includes(name))
      .flatMap((name) => RUNS[section](name, runs))
      .filter(({ controller }) => controllers.length === 0 || controllers.includes(controller)),
  );
  return [...new Map(wanted.map((run) => [keyOf(run), run])).values()];
};

/** Without what was played already, to a result, and watched as long. */
export const missingOf = (
  plan: readonly PlannedRun[],
  played: readonly (PlannedRun & { readonly result: unknown })[],
): readonly PlannedRun[] =>
  plan.filter(
    (run) =>
      !played.some(
        (other) =>
          keyOf(other) === keyOf(run) && other.result !== null && other.offCapMs >= run.offCapMs,
      ),
  );

/** Two runs with the same key are the same run, played twice. */
export const keyOf = ({
  scenario,
  controller,
  profile,
  seed,
}: Omit<PlannedRun, 'offCapMs'>): string => [scenario, controller, profile, seed].join(' ');
