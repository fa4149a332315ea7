/** What the page says of scenarios without a goal for the time: a cure that is disturbed, and nobody who may be touched. Pure. */
import { findScenario } from '../../lab/scenarios/all.ts';
import { failedCalls, timeOf } from './cure-sections.ts';
import { table, total } from './figures.ts';
import { DISTURBED_SCENARIOS, DOOR_SCENARIOS, QUORUM_SCENARIOS, SPARED_SCENARIOS } from './plan.ts';
import type { Report } from './report.ts';
import {
  balanced,
  isAsExpected,
  meetsGoal,
  resultsOf,
  seriesOf,
  sessionsLost,
  wronglyRemoved,
} from './verdict.ts';

export const disturbedSection = (report: Report): readonly string[] =>
  curesOf(report, DISTURBED_SCENARIOS, [
    '## When more goes wrong than the member',
    '',
    'A fault while AWS, the agent on the host or the controller itself fails too. One run each with the controller on, and no goal for',
    'the time: the question is whether the cure comes, once, and nobody else is hurt.',
  ]);

export const doorsSection = (report: Report): readonly string[] =>
  curesOf(report, DOOR_SCENARIOS, [
    '## When nobody watches, until somebody calls',
    '',
    'The watcher is gone, and an alarm comes or a person gives an order. One run each with the controller on.',
  ]);

const curesOf = (
  report: Report,
  scenarios: readonly string[],
  heading: readonly string[],
): readonly string[] => {
  const rows = playedOf(report, scenarios).map((scenario) => {
    const results = resultsOf(report, balanced(scenario));
    return [
      scenario,
      timeOf(results, 'mitigatedAtMs'),
      timeOf(results, 'replacedAtMs'),
      failedCalls(results),
      ...harm(report, scenario),
    ];
  });
  if (rows.length === 0) return [];
  const head = ['scenario', 'mitigated', 'replaced', 'failed calls', ...HARM_HEAD];
  return [...heading, '', ...table(head, rows)];
};

export const quorumSection = (report: Report): readonly string[] => {
  const rows = playedOf(report, QUORUM_SCENARIOS).map((scenario) => {
    const results = resultsOf(report, balanced(scenario));
    const goalMs = findScenario(scenario)?.wholeGoalMs;
    const sessions = (pick: 'before' | 'kept' | 'moved' | 'resurrected' | 'lost'): string =>
      String(total(results, (result) => result.sessions[pick]));
    return [
      scenario,
      timeOf(results, 'mitigatedAtMs'),
      timeOf(results, 'recoveredAtMs'),
      goalMs === undefined ? '' : `boot + ${goalMs / 1_000} s`,
      failedCalls(results),
      sessions('before'),
      sessions('kept'),
      sessions('moved'),
      sessions('lost'),
      sessions('resurrected'),
      meetsGoal(report, balanced(scenario)) ? 'yes' : '**no**',
    ];
  });
  if (rows.length === 0) return [];
  return [
    '## When the quorum is lost, and when a fleet moves',
    '',
    'One run each with the controller on. *Recovered* is a whole fleet that serves everybody; where a time is promised, it is measured from',
    'the fault. *Kept* sessions went on where they were, *moved* ones on the other side; *lost* had a live copy that could be read, and their users were logged out all the same;',
    '*came back* are sessions that lived on after their user had logged out.',
    '',
    ...table(
      [
        'scenario',
        'mitigated',
        'recovered',
        'goal',
        'failed calls',
        'sessions',
        'kept',
        'moved',
        'lost',
        'came back',
        'goal met',
      ],
      rows,
    ),
  ];
};

export const sparedSection = (report: Report): readonly string[] => {
  const rows = playedOf(report, SPARED_SCENARIOS).map((scenario) => {
    const results = resultsOf(report, balanced(scenario));
    const acts = total(results, (result) => result.acts.length);
    return [scenario, String(acts), failedCalls(results), ...harm(report, scenario)];
  });
  if (rows.length === 0) return [];
  return [
    '## When nobody may be hurt',
    '',
    'What passes by itself, sits elsewhere or is no fault at all must be left alone; what still works must be replaced without a failed',
    'call. One run each with the controller on.',
    '',
    ...table(['scenario', 'acts', 'failed calls', ...HARM_HEAD], rows),
  ];
};

const HARM_HEAD = ['wrongly removed', 'sessions lost', 'as expected'];

const harm = (report: Report, scenario: string): readonly string[] => {
  const results = resultsOf(report, balanced(scenario));
  return [
    String(wronglyRemoved(results)),
    String(sessionsLost(results)),
    isAsExpected(report, balanced(scenario)) ? 'yes' : '**no**',
  ];
};

const playedOf = (report: Report, scenarios: readonly string[]): readonly string[] =>
  scenarios.filter((scenario) => seriesOf(report, balanced(scenario)).length > 0);
