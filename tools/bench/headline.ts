/** The figures that the README shows: a block of it between two marks, made of a report and of nothing else. Pure. */
import type { Controller } from '../../lab/controllers.ts';
import { median } from '../../lab/measure/measure.ts';
import { grouped } from '../../lab/story/text.ts';
import { medianSinceFaultMs, SECONDS, spread, table } from './figures.ts';
import type { Report } from './report.ts';
import { balanced, resultsOf, seriesOf } from './verdict.ts';

const BEGIN = '<!-- written by npm run bench: begin -->';
const END = '<!-- written by npm run bench: end -->';

const ROWS: readonly (readonly [scenario: string, words: string])[] = [
  ['the-incident', 'Hazelcast 2.6, the incident: a member hangs'],
  ['the-incident-host', 'Hazelcast 2.6: a host drops off the network'],
  ['hung-member', 'Hazelcast 5.7: a member hangs'],
  ['metaspace-zombie', 'Hazelcast 5.7: a member runs out of Metaspace'],
  ['stuck-member', "Hazelcast 5.7: a member's threads are stuck"],
  ['host-vanishes', 'Hazelcast 5.7: a host drops off the network'],
];

const COLUMNS: readonly (readonly [controller: Controller, head: string])[] = [
  ['off', 'nobody watches'],
  ['aws-only', 'Auto Scaling checks `/health`'],
  ['aws-only-deep', 'Auto Scaling checks `/hazelcast/health`'],
  ['detach', 'a function detaches the unhealthy'],
  ['on', '**Quorate**'],
];

/** @returns lines without the marks; empty when no row was played with and without Quorate. */
export const headlineLines = (report: Report): readonly string[] => {
  const played = ROWS.filter(
    ([scenario]) => cellOf(report, scenario, 'on') !== '' && cellOf(report, scenario, 'off') !== '',
  );
  if (played.length === 0) return [];
  const heads = COLUMNS.map(([, head]) => head);
  const rows = played.map(([scenario, words]) => [
    words,
    ...COLUMNS.map(([controller]) => cellOf(report, scenario, controller)),
  ]);
  return [
    "After how many seconds users' calls succeed again, and how many of 60 a second have failed by the end; in the lab, heart-beat time-out 300 s,",
    'what Quorate does: the median of its runs, of two the longer; the others once, watched for 6 min. A member that is out of Metaspace lets calls through now and then.',
    '',
    ...table(['fault', ...heads], rows),
    '',
    'Every figure, with its goal and how it was measured: [docs/benchmarks.md](docs/benchmarks.md).',
  ];
};

/** Empty when it was not played. */
const cellOf = (report: Report, scenario: string, controller: Controller): string => {
  const series = { ...balanced(scenario), controller };
  const [run] = seriesOf(report, series);
  const results = resultsOf(report, series);
  if (run === undefined || results.length === 0) return '';
  const ms = medianSinceFaultMs(results, 'mitigatedAtMs');
  const never = controller === 'on' ? 'never' : `over ${run.offCapMs / 1_000} s`;
  const relief = ms === null ? never : spread([ms], SECONDS);
  return `${relief}, ${grouped(median(results.map(({ calls }) => calls.failed)) ?? 0)} calls`;
};

/** @returns the text with its block written anew. @throws Error when it has no such block. */
export const withHeadline = (readme: string, report: Report): string => {
  const [before, rest] = splitAt(readme, BEGIN);
  const [, after] = splitAt(rest, END);
  return [`${before}${BEGIN}`, '', ...headlineLines(report), '', `${END}${after}`].join('\n');
};

const splitAt = (text: string, mark: string): readonly [before: string, after: string] => {
  const place = text.indexOf(mark);
  if (place === -1) throw new Error(`README.md lacks the line ${mark}`);
  return [text.slice(0, place), text.slice(place + mark.length)];
};
