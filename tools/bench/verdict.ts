/** What the goals are, and whether they were met. Pure. */
import type { Controller } from '../../lab/controllers.ts';
import { median } from '../../lab/measure/measure.ts';
import type { ScenarioResult } from '../../lab/measure/result.ts';
import { findScenario } from '../../lab/scenarios/all.ts';
import { shortcomings } from '../../lab/verdict.ts';
import { medianSinceFaultMs, total } from './figures.ts';
import { EAGER_SCENARIOS } from './plan.ts';
import { type CommandTime, type PlayedRun, type Report, runsOf, type Startup } from './report.ts';

export const BUNDLE_MAX_BYTES = 500 * 1024;
export const IMPORT_MAX_MS = 100;
/** Of the eager profile, for the faults that every fleet has to reckon with. */
const EAGER_GOAL_MS = 10_000;
/** From relief until the fleet is whole, above the boot of its newcomer. */
export const WHOLE_AFTER_RELIEF_MS = 30_000;

/** Within which time of the fault users' calls must succeed again, at the median; `null`: no time is promised. */
export const goalMs = ({ scenario, profile, toleranceMs }: ScenarioResult): number | null => {
  if (profile === 'eager' && EAGER_SCENARIOS.includes(scenario)) return EAGER_GOAL_MS;
  const above = findScenario(scenario)?.goalMs;
  return above === undefined ? null : toleranceMs + above;
};

export const wronglyRemoved = (results: readonly ScenarioResult[]): number =>
  total(results, ({ wronglyEvicted, wronglyKilled }) => wronglyEvicted + wronglyKilled);

export const sessionsLost = (results: readonly ScenarioResult[]): number =>
  total(results, ({ sessions }) => sessions.lost);

/** Which runs of a scenario belong together. */
export interface Series {
  readonly scenario: string;
  readonly controller: Controller;
  readonly profile: ScenarioResult['profile'];
}

/** A scenario with Quorate in its balanced profile. */
export const balanced = (scenario: string): Series => ({
  scenario,
  controller: 'on',
  profile: 'balanced',
});

const isOf =
  (series: Series) =>
  (run: Series): boolean =>
    run.scenario === series.scenario &&
    run.controller === series.controller &&
    run.profile === series.profile;

export const seriesOf = (report: Report, series: Series): readonly PlayedRun[] =>
  runsOf(report).filter(isOf(series));

export const resultsOf = (report: Report, series: Series): readonly ScenarioResult[] =>
  seriesOf(report, series).flatMap(({ result }) => (result === null ? [] : [result]));

/** A boot is the fleet's own; what is above it, the controller answers for. `null`: not whole again, or no relief. */
const wholeAboveBootMs = (
  { recoveredAtMs, bootMs }: ScenarioResult,
  fromMs: number | null,
): number | null =>
  recoveredAtMs === null || fromMs === null ? null : recoveredAtMs - fromMs - (bootMs ?? 0);

/** Whether the fleet was whole again in time, at the median, where a time is promised. */
const isWholeInTime = (results: readonly ScenarioResult[], { scenario }: Series): boolean => {
  const told = findScenario(scenario);
  const from = told?.wholeGoalMs === undefined ? 'mitigatedAtMs' : 'faultAtMs';
  const maxMs = told?.wholeGoalMs ?? (told?.goalMs === undefined ? null : WHOLE_AFTER_RELIEF_MS);
  const ms = median(results.map((result) => wholeAboveBootMs(result, result[from])));
  return maxMs === null || (ms !== null && ms <= maxMs);
};

/** Cured in every run, nobody else harmed, and relief and the whole fleet in time at the median where a time is promised. */
export const meetsGoal = (report: Report, series: Series): boolean => {
  const results = resultsOf(report, series);
  const [first] = results;
  if (first === undefined || !isAsExpected(report, series)) return false;
  if (!isWholeInTime(results, series)) return false;
  const maxMs = goalMs(first);
  const medianMs = medianSinceFaultMs(results, 'mitigatedAtMs');
  return maxMs === null || (medianMs !== null && medianMs <= maxMs);
};

/** Every run came to a result, and none has a shortcoming. */
export const isAsExpected = (report: Report, series: Series): boolean =>
  seriesOf(report, series).every(
    ({ result }) => result !== null && shortcomings(result).length === 0,
  );

/** What was not met, in words; empty when all is well. Runs without Quorate promise nothing. */
export const unmet = (report: Report): readonly string[] => {
  const { startup, commands } = report;
  const series = new Map(
    runsOf(report)
      .filter(({ controller }) => controller === 'on')
      .map(({ scenario, controller, profile }) => [
        profile === 'balanced' ? scenario : `${scenario} (${profile})`,
        { scenario, controller, profile },
      ]),
  );
  return [
    ...[...series].filter(([, each]) => !meetsGoal(report, each)).map(([name]) => name),
    ...(isLight(startup) ? [] : ['bundle size']),
    ...(isQuick(startup) ? [] : ['import time']),
    ...commands.filter((each) => !isInTime(each)).map(({ command }) => command),
  ];
};

export const isLight = ({ bundleBytes }: Startup): boolean => bundleBytes < BUNDLE_MAX_BYTES;

export const isQuick = ({ medianImportMs }: Startup): boolean => medianImportMs < IMPORT_MAX_MS;

export const isInTime = ({ exitCode, wallMs, goalMs: maxMs }: CommandTime): boolean =>
  exitCode === 0 && wallMs < maxMs;
