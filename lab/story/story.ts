/** The live story of a scenario, for somebody who sees it for the first time and for somebody who is paged at night. */
import type { ScenarioResult } from '../measure/result.ts';
import type { UsersView } from '../measure/tally.ts';
import { comparisonLines, summaryLines } from './summary.ts';
import { type Format, type Out, openTerminal, type Terminal } from './terminal.ts';
import { bar, gist, news, seconds, shortId, withShortIds, wrap } from './text.ts';

/** An instance that plays a part. */
export interface Player {
  readonly instanceId: string;
  readonly zone: string;
  readonly address: string;
  readonly role: 'master' | 'member';
}

export interface StoryAct {
  /** When it was done; now when not said. */
  readonly atMs?: number;
  readonly kind: string;
  /** Instance id. */
  readonly target: string;
  /** `done`, `failed`, `unknown`, `skipped`, ... */
  readonly outcome: string;
  readonly detail?: string;
}

/** All times are milliseconds since the epoch; what is printed is seconds since `startedAtMs`. */
export interface Story {
  /** A new part begins. */
  phase(text: string): void;
  note(text: string): void;
  /** Introduces instances, or tells their new roles: later lines name them by id, zone, address and role. */
  cast(players: readonly Player[]): void;
  /** What users saw in the last second. */
  users(view: UsersView): void;
  /** What Quorate said in one tick. The same again is counted, not printed; of a sentence that begins like the last, the rest. */
  sentence(atMs: number, text: string): void;
  /** What strikes whom. */
  fault(name: string, instanceId: string): void;
  act(act: StoryAct): void;
  summary(result: ScenarioResult): void;
  comparison(off: ScenarioResult, on: ScenarioResult): void;
}

export interface StoryOptions {
  /** Zero of the clock; now when not said. */
  readonly startedAtMs?: number;
  /** Calls a second that fill the users' bar: their fixed rate; 60 when not said. */
  readonly fullPerSecond?: number;
  /** For tests. */
  readonly nowMs?: () => number;
  readonly env?: NodeJS.ProcessEnv;
}

const BAR_WIDTH = 20;
const CLOCK_WIDTH = 8;
const LABEL_WIDTH = 9;
const INDENT = ' '.repeat(CLOCK_WIDTH + 2 + LABEL_WIDTH);

const LABELS = {
  note: ['', []],
  who: ['who', 'bold'],
  users: ['users', 'bold'],
  quorate: ['Quorate', ['bold', 'cyan']],
  fault: ['fault', ['bold', 'red']],
  act: ['act', ['bold', 'yellow']],
} as const satisfies Record<string, readonly [string, Format]>;

/** How AWS does it, for somebody who reads of the acts for the first time. */
const MEANS: Readonly<Record<string, string>> = {
  deregister: ' from the load balancer',
  kill: ' by SSM',
  stop: ' by SSM',
  fence: ' by its peers',
  lift: ' the fence',
  enterStandby: ' in its group',
  exitStandby: ' in its group',
  resize: ' of the group',
  replace: ' by Auto Scaling',
  terminate: ' by EC2',
  detach: ' from the group',
  scale: ', a group',
  suspend: ' processes of the group',
  unsuspend: ' processes of the group',
  preview: ' through a rule with a header',
  endPreview: ', the rule of',
  switch: ' all users to',
  carry: ' the sessions by',
};

const OUTCOMES: Readonly<Record<string, Format>> = { done: 'green', failed: 'red' };

/** Aligned lines: clock, label, text wrapped beside it. */
const createPage = (terminal: Terminal, clock: (atMs?: number) => string) => ({
  heading: (text: string): void => {
    const dash = terminal.unicode ? '─' : '-';
    const [first = '', ...rest] = wrap(`${clock().trim()} ${dash} ${text}`, terminal.width - 8);
    terminal.line('');
    terminal.line(
      terminal.paint('bold', `${dash.repeat(2)} ${first} `.padEnd(terminal.width, dash)),
    );
    for (const line of rest) terminal.line(terminal.paint('bold', `   ${line}`));
  },
  tell: (
    label: keyof typeof LABELS,
    text: string,
    how: { atMs?: number; format?: Format } = {},
  ) => {
    const [name, format] = LABELS[label];
    const [first = '', ...rest] = wrap(text, terminal.width - INDENT.length).map((line) =>
      terminal.paint(how.format ?? [], line),
    );
    const time = terminal.paint('dim', clock(how.atMs).padStart(CLOCK_WIDTH));
    terminal.line(`${time}  ${terminal.paint(format, name.padEnd(LABEL_WIDTH))}${first}`);
    for (const line of rest) terminal.line(`${INDENT}${line}`);
  },
  /** One line, already painted. */
  show: (label: keyof typeof LABELS, painted: string): void => {
    const [name, format] = LABELS[label];
    const time = terminal.paint('dim', clock().padStart(CLOCK_WIDTH));
    terminal.line(`${time}  ${terminal.paint(format, name.padEnd(LABEL_WIDTH))}${painted}`);
  },
  aside: (text: string): void => {
    terminal.line(`${INDENT}${terminal.paint('dim', text)}`);
  },
});

/** A bar for each second: what was served, what failed, beside a full second of calls. */
const createUsersLine = (terminal: Terminal, full: number) => {
  const [good, bad, none] = terminal.unicode ? ['█', '▒', '·'] : ['#', 'x', '.'];
  const line = ({ perSecond, failedPerSecond }: UsersView): string => {
    const cells = bar(perSecond - failedPerSecond, failedPerSecond, { full, width: BAR_WIDTH });
    const drawn =
      terminal.paint('green', good.repeat(cells.good)) +
      terminal.paint('red', bad.repeat(cells.bad)) +
      terminal.paint('dim', none.repeat(cells.empty));
    const failed = `${failedPerSecond} failed`.padStart(10);
    const trouble =
      perSecond === 0
        ? terminal.paint(['bold', 'red'], 'no answers'.padStart(10))
        : terminal.paint(failedPerSecond > 0 ? ['bold', 'red'] : 'dim', failed);
    return `${drawn} ${String(perSecond).padStart(4)} calls/s ${trouble}`;
  };
  return {
    line,
    legend: `(each line is one second of users' calls: ${good} served, ${bad} failed)`,
  };
};

/** @param out where it is printed, for example `process.stdout`. */
export const createStory = (out: Out, options: StoryOptions = {}): Story => {
  const { nowMs = Date.now, env = process.env } = options;
  const startedAtMs = options.startedAtMs ?? nowMs();
  const terminal = openTerminal(out, env);
  const page = createPage(terminal, (atMs = nowMs()) => seconds(atMs - startedAtMs));
  const usersLine = createUsersLine(terminal, options.fullPerSecond ?? 60);
  let legendTold = false;
  const players = new Map<string, Player>();
  let said = { sentence: '', again: 0 };

  const who = (instanceId: string): string => {
    const player = players.get(instanceId);
    if (player === undefined) return withShortIds(instanceId);
    const { zone, address, role } = player;
    return `${shortId(instanceId)} (zone ${zone}, ${address}, ${role})`;
  };
  const tellRepeats = (): void => {
    if (said.again > 0)
      page.aside(`(Quorate said so ${said.again} more ${said.again === 1 ? 'time' : 'times'})`);
    said = { sentence: '', again: 0 };
  };

  return {
    phase: (text) => {
      tellRepeats();
      page.heading(text);
    },
    note: (text) => page.tell('note', withShortIds(text), { format: 'dim' }),
    cast: (introduced) => {
      for (const player of introduced) {
        players.set(player.instanceId, player);
        page.tell('who', who(player.instanceId));
      }
    },
    users: (view) => {
      page.show('users', usersLine.line(view));
      if (!legendTold) page.aside(usersLine.legend);
      legendTold = true;
    },
    sentence: (atMs, text) => {
      if (gist(text) === gist(said.sentence)) {
        said.again += 1;
        return;
      }
      const fresh = news(text, said.sentence);
      tellRepeats();
      said.sentence = text;
      const told = fresh === text ? text : `${terminal.unicode ? '…' : '...'} ${fresh}`;
      page.tell('quorate', withShortIds(told), { atMs });
    },
    fault: (name, instanceId) =>
      page.tell('fault', `${name}: ${who(instanceId)}`, { format: 'red' }),
    act: ({ atMs, kind, target, outcome, detail }) => {
      const why = detail === undefined || detail === '' ? '' : ` (${withShortIds(detail)})`;
      page.tell('act', `${kind}${MEANS[kind] ?? ''}: ${who(target)}, ${outcome}${why}`, {
        ...(atMs === undefined ? {} : { atMs }),
        format: OUTCOMES[outcome] ?? 'yellow',
      });
    },
    summary: (result) => {
      tellRepeats();
      for (const line of summaryLines(result, terminal)) terminal.line(line);
    },
    comparison: (off, on) => {
      tellRepeats();
      for (const line of comparisonLines(off, on, terminal)) terminal.line(line);
    },
  };
};
