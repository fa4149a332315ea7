import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { ScenarioResult } from '../../lab/measure/result.ts';
import { createStory, type Story } from '../../lab/story/story.ts';
import type { Out } from '../../lab/story/terminal.ts';
import { bar, gist, wrap } from '../../lab/story/text.ts';

const START_MS = 1_700_000_000_000;
const VICTIM = 'i-0a1b2c3d4e5f67890';

/** What a story prints, colours aside: Node decides on them, by the stream and the environment. */
const told = (
  tell: (story: Story, at: (seconds: number) => number) => void,
  how: { columns?: number; isTTY?: boolean; env?: NodeJS.ProcessEnv } = {},
): string => {
  const { columns, isTTY = false, env = {} } = how;
  const stream = new PassThrough();
  const out: Out = Object.assign(stream, { isTTY, ...(columns === undefined ? {} : { columns }) });
  let nowMs = START_MS;
  const story = createStory(out, { startedAtMs: START_MS, nowMs: () => nowMs, env });
  tell(story, (seconds) => {
    nowMs = START_MS + seconds * 1000;
    return nowMs;
  });
  return stripVTControlCharacters(String(stream.read() ?? ''));
};

const RESULT: ScenarioResult = {
  scenario: 'hung-master',
  controller: 'on',
  profile: 'balanced',
  heartbeatS: 300,
  ssmDelayMs: 1_500,
  toleranceMs: 10_000,
  bootMs: 6_500,
  faultAtMs: 14_000,
  detectedAtMs: 15_000,
  evictedAtMs: 27_000,
  mitigatedAtMs: 27_200,
  replacedAtMs: 30_000,
  recoveredAtMs: null,
  calls: { total: 2_534, failed: 312, perSecond: 60 },
  sessions: { before: 60, kept: 58, moved: 0, expired: 0, unreachable: 0, resurrected: 0, lost: 2 },
  forcedLogouts: 2,
  acts: [],
  wronglyEvicted: 0,
  wronglyKilled: 0,
  railsBroken: [],
  realMembers: 3,
  seed: 1,
};
const OFF: ScenarioResult = {
  ...RESULT,
  controller: 'off',
  evictedAtMs: null,
  mitigatedAtMs: null,
  calls: { total: 3_600, failed: 2_412, perSecond: 60 },
};

describe('the live story', () => {
  it('tells the time in seconds since the start and names who acts on whom', () => {
    const text = told((story, at) => {
      story.phase('The fault');
      at(9.25);
      story.cast([{ instanceId: VICTIM, zone: 'a', address: '10.77.1.4', role: 'master' }]);
      story.fault('hung-master', VICTIM);
      story.act({ atMs: at(12), kind: 'kill', target: VICTIM, outcome: 'done' });
      story.act({
        kind: 'replace',
        target: 'i-0ffffffffffffffff',
        outcome: 'unknown',
        detail: 'reply lost',
      });
    });
    expect(text.split('\n')).toEqual([
      '',
      `-- 0.0 s - The fault ${'-'.repeat(79)}`,
      '   9.3 s  who      i-0a1b2c3d (zone a, 10.77.1.4, master)',
      '   9.3 s  fault    hung-master: i-0a1b2c3d (zone a, 10.77.1.4, master)',
      '  12.0 s  act      kill by SSM: i-0a1b2c3d (zone a, 10.77.1.4, master), done',
      '  12.0 s  act      replace by Auto Scaling: i-0fffffff, unknown (reply lost)',
      '',
    ]);
  });

  it('draws what users saw, against a full second of calls', () => {
    const text = told((story) => {
      story.users({ perSecond: 60, failedPerSecond: 0 });
      story.users({ perSecond: 60, failedPerSecond: 1 });
      story.users({ perSecond: 30, failedPerSecond: 15 });
      story.users({ perSecond: 80, failedPerSecond: 20 });
      story.users({ perSecond: 0, failedPerSecond: 0 });
    });
    const lines = text.split('\n').filter((line) => line.includes('calls/s'));
    expect(lines.map((line) => line.slice(19))).toEqual([
      '####################   60 calls/s   0 failed',
      '###################x   60 calls/s   1 failed',
      '#####xxxxx..........   30 calls/s  15 failed',
      '#############xxxxxxx   80 calls/s  20 failed',
      '....................    0 calls/s no answers',
    ]);
  });

  it('counts a sentence that only repeats itself, and prints a new one', () => {
    const text = told((story, at) => {
      story.sentence(at(1), `degraded, ${VICTIM} silent for 1.2 s, listed by 2`);
      story.sentence(at(2), `degraded, ${VICTIM} silent for 2.2 s, listed by 2`);
      story.sentence(at(3), `degraded, ${VICTIM} silent for 3.2 s, listed by 2`);
      story.sentence(at(4), `degraded, ${VICTIM} silent for 4.2 s, listed by 1`);
    });
    expect(text.split('\n')).toEqual([
      '   1.0 s  Quorate  degraded, i-0a1b2c3d silent for 1.2 s, listed by 2',
      '                   (Quorate said so 2 more times)',
      '   4.0 s  Quorate  degraded, i-0a1b2c3d silent for 4.2 s, listed by 1',
      '',
    ]);
  });

  it('prints of a sentence that begins like the last one the rest, and all of it when something is missing', () => {
    const text = told((story, at) => {
      story.sentence(at(1), 'QuorumLost: 1 of 3; a is Dead for 1.0 s; failover: verify done');
      story.sentence(
        at(2),
        'QuorumLost: 1 of 3; a is Dead for 2.0 s; failover: carry done; 5 left',
      );
      story.sentence(at(3), 'QuorumLost: 1 of 3; a is Dead for 3.0 s');
      story.sentence(at(4), 'Quorate: 3 of 3; failover: carry done');
    });
    expect(text.split('\n').map((line) => line.slice(19))).toEqual([
      'QuorumLost: 1 of 3; a is Dead for 1.0 s; failover: verify done',
      '... failover: carry done; 5 left',
      'QuorumLost: 1 of 3; a is Dead for 3.0 s',
      'Quorate: 3 of 3; failover: carry done',
      '',
    ]);
  });
});

const everything = (story: Story): void => {
  story.phase(
    'A heading that is by far too long for one line of a narrow terminal, or so it seems',
  );
  story.note('word '.repeat(60));
  story.users({ perSecond: 60, failedPerSecond: 20 });
  story.sentence(START_MS, 'word '.repeat(60));
  story.summary(RESULT);
  story.comparison(OFF, RESULT);
};

describe('the terminal', () => {
  const UTF8 = { LANG: 'C.UTF-8', TERM: 'xterm' };

  it.each([80, 120])('is not overrun at %i columns', (columns) => {
    const lines = told(everything, { columns, isTTY: true, env: UTF8 }).split('\n');
    const widths = lines.map((line) => line.length);
    expect(Math.max(...widths)).toBeLessThanOrEqual(columns);
  });

  it.each([
    ['a log', { isTTY: false, env: UTF8 }],
    ['a dumb terminal', { isTTY: true, env: { ...UTF8, TERM: 'dumb' } }],
    ['a terminal that is not UTF-8', { isTTY: true, env: { LANG: 'C', TERM: 'xterm' } }],
  ])('gets plain ASCII when it is %s', (_what, how) => {
    expect(told(everything, how)).toMatch(/^[\x20-\x7e\n]*$/);
  });

  it('gets blocks when it can show them', () => {
    expect(told(everything, { isTTY: true, env: UTF8 })).toContain('▒');
  });
});

describe('the tables', () => {
  it('count what a fault brings about from the fault, also when it was there before the whole of it', () => {
    const before = { ...RESULT, evictedAtMs: (RESULT.faultAtMs ?? 0) - 800 };
    expect(told((story) => story.summary(before))).toMatch(/evicted \(off every list\) +0\.0 s\n/);
  });

  it('count from the fault and say never as what it is', () => {
    const text = told((story) => story.summary(RESULT));
    expect(text).toMatch(/failed calls +312 of 2,534\n/);
    expect(text).toMatch(/mitigated \(calls succeed\) +13\.2 s\n/);
    expect(text).toMatch(/detected \(first suspicion\) +1\.0 s\n/);
    expect(text).toMatch(/recovered \(all healthy\) +not in this run\n/);
    expect(text).toMatch(/sessions kept or moved +58 of 60\n/);
  });

  it('stand side by side, every line equally long', () => {
    const text = told((story) => story.comparison(OFF, RESULT));
    const rows = text.split('\n').filter((line) => /^ {2}\w.* {3}\S.* {3}\S/.test(line));
    expect(new Set(rows.map((row) => row.length)).size).toBe(1);
    expect(text).toMatch(/controller off +controller on\n/);
    const words = text.replaceAll(/\s+/g, ' ');
    expect(words).toContain(
      'Without Quorate: 2,412 failed calls, and calls still fail when the run ends.',
    );
    expect(words).toContain(
      'With Quorate: 312 failed calls; calls succeed again after 13.2 s, but the fleet is not whole when the run ends.',
    );
  });
});

describe('a move', () => {
  const moved = {
    ...RESULT,
    recoveredAtMs: (RESULT.faultAtMs ?? 0) + 45_000,
    sessions: { ...RESULT.sessions, before: 60, kept: 0, moved: 34, lost: 0, unreachable: 0 },
    forcedLogouts: 26,
  };

  it('tells who could not be taken along, and that everybody else was', () => {
    const text = told((story) => story.comparison(OFF, moved));
    expect(text).toMatch(/sessions with no copy left +\d+ +26\n/);
    expect(text.replaceAll(/\s+/g, ' ')).toContain(
      '34 of 34 users who had a copy of their session left went along without a log-in.',
    );
  });
});

describe('text', () => {
  it('wraps at words and keeps long ones whole', () => {
    expect(wrap('a bb ccc', 4)).toEqual(['a bb', 'ccc']);
    expect(wrap('abcdefgh a', 4)).toEqual(['abcdefgh', 'a']);
    expect(wrap('', 4)).toEqual(['']);
  });

  it('tells sentences apart by everything but durations', () => {
    expect(gist('silent for 3.2 s (300 ms)')).toBe(gist('silent for 14 s (7 ms)'));
    expect(gist('3 members')).not.toBe(gist('2 members'));
  });

  it('never hides a failure in a bar', () => {
    const scale = { full: 1_000, width: 10 };
    expect(bar(0, 0, scale)).toEqual({ good: 0, bad: 0, empty: 10 });
    expect(bar(999, 1, scale)).toEqual({ good: 9, bad: 1, empty: 0 });
    expect(bar(0, 1, scale)).toEqual({ good: 0, bad: 1, empty: 9 });
    expect(bar(0, 1_000, scale)).toEqual({ good: 0, bad: 10, empty: 0 });
    expect(bar(9, 1_500, scale)).toEqual({ good: 0, bad: 10, empty: 0 });
  });
});
