/** What the page says of cures with a goal, and of runs that went wrong. Pure. */
import type { ScenarioResult } from '../../lab/measure/result.ts';
import { shortcomings } from '../../lab/verdict.ts';
import { COUNT, type Moment, SECONDS, sinceFaultMs, spread, table } from './figures.ts';
import { EAGER_SCENARIOS, GOAL_SCENARIOS } from './plan.ts';
import { type PlayedRun, type Report, runsOf } from './report.ts';
import {
  balanced,
  goalMs,
  meetsGoal,
  resultsOf,
  type Series,
  seriesOf,
  sessionsLost,
  wronglyRemoved,
} from './verdict.ts';

export const goalSection = (report: Report): readonly string[] => {
  const rows = GOAL_SCENARIOS.flatMap((scenario) => goalRow(report, scenario));
  if (rows.length === 0) return [];
  return [
    '## One sick member',
    '',
    `Balanced profile${conditionsOf(report)}. Times are from the fault: the median of the runs (of two, the longer), with the shortest and the longest,`,
    'beside one run with the controller *off*, watched for a while. *Mitigated* is the start of the first 3 s without a failed call;',
    'the goal for its median is the tolerance + 6 s, or + 8 s where the victim has to be fenced by its peers. *Wrongly removed* are',
    'members evicted or killed that served, or whose fault was younger than the tolerance; *lost* are sessions with a live copy whose',
    'users were logged out: both in all runs together. *Goal met* also asks that the fleet is whole 30 s after mitigation at the median,',
    'above the boot of its newcomer.',
    '',
    ...table(GOAL_HEAD, rows),
  ];
};

/** Heart-beats differ where a scenario is about waiting for them. */
const conditionsOf = (report: Report): string => {
  const [first] = runsOf(report).flatMap(({ result }) => result ?? []);
  if (first === undefined) return '';
  const delayS = first.ssmDelayMs / 1_000;
  return `, heart-beat time-out 300 s where a scenario has no other, SSM delays ${delayS} s + ${delayS} s`;
};

const GOAL_HEAD = [
  'scenario',
  'runs',
  'tolerance',
  'goal',
  'mitigated',
  'off: mitigated',
  'failed calls',
  'off: failed calls',
  'evicted',
  'replaced',
  'recovered',
  'off: recovered',
  'wrongly removed',
  'sessions lost',
  'goal met',
];

/** None when the scenario was not played at all. */
const goalRow = (report: Report, scenario: string): readonly (readonly string[])[] => {
  const series = balanced(scenario);
  const on = resultsOf(report, series);
  const off = seriesOf(report, { ...series, controller: 'off' })[0];
  const [any] = [...on, off?.result ?? null];
  if (!any && seriesOf(report, series).length === 0) return [];
  return [
    [
      scenario,
      `${on.length} of ${seriesOf(report, series).length}`,
      any ? `${any.toleranceMs / 1_000} s` : '',
      any ? goalWords(any) : '',
      timeOf(on, 'mitigatedAtMs'),
      withoutQuorate(off, 'mitigatedAtMs'),
      failedCalls(on),
      failedCalls(off?.result ? [off.result] : []),
      timeOf(on, 'evictedAtMs'),
      timeOf(on, 'replacedAtMs'),
      timeOf(on, 'recoveredAtMs'),
      withoutQuorate(off, 'recoveredAtMs'),
      String(wronglyRemoved(on)),
      String(sessionsLost(on)),
      meetsGoal(report, series) ? 'yes' : '**no**',
    ],
  ];
};

const goalWords = (result: ScenarioResult): string => {
  const ms = goalMs(result);
  return ms === null ? '' : `${ms / 1_000} s`;
};

export const timeOf = (results: readonly ScenarioResult[], moment: Moment): string =>
  spread(
    results.map((result) => sinceFaultMs(result, moment)),
    SECONDS,
  );

export const failedCalls = (results: readonly ScenarioResult[]): string =>
  spread(
    results.map(({ calls }) => calls.failed),
    COUNT,
  );

/** Never, as far as it was watched: of one run. */
export const withoutQuorate = (run: PlayedRun | undefined, moment: Moment): string => {
  if (run?.result == null) return 'no run';
  const ms = sinceFaultMs(run.result, moment);
  return ms === null ? `not within ${run.offCapMs / 1_000} s` : spread([ms], SECONDS);
};

export const eagerSection = (report: Report): readonly string[] => {
  const rows = EAGER_SCENARIOS.map(
    (scenario): Series => ({ scenario, controller: 'on', profile: 'eager' }),
  )
    .filter((series) => seriesOf(report, series).length > 0)
    .map((series) => eagerRow(report, series));
  if (rows.length === 0) return [];
  return [
    '## The eager profile',
    '',
    'The same faults with the shortest tolerances. The goal for the median is 10 s; what it costs is that a pause of 4 s is fatal.',
    '',
    ...table(
      [
        'scenario',
        'runs',
        'tolerance',
        'goal',
        'mitigated',
        'failed calls',
        'wrongly removed',
        'sessions lost',
        'goal met',
      ],
      rows,
    ),
  ];
};

const eagerRow = (report: Report, series: Series): readonly string[] => {
  const results = resultsOf(report, series);
  const [any] = results;
  return [
    series.scenario,
    `${results.length} of ${seriesOf(report, series).length}`,
    any ? `${any.toleranceMs / 1_000} s` : '',
    any ? goalWords(any) : '',
    timeOf(results, 'mitigatedAtMs'),
    failedCalls(results),
    String(wronglyRemoved(results)),
    String(sessionsLost(results)),
    meetsGoal(report, series) ? 'yes' : '**no**',
  ];
};

/** Runs that came to no result, and runs that ended otherwise than promised: counted against the goal, and named. */
export const failureSection = (report: Report): readonly string[] => {
  const lines = runsOf(report).flatMap((run) =>
    problemsOf(run).map((problem) => `- ${nameOf(run)}: ${problem}`),
  );
  return lines.length === 0 ? [] : ['Runs that did not go well:', '', ...lines];
};

const problemsOf = ({ result, why }: PlayedRun): readonly string[] =>
  result === null ? [`came to no result (${why ?? 'unknown'})`] : shortcomings(result);

const nameOf = ({ scenario, controller, profile, seed }: PlayedRun): string => {
  const who = profile === 'balanced' ? controller : `${controller} (${profile})`;
  return `${scenario}, controller ${who}, seed ${seed}`;
};
