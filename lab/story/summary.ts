/** A result as a table, alone or beside another. */
import { WATCHES } from '../controllers.ts';
import type { ScenarioResult } from '../measure/result.ts';
import type { Format, Terminal } from './terminal.ts';
import { grouped, seconds, wrap } from './text.ts';

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

/** Time from the fault. */
const afterFault =
  (moment: (result: ScenarioResult) => number | null) =>
  (result: ScenarioResult): Cell => {
    const atMs = moment(result);
    if (result.faultAtMs === null) return plain('no fault');
    if (atMs === null) return { text: NEVER, format: 'yellow' };
    // What a fault brings about may be there before the whole of it is.
    return plain(seconds(Math.max(0, atMs - result.faultAtMs)));
  };

/** A count that should be 0. */
const harm =
  (count: (result: ScenarioResult) => number) =>
  (result: ScenarioResult): Cell => ({
    text: grouped(count(result)),
    format: count(result) > 0 ? 'red' : 'green',
  });

const detected = (result: ScenarioResult): Cell =>
  result.controller === 'on'
    ? afterFault(({ detectedAtMs }) => detectedAtMs)(result)
    : plain(result.controller === 'off' ? 'nobody watches' : 'nobody is told');

const sessionsLeft = ({ sessions }: ScenarioResult): Cell => {
  const kept = sessions.kept + sessions.moved;
  const text = `${grouped(kept)} of ${grouped(sessions.before)}`;
  return { text, format: kept === sessions.before ? 'green' : 'yellow' };
};

/** Those of whom no member that is left has a copy: no controller can bring them back. */
const gone = ({
  sessions: { before, kept, moved, expired, unreachable, lost },
}: ScenarioResult): number => before - kept - moved - expired - unreachable - lost;

/** Whose session is gone must log in again; anybody else must not. */
const loggedOut = (result: ScenarioResult): Cell => {
  const { forcedLogouts, sessions } = result;
  const isHarm = forcedLogouts > gone(result) + sessions.expired;
  return {
    text: grouped(forcedLogouts),
    format: forcedLogouts === 0 ? 'green' : isHarm ? 'red' : 'yellow',
  };
};

const ROWS: readonly Row[] = [
  {
    label: 'failed calls',
    cell: ({ calls }) => plain(`${grouped(calls.failed)} of ${grouped(calls.total)}`),
  },
  { label: 'detected (first suspicion)', cell: detected },
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
  { label: 'sessions kept or moved', cell: sessionsLeft },
  { label: 'sessions with no copy left', cell: (result) => plain(grouped(gone(result))) },
  { label: 'sessions lost', cell: harm((result) => result.sessions.lost) },
  { label: 'sessions without answer', cell: harm((result) => result.sessions.unreachable) },
  { label: 'forced log-outs', cell: loggedOut },
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
  return controller === 'off' ? 'controller off' : uncapitalised(WATCHES[controller].heading);
};

const uncapitalised = (text: string): string => text.slice(0, 1).toLowerCase() + text.slice(1);

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

/** The point of it all, in a line. */
const gistOf = (result: ScenarioResult): string => {
  const { faultAtMs, mitigatedAtMs, recoveredAtMs, calls } = result;
  const failed = `${grouped(calls.failed)} failed calls`;
  if (faultAtMs === null) return `${failed}.`;
  if (mitigatedAtMs === null) return `${failed}, and calls still fail when the run ends.`;
  const relief = `${failed}; calls succeed again after ${seconds(mitigatedAtMs - faultAtMs)}`;
  return recoveredAtMs === null
    ? `${relief}, but the fleet is not whole when the run ends.`
    : `${relief}, whole again after ${seconds(recoveredAtMs - faultAtMs)}.${movedWords(result)}`;
};

const movedWords = ({ sessions: { moved, lost, unreachable } }: ScenarioResult): string =>
  moved === 0
    ? ''
    : ` ${grouped(moved)} of ${grouped(moved + lost + unreachable)} users who had a copy of their session left went along without a log-in.`;

const VERDICT_INDENT = 19;

const verdictLines = (
  label: string,
  result: ScenarioResult,
  terminal: Terminal,
): readonly string[] => {
  const [first = '', ...rest] = wrap(gistOf(result), terminal.width - VERDICT_INDENT);
  const format: Format = result.mitigatedAtMs === null ? 'red' : 'green';
  return [
    `  ${terminal.paint('bold', label.padEnd(VERDICT_INDENT - 2))}${terminal.paint(format, first)}`,
    ...rest.map((line) => ' '.repeat(VERDICT_INDENT) + terminal.paint(format, line)),
  ];
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
  '',
  ...verdictLines('Without Quorate:', off, terminal),
  ...verdictLines('With Quorate:', on, terminal),
];
