/** What the page says of Quorate beside what teams have today, and of the incident's own software. Pure. */
import { CONTROLLERS, type Controller } from '../../lab/controllers.ts';
import { failedCalls, timeOf, withoutQuorate } from './cure-sections.ts';
import { table } from './figures.ts';
import { BASELINE_SCENARIOS, INCIDENT_SCENARIOS } from './plan.ts';
import type { Report } from './report.ts';
import { balanced, resultsOf, seriesOf, sessionsLost, wronglyRemoved } from './verdict.ts';

/** For a cell of a table. */
const WHO: Readonly<Record<Controller, string>> = {
  off: 'nobody',
  'aws-only': 'Auto Scaling, check on `/health`',
  'aws-only-deep': 'Auto Scaling, check on `/hazelcast/health`',
  detach: 'a function that detaches',
  on: '**Quorate**',
};

const HEAD = [
  'scenario',
  'who watches',
  'runs',
  'evicted',
  'mitigated',
  'failed calls',
  'recovered',
  'wrongly removed',
  'sessions lost',
];

const rowsOf = (report: Report, scenario: string): readonly (readonly string[])[] =>
  [...CONTROLLERS.filter((each) => each !== 'on'), 'on' as const].flatMap((controller) =>
    rowOf(report, scenario, controller),
  );

/** None when it was not played. */
const rowOf = (
  report: Report,
  scenario: string,
  controller: Controller,
): readonly (readonly string[])[] => {
  const series = { ...balanced(scenario), controller };
  const [run] = seriesOf(report, series);
  if (run === undefined) return [];
  const results = resultsOf(report, series);
  const time = (moment: Parameters<typeof timeOf>[1]): string =>
    controller === 'on' ? timeOf(results, moment) : withoutQuorate(run, moment);
  return [
    [
      scenario,
      WHO[controller],
      String(results.length),
      time('evictedAtMs'),
      time('mitigatedAtMs'),
      failedCalls(results),
      time('recoveredAtMs'),
      String(wronglyRemoved(results)),
      String(sessionsLost(results)),
    ],
  ];
};

export const baselineSection = (report: Report): readonly string[] => {
  const isPlayed = (scenario: string): boolean =>
    CONTROLLERS.some(
      (controller) =>
        controller !== 'on' &&
        controller !== 'off' &&
        seriesOf(report, { ...balanced(scenario), controller }).length > 0,
    );
  const rows = BASELINE_SCENARIOS.filter(isPlayed).flatMap((scenario) => rowsOf(report, scenario));
  if (rows.length === 0) return [];
  return [
    '## Beside what teams have today',
    '',
    'Each baseline once, watched for 6 min after the fault, beside the median of Quorate. *Auto Scaling*: health check type ELB, a check',
    "every 5 s with a time-out of 2 s, unhealthy after two failures; grace period 60 s (the console's 300 s, in a lab whose hosts boot in",
    'seconds), which the struck instances are past; deregistration delay 10 s (300 s by default). *A function that detaches*: the idea',
    "of AWS's sample remediation for an alarm on UnHealthyHostCount, woken once a minute (an alarm needs two periods of 60 s by default);",
    'it detaches what the load balancer finds unhealthy, one instance in ten, at least one. *Wrongly removed* counts whom it detached, too.',
    '',
    ...table(HEAD, rows),
  ];
};

export const incidentSection = (report: Report): readonly string[] => {
  const rows = INCIDENT_SCENARIOS.flatMap((scenario) => rowsOf(report, scenario));
  if (rows.length === 0) return [];
  return [
    "## The incident's own software",
    '',
    'Hazelcast 2.6.10 with its own defaults: a member that is silent is removed after 300 s.',
    '',
    ...table(HEAD, rows),
  ];
};
