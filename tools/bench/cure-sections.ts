/** What the page says of cures: those with a goal, those that went wrong, those that something disturbed. Pure. */
import type { ScenarioResult } from '../../lab/measure/result.ts';
import { shortcomings } from '../../lab/verdict.ts';
import { COUNT, type Moment, SECONDS, sinceFaultMs, spread, table } from './figures.ts';
import { DISTURBED_SCENARIOS, GOAL_SCENARIOS } from './plan.ts';
import type { Report } from './report.ts';
import {
  failuresOf,
  goalMs,
  isAsExpected,
  meetsGoal,
  resultsOf,
  sessionsLost,
  wronglyRemoved,
} from './verdict.ts';

export const goalSection = (report: Report): readonly string[] => {
  const rows = GOAL_SCENARIOS.flatMap((scenario) => goalRow(report, scenario));
  if (rows.length === 0) return [];
  const [first] = report.results;
  return [
    '## One sick member',
    '',
    `Balanced profile${first === undefined ? '' : `, ${conditions(first)}`}. Times are from the fault: the median of the runs, with the`,
    `shortest and the longest, beside one run with the controller *off*, watched for ${report.offCapMs / 1_000} s. *Mitigated* is the start of the first 3 s`,
    'without a failed call; the goal for its median is the tolerance + 6 s. *Wrongly removed* are members evicted or killed that served, or whose',
    'fault was younger than the tolerance; *lost* are sessions with a live copy whose users were logged out: both in all runs together.',
    '',
    ...table(GOAL_HEAD, rows),
  ];
};

const conditions = ({ heartbeatS, ssmDelayMs }: ScenarioResult): string =>
  `heart-beat time-out ${heartbeatS} s, SSM delays ${ssmDelayMs / 1_000} s + ${ssmDelayMs / 1_000} s`;

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
  const on = resultsOf(report, scenario, 'on');
  const [off] = resultsOf(report, scenario, 'off');
  const failed = failuresOf(report, scenario);
  const [any = off] = on;
  if (any === undefined && failed === 0) return [];
  const offTime = (moment: Moment): string => withoutController(off, moment, report.offCapMs);
  const time = (moment: Moment): string =>
    spread(
      on.map((result) => sinceFaultMs(result, moment)),
      SECONDS,
    );
  return [
    [
      scenario,
      `${on.length} of ${on.length + failed}`,
      any === undefined ? '' : `${any.toleranceMs / 1_000} s`,
      any === undefined ? '' : `${goalMs(any) / 1_000} s`,
      time('mitigatedAtMs'),
      offTime('mitigatedAtMs'),
      failedCalls(on),
      failedCalls(off === undefined ? [] : [off]),
      time('evictedAtMs'),
      time('replacedAtMs'),
      time('recoveredAtMs'),
      offTime('recoveredAtMs'),
      String(wronglyRemoved(on)),
      String(sessionsLost(on)),
      meetsGoal(report, scenario) ? 'yes' : '**no**',
    ],
  ];
};

const failedCalls = (results: readonly ScenarioResult[]): string =>
  spread(
    results.map(({ calls }) => calls.failed),
    COUNT,
  );

const withoutController = (
  off: ScenarioResult | undefined,
  moment: Moment,
  capMs: number,
): string => {
  if (off === undefined) return 'no run';
  const ms = sinceFaultMs(off, moment);
  return ms === null ? `not within ${capMs / 1_000} s` : spread([ms], SECONDS);
};

/** Runs that came to no result, and runs that ended otherwise than promised: counted against the goal, and named. */
export const failureSection = ({ failedRuns, results }: Report): readonly string[] => {
  const lines = [
    ...failedRuns.map(
      ({ scenario, controller, seed, why }) =>
        `- ${scenario}, controller ${controller}, seed ${seed}: came to no result (${why})`,
    ),
    ...results.flatMap((result) =>
      shortcomings(result).map(
        (problem) => `- ${result.scenario}, controller on, seed ${result.seed}: ${problem}`,
      ),
    ),
  ];
  return lines.length === 0 ? [] : ['Runs that did not go well:', '', ...lines];
};

export const disturbedSection = (report: Report): readonly string[] => {
  const rows = DISTURBED_SCENARIOS.flatMap((scenario) => disturbedRow(report, scenario));
  if (rows.length === 0) return [];
  return [
    '## When more goes wrong than the member',
    '',
    'The same fault while AWS, the agent on the host or the controller itself fails too. One run each with the controller on, and no',
    'goal for the time: the question is whether the cure comes, once, and nobody else is hurt.',
    '',
    ...table(
      [
        'scenario',
        'mitigated',
        'replaced',
        'failed calls',
        'wrongly removed',
        'sessions lost',
        'as expected',
      ],
      rows,
    ),
  ];
};

const disturbedRow = (report: Report, scenario: string): readonly (readonly string[])[] => {
  const results = resultsOf(report, scenario, 'on');
  if (results.length + failuresOf(report, scenario) === 0) return [];
  const time = (moment: Moment): string =>
    spread(
      results.map((result) => sinceFaultMs(result, moment)),
      SECONDS,
    );
  return [
    [
      scenario,
      time('mitigatedAtMs'),
      time('replacedAtMs'),
      failedCalls(results),
      String(wronglyRemoved(results)),
      String(sessionsLost(results)),
      isAsExpected(report, scenario) ? 'yes' : '**no**',
    ],
  ];
};
