/** What the goal is, and whether it was met. Pure. */
import type { ScenarioResult } from '../../lab/measure/result.ts';
import { shortcomings } from '../../lab/verdict.ts';
import { medianSinceFaultMs, total } from './figures.ts';
import { GOAL_SCENARIOS } from './plan.ts';
import type { CommandTime, Report } from './report.ts';
import type { Startup } from './startup.ts';

/** Design 2.3: users' calls succeed again within the tolerance and this. */
const ABOVE_TOLERANCE_MS = 6_000;
export const BUNDLE_MAX_BYTES = 500 * 1024;
export const IMPORT_MAX_MS = 100;

export const goalMs = ({ toleranceMs }: ScenarioResult): number => toleranceMs + ABOVE_TOLERANCE_MS;

export const wronglyRemoved = (results: readonly ScenarioResult[]): number =>
  total(results, ({ wronglyEvicted, wronglyKilled }) => wronglyEvicted + wronglyKilled);

export const sessionsLost = (results: readonly ScenarioResult[]): number =>
  total(results, ({ sessions }) => sessions.lost);

/** Results of a scenario with the controller on, or off. */
export const resultsOf = (
  { results }: Pick<Report, 'results'>,
  scenario: string,
  controller: 'on' | 'off',
): readonly ScenarioResult[] =>
  results.filter((each) => each.scenario === scenario && each.controller === controller);

/** Runs of a scenario with the controller on that came to no result. */
export const failuresOf = ({ failedRuns }: Report, scenario: string): number =>
  failedRuns.filter((each) => each.scenario === scenario && each.controller === 'on').length;

/** Cured in every run, nobody else harmed, and relief in time at the median. */
export const meetsGoal = (report: Report, scenario: string): boolean => {
  const results = resultsOf(report, scenario, 'on');
  const [first] = results;
  const medianMs = medianSinceFaultMs(results, 'mitigatedAtMs');
  return (
    first !== undefined &&
    medianMs !== null &&
    medianMs <= goalMs(first) &&
    isAsExpected(report, scenario)
  );
};

/** Every run came to a result, and none has a shortcoming. */
export const isAsExpected = (report: Report, scenario: string): boolean =>
  failuresOf(report, scenario) === 0 &&
  resultsOf(report, scenario, 'on').every((result) => shortcomings(result).length === 0);

/** What was not met, in words; empty when all is well. */
export const unmet = (report: Report): readonly string[] => {
  const { results, failedRuns, startup, commands } = report;
  const played = new Set([...results, ...failedRuns].map(({ scenario }) => scenario));
  const isMet = (scenario: string): boolean =>
    GOAL_SCENARIOS.includes(scenario)
      ? meetsGoal(report, scenario)
      : isAsExpected(report, scenario);
  return [
    ...[...played].filter((scenario) => !isMet(scenario)),
    ...(isLight(startup) ? [] : ['bundle size']),
    ...(isQuick(startup) ? [] : ['import time']),
    ...commands.filter((each) => !isInTime(each)).map(({ command }) => command),
  ];
};

export const isLight = ({ bundleBytes }: Startup): boolean => bundleBytes < BUNDLE_MAX_BYTES;

export const isQuick = ({ medianImportMs }: Startup): boolean => medianImportMs < IMPORT_MAX_MS;

export const isInTime = ({ exitCode, wallMs, goalMs: maxMs }: CommandTime): boolean =>
  exitCode === 0 && wallMs < maxMs;
