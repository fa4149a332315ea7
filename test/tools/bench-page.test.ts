import { describe, expect, it } from 'vitest';
import type { ScenarioResult } from '../../lab/measure/result.ts';
import { pageOf } from '../../tools/bench/page.ts';
import { runsOf } from '../../tools/bench/report.ts';
import { unmet } from '../../tools/bench/verdict.ts';
import { cured, MACHINE, report, untouched } from './results.ts';

/** Cells by the column's head, of each row that begins with this cell. */
const rows = (page: string, name: string): readonly Record<string, string>[] => {
  const cells = (line: string): string[] =>
    line.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, ''));
  let head: string[] = [];
  return page.split('\n').flatMap((line) => {
    if (/^\| (scenario|what) \|/.test(line)) head = cells(line);
    if (!line.startsWith(`| ${name} |`)) return [];
    const values = cells(line);
    return [Object.fromEntries(head.map((column, at) => [column, values[at] ?? '']))];
  });
};
const row = (page: string, name: string): Record<string, string> => rows(page, name)[0] ?? {};

describe('one sick member', () => {
  it('shows medians with their range beside the run without Quorate', () => {
    const runs = report([untouched(), cured(13_000), cured(15_500), cured(14_000)]);
    expect(row(pageOf(runs), 'hung-member')).toMatchObject({
      runs: '3 of 3',
      tolerance: '10 s',
      goal: '16 s',
      mitigated: '14.0 s (13.0-15.5)',
      'off: mitigated': 'not within 60 s',
      'failed calls': '400 (400-400)',
      'off: failed calls': '1861',
      evicted: '13.0 s (13.0-13.0)',
      'wrongly removed': '0',
      'sessions lost': '0',
      'goal met': 'yes',
    });
    expect(unmet(runs)).toEqual([]);
  });

  it.each<[string, readonly ScenarioResult[], string]>([
    ['late at the median', [cured(13_000), cured(16_100), cured(17_000)], '16.1 s (13.0-17.0)'],
    [
      'never in two of three',
      [cured(13_000), cured(0, { mitigatedAtMs: null }), cured(0, { mitigatedAtMs: null })],
      'never (13.0-never)',
    ],
    ['a member wrongly killed', [cured(13_000, { wronglyKilled: 1 })], '13.0 s'],
    [
      'a session lost',
      [cured(13_000, { sessions: { ...cured(0).sessions, kept: 56, lost: 1 } })],
      '13.0 s',
    ],
    ['not whole again', [cured(13_000, { recoveredAtMs: null })], '13.0 s'],
    ['whole too late', [cured(13_000, { recoveredAtMs: 66_000 })], '13.0 s'],
  ])('is not met: %s', (_, results, mitigated) => {
    const page = pageOf(report(results));
    expect(row(page, 'hung-member')['mitigated']).toBe(mitigated);
    expect(row(page, 'hung-member')['goal met']).toBe('**no**');
    expect(unmet(report(results))).toEqual(['hung-member']);
  });

  it('has two more seconds where the peers must fence the victim', () => {
    const slow = cured(17_900, { scenario: 'host-vanishes' });
    expect(row(pageOf(report([slow])), 'host-vanishes')).toMatchObject({
      goal: '18 s',
      'goal met': 'yes',
    });
  });

  it('says no run where only the run without Quorate was played, and blames nobody for it', () => {
    const only = report([untouched()]);
    expect(row(pageOf(only), 'hung-member')['mitigated']).toBe('no run');
    expect(unmet(only)).toEqual([]);
  });

  it('counts a run that came to no result against the goal, and names it', () => {
    const whole = report([untouched(), cured(13_000), cured(13_000)]);
    const broken = report([], {
      sessions: whole.sessions.map((session) => ({
        ...session,
        runs: session.runs.map((run) =>
          run.controller === 'on' && run.seed === 2
            ? { ...run, result: null, why: 'it ended with code 1' }
            : run,
        ),
      })),
    });
    expect(pageOf(broken)).toContain(
      '- hung-member, controller on, seed 2: came to no result (it ended with code 1)',
    );
    expect(row(pageOf(broken), 'hung-member')).toMatchObject({
      runs: '1 of 2',
      'goal met': '**no**',
    });
    expect(unmet(broken)).toEqual(['hung-member']);
  });

  it('gives the eager profile a table and a goal of its own', () => {
    const eager = [9_000, 10_100, 9_500].map((ms) =>
      cured(ms, { profile: 'eager', toleranceMs: 4_000 }),
    );
    const page = pageOf(report([cured(13_000), ...eager]));
    expect(rows(page, 'hung-member').map((each) => each['mitigated'])).toEqual([
      '13.0 s',
      '9.5 s (9.0-10.1)',
    ]);
    const late = report([cured(13_000), cured(10_100, { profile: 'eager', toleranceMs: 4_000 })]);
    expect(unmet(late)).toEqual(['hung-member (eager)']);
  });
});

describe('beside what teams have today', () => {
  const page = pageOf(
    report([
      untouched(),
      untouched({ controller: 'aws-only', mitigatedAtMs: 131_000 }),
      untouched({ controller: 'aws-only-deep', wronglyKilled: 2, wronglyEvicted: 2 }),
      cured(13_000),
      cured(15_000),
      cured(14_000),
    ]),
  );

  it('names who watches, and how long each was watched in vain', () => {
    const beside = rows(page, 'hung-member').filter((each) => 'who watches' in each);
    expect(beside.map((each) => [each['who watches'], each['mitigated']])).toEqual([
      ['nobody', 'not within 60 s'],
      ['Auto Scaling, check on `/health`', '111.0 s'],
      ['Auto Scaling, check on `/hazelcast/health`', 'not within 360 s'],
      ['**Quorate**', '14.0 s (13.0-15.0)'],
    ]);
  });

  it('counts the healthy members that it cost', () => {
    expect(rows(page, 'hung-member').map((each) => each['wrongly removed'])).toEqual([
      '0',
      '0',
      '0',
      '4',
      '0',
    ]);
  });

  it('is not shown where no baseline was played', () => {
    expect(pageOf(report([untouched(), cured(13_000)]))).not.toContain('who watches');
  });

  it("shows the incident's own software off and on", () => {
    const incident = { scenario: 'the-incident' };
    const shown = pageOf(
      report([untouched({ ...incident, mitigatedAtMs: 320_700 }), cured(14_000, incident)]),
    );
    expect(rows(shown, 'the-incident').map((each) => each['mitigated'])).toEqual([
      '300.7 s',
      '14.0 s',
    ]);
  });
});

describe('a lost quorum', () => {
  it.each([
    ['yes', 62_000],
    ['**no**', 62_001],
  ])('is whole in time or not, above the boot of a newcomer: %s', (met, recoveredAtMs) => {
    const page = pageOf(report([cured(30_000, { scenario: 'quorum-loss', recoveredAtMs })]));
    expect(row(page, 'quorum-loss')).toMatchObject({ goal: 'boot + 40 s', 'goal met': met });
  });
});

describe('scenarios without a goal', () => {
  it('are judged by their expectations, not by the time', () => {
    const slow = cured(80_000, { scenario: 'late-ssm' });
    expect(row(pageOf(report([slow])), 'late-ssm')).toMatchObject({
      mitigated: '80.0 s',
      'as expected': 'yes',
    });
    const odd = report([{ ...slow, unexpected: ['the controller never said so'] }]);
    expect(row(pageOf(odd), 'late-ssm')['as expected']).toBe('**no**');
    expect(pageOf(odd)).toContain(
      '- late-ssm, controller on, seed 1: the controller never said so',
    );
    expect(unmet(odd)).toEqual(['late-ssm']);
  });

  it('count acts where nobody may be touched', () => {
    const act = { tMs: 30_000, kind: 'kill', target: 'i-1', outcome: 'done' };
    const meddled = report([cured(0, { scenario: 'severed-link', acts: [act] })]);
    expect(row(pageOf(meddled), 'severed-link')).toMatchObject({
      acts: '1',
      'as expected': '**no**',
    });
  });
});

describe('the rest of the page', () => {
  it('shows what the controller weighs, and commands that were timed', () => {
    const heavy = report([], {
      startup: {
        machine: MACHINE,
        bundleBytes: 500 * 1024,
        importMs: [99, 101, 120],
        medianImportMs: 101,
      },
      commands: [
        { command: 'npm start', goalMs: 180_000, wallMs: 134_000, exitCode: 0 },
        { command: 'npm test', goalMs: 480_000, wallMs: 300_000, exitCode: 1 },
      ],
    });
    const page = pageOf(heavy);
    expect(row(page, "controller's bundle")).toMatchObject({ measured: '500 KiB', met: '**no**' });
    expect(row(page, 'its import, 3 fresh processes')).toMatchObject({
      measured: '101 ms (99-120)',
      met: '**no**',
    });
    expect(row(page, '`npm start`, from start to end')).toMatchObject({
      measured: '134 s',
      met: 'yes',
    });
    expect(row(page, '`npm test`, from start to end (exit code 1)')['met']).toBe('**no**');
    expect(unmet(heavy)).toEqual(['bundle size', 'import time', 'npm test']);
  });

  it('names each session with its command, date and commit, and start-up when it came later', () => {
    const first = report([cured(13_000)]);
    const later = { ...MACHINE, date: '2026-11-24T09:00:00.000Z', commit: 'def5678' };
    const page = pageOf({ ...first, startup: { ...first.startup, machine: later } });
    expect(page).toContain('- `npm run bench -- --runs 3` on 2026-11-23 (commit abc1234): 1 run\n');
    expect(page).toContain('measured on 2026-11-24 (commit def5678)');
    expect(runsOf(first)).toHaveLength(1);
  });
});
