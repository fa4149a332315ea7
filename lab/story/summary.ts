/** A result as a table, alone or beside another. */
import type { ScenarioResult } from '../measure/result.ts';
import type { Format, Terminal } from './terminal.ts';
import { grouped, seconds } from './text.ts';

interface Cell {
  readonly text: string;
  readonly format: Format;
}

interface Row {
  readonly label: string;
  readonly cell: (result: ScenarioResult) => Cell;
}

const NEVER = 'not in this run';

const plain = (text: string): Cell => ({ text, format: [] });

/** Time from the fault; the controller did not cause it, so only the outcome is judged. */
const afterFault =
  (moment: (result: ScenarioResult) => number | null) =>
  (result: ScenarioResult): Cell => {
    const atMs = moment(result);
    if (result.faultAtMs === null) return plain('no fault');
    if (atMs === null) return { text: NEVER, format: 'yellow' };
    return plain(seconds(atMs - result.faultAtMs));
  };

/** A count that should be 0. */
const harm =
  (count: (result: ScenarioResult) => number) =>
  (result: ScenarioResult): Cell => ({
    text: grouped(count(result)),
    format: count(result) > 0 ? 'red' : 'green',
  });

const trouble = (result: ScenarioResult): Cell => {
  const { faultAtMs, mitigatedAtMs } = result;
  if (faultAtMs === null) return plain('none');
  return mitigatedAtMs === null
    ? { text: 'to the end of the run', format: 'red' }
    : plain(seconds(mitigatedAtMs - faultAtMs));
};

const sessionsLeft = ({ sessions }: ScenarioResult): Cell => {
  const kept = sessions.kept + sessions.moved;
  const text = `${grouped(kept)} of ${grouped(sessions.before)}`;
  return { text, format: kept === sessions.before ? 'green' : 'yellow' };
};

const ROWS: readonly Row[] = [
  {
    label: 'failed calls',
    cell: ({ calls }) => plain(`${grouped(calls.failed)} of ${grouped(calls.total)}`),
  },
  { label: 'trouble for users', cell: trouble },
  {
    label: 'detected (first suspicion)',
    cell: afterFault((result) => result.detectedAtMs),
  },
  {
    label: 'evicted (off every list)',
    cell: afterFault((result) => result.evictedAtMs),
  },
  { label: 'mitigated (calls succeed)', cell: afterFault((result) => result.mitigatedAtMs) },
  {
    label: 'replaced (new instance)',
    cell: afterFault((result) => result.replacedAtMs),
  },
  { label: 'recovered (all healthy)', cell: afterFault((result) => result.recoveredAtMs) },
  { label: 'sessions kept', cell: sessionsLeft },
  { label: 'sessions lost', cell: harm((result) => result.sessions.lost) },
  { label: 'sessions without answer', cell: harm((result) => result.sessions.unreachable) },
  { label: 'forced log-outs', cell: harm((result) => result.forcedLogouts) },
  { label: 'wrongly evicted', cell: harm((result) => result.wronglyEvicted) },
  { label: 'wrongly killed', cell: harm((result) => result.wronglyKilled) },
  {
    label: 'rails broken',
    cell: ({ railsBroken }) =>
      railsBroken.length === 0
        ? { text: 'none', format: 'green' }
        : { text: railsBroken.join(', '), format: 'red' },
  },
];

const LABEL_WIDTH = Math.max(...ROWS.map((row) => row.label.length));
const GAP = 3;

const setting = ({ heartbeatS, ssmDelayMs, realMembers }: ScenarioResult): string => {
  const members = realMembers > 0 ? `${realMembers} real Hazelcast members` : 'simulated members';
  return `${members}, heart-beat time-out ${heartbeatS} s, SSM delay ${ssmDelayMs / 1000} s + ${ssmDelayMs / 1000} s`;
};

const controllerWords = ({ controller, profile, toleranceMs }: ScenarioResult): string => {
  if (controller === 'on') return `controller on, ${profile}, tolerance ${toleranceMs / 1000} s`;
  return controller === 'off' ? 'controller off' : `AWS alone (${controller})`;
};

/** Columns of results under their heads; values to the right of their column. */
const tableLines = (
  columns: readonly { readonly head: string; readonly result: ScenarioResult }[],
  terminal: Terminal,
): readonly string[] => {
  const cells = ROWS.map((row) => columns.map(({ result }) => row.cell(result)));
  const widths = columns.map(({ head }, at) =>
    Math.max(head.length, ...cells.map((row) => row[at]?.text.length ?? 0)),
  );
  const rule = (terminal.unicode ? '─' : '-').repeat(
    LABEL_WIDTH + widths.reduce((sum, width) => sum + width + GAP, 0),
  );
  const line = (label: string, row: readonly Cell[]): string => {
    const painted = row.map(({ text, format }, at) => {
      const padding = ' '.repeat(GAP + (widths[at] ?? 0) - text.length);
      return padding + terminal.paint(format, text);
    });
    return `  ${label.padEnd(LABEL_WIDTH)}${painted.join('')}`;
  };
  return [
    line(
      'times: from the fault',
      columns.map(({ head }) => ({ text: head, format: 'bold' })),
    ),
    `  ${terminal.paint('dim', rule)}`,
    ...ROWS.map((row, at) => line(row.label, cells[at] ?? [])),
    `  ${terminal.paint('dim', rule)}`,
  ];
};

export const summaryLines = (result: ScenarioResult, terminal: Terminal): readonly string[] => [
  '',
  `  ${terminal.paint('bold', `${result.scenario}, ${controllerWords(result)}`)}`,
  `  ${terminal.paint('dim', setting(result))}`,
  '',
  ...tableLines([{ head: 'result', result }], terminal),
];

const troubleWords = (result: ScenarioResult): string => {
  const { faultAtMs, mitigatedAtMs, calls } = result;
  const failed = `${grouped(calls.failed)} failed calls`;
  if (faultAtMs === null) return failed;
  if (mitigatedAtMs === null) return `${failed}, no relief before the run ended`;
  return `${failed}, relief after ${seconds(mitigatedAtMs - faultAtMs)}`;
};

export const comparisonLines = (
  off: ScenarioResult,
  on: ScenarioResult,
  terminal: Terminal,
): readonly string[] => [
  '',
  `  ${terminal.paint('bold', `${on.scenario}: the same fault, twice`)}`,
  `  ${terminal.paint('dim', setting(on))}`,
  '',
  ...tableLines(
    [
      { head: 'controller off', result: off },
      { head: 'controller on', result: on },
    ],
    terminal,
  ),
  `  ${terminal.paint('bold', 'Without Quorate:')} ${troubleWords(off)}.`,
  `  ${terminal.paint('bold', 'With Quorate:   ')} ${troubleWords(on)}.`,
];
