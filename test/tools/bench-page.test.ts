import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ScenarioResult } from '../../lab/measure/result.ts';
import { pageOf } from '../../tools/bench/page.ts';
import { planRuns } from '../../tools/bench/plan.ts';
import { type Machine, type Report, readPlayed, writeReport } from '../../tools/bench/report.ts';
import { unmet } from '../../tools/bench/verdict.ts';

const FAULT_AT_MS = 20_000;

const cured = (mitigatedMs: number, other: Partial<ScenarioResult> = {}): ScenarioResult => ({
  scenario: 'hung-member',
  controller: 'on',
  profile: 'balanced',
  heartbeatS: 300,
  ssmDelayMs: 1_500,
  toleranceMs: 10_000,
  bootMs: 2_000,
  faultAtMs: FAULT_AT_MS,
  detectedAtMs: FAULT_AT_MS + 2_000,
  evictedAtMs: FAULT_AT_MS + 13_000,
  mitigatedAtMs: FAULT_AT_MS + mitigatedMs,
  replacedAtMs: FAULT_AT_MS + 17_000,
  recoveredAtMs: FAULT_AT_MS + 21_000,
  calls: { total: 2_000, failed: 400, perSecond: 60 },
  sessions: {
    before: 57,
    kept: 57,
    moved: 0,
    expired: 0,
    unreachable: 0,
    resurrected: 0,
    lost: 0,
  },
  forcedLogouts: 0,
  acts: [],
  wronglyEvicted: 0,
  wronglyKilled: 0,
  railsBroken: [],
  realMembers: 4,
  seed: 1,
  ...other,
});

const untouched = cured(0, {
  controller: 'off',
  evictedAtMs: null,
  mitigatedAtMs: null,
  replacedAtMs: null,
  recoveredAtMs: null,
  calls: { total: 3_000, failed: 1_861, perSecond: 60 },
});

const MACHINE: Machine = {
  date: '2026-11-23T14:00:00.000Z',
  commit: 'abc1234',
  cpu: 'a processor',
  cores: 2,
  memoryGiB: 24,
  os: 'Linux 6.1',
  node: 'v24.21.0',
  java: 'openjdk 17.0.13',
};

const report = (results: readonly ScenarioResult[], other: Partial<Report> = {}): Report => ({
  command: 'npm run bench -- --runs 3',
  machine: MACHINE,
  runs: 3,
  offCapMs: 60_000,
  results: [...results],
  failedRuns: [],
  startupMachine: MACHINE,
  startup: { bundleBytes: 440 * 1024, importMs: [79, 81, 85], medianImportMs: 81 },
  commands: [],
  ...other,
});

/** Cells of a row by the column's head, in the table that has the row. */
const row = (page: string, name: string): Record<string, string> => {
  const lines = page.split('\n');
  const at = lines.findIndex((line) => line.startsWith(`| ${name} |`));
  const head = lines.slice(0, at).findLast((line) => /^\| (scenario|what) \|/.test(line)) ?? '';
  const cells = (line: string): string[] =>
    line.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, ''));
  const values = cells(lines[at] ?? '');
  return Object.fromEntries(cells(head).map((column, index) => [column, values[index] ?? '']));
};

describe('the benchmark page', () => {
  it('shows medians with their range beside the run without a controller', () => {
    const runs = [cured(13_000), cured(15_500), cured(14_000)];
    const page = pageOf(report([untouched, ...runs]));
    expect(row(page, 'hung-member')).toMatchObject({
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
    expect(unmet(report([untouched, ...runs]))).toEqual([]);
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
    ['no run at all with the controller on', [untouched], 'no run'],
  ])('is not met: %s', (_, results, mitigated) => {
    const page = pageOf(report(results));
    expect(row(page, 'hung-member')['mitigated']).toBe(mitigated);
    expect(row(page, 'hung-member')['goal met']).toBe('**no**');
    expect(unmet(report(results))).toEqual(['hung-member']);
  });

  it('counts a run that came to no result against the goal, and names it', () => {
    const failedRuns: Report['failedRuns'] = [
      { scenario: 'hung-member', controller: 'on', seed: 2, why: 'it ended with code 1' },
    ];
    const broken = report([untouched, cured(13_000)], { failedRuns });
    expect(pageOf(broken)).toContain(
      '- hung-member, controller on, seed 2: came to no result (it ended with code 1)',
    );
    expect(row(pageOf(broken), 'hung-member')).toMatchObject({
      runs: '1 of 2',
      'goal met': '**no**',
    });
    expect(unmet(broken)).toEqual(['hung-member']);
  });

  it('judges a disturbed scenario by its expectations, not by the time', () => {
    const slow = cured(80_000, { scenario: 'no-agent' });
    expect(row(pageOf(report([slow])), 'no-agent')).toMatchObject({
      mitigated: '80.0 s',
      'as expected': 'yes',
    });
    const odd = report([{ ...slow, unexpected: ['the controller never said so'] }]);
    expect(row(pageOf(odd), 'no-agent')['as expected']).toBe('**no**');
    expect(pageOf(odd)).toContain(
      '- no-agent, controller on, seed 1: the controller never said so',
    );
    expect(unmet(odd)).toEqual(['no-agent']);
  });

  it('shows what the controller weighs, and commands that were timed', () => {
    const heavy = report([], {
      startup: { bundleBytes: 500 * 1024, importMs: [99, 101, 120], medianImportMs: 101 },
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
});

describe('the report', () => {
  it('gives back its scenarios, and they keep their own date and commit on the page', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'bench-')), 'report.json');
    const first = report([untouched, cured(13_000)]);
    await writeReport(file, first);
    const played = await readPlayed(file);
    expect(played.results).toEqual(first.results);
    const later = { ...MACHINE, date: '2026-11-24T09:00:00.000Z', commit: 'def5678' };
    const page = pageOf({ ...first, ...played, startupMachine: later });
    expect(page).toContain('on 2026-11-23 (commit abc1234)');
    expect(page).toContain('measured on 2026-11-24 (commit def5678)');
  });

  it('is refused when a result in it is none', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'bench-')), 'report.json');
    const odd = report([{ ...cured(13_000), toleranceMs: -1 }]);
    await writeReport(file, odd);
    await expect(readPlayed(file)).rejects.toThrow(/not a scenario result:\ntoleranceMs/);
  });
});

describe('the plan', () => {
  it('plays the scenarios of the goal off once and on with each seed, the disturbed ones once', () => {
    expect(planRuns(2, ['hung-master', 'no-agent'])).toEqual([
      { scenario: 'hung-master', controller: 'off', seed: 1 },
      { scenario: 'hung-master', controller: 'on', seed: 1 },
      { scenario: 'hung-master', controller: 'on', seed: 2 },
      { scenario: 'no-agent', controller: 'on', seed: 1 },
    ]);
  });
});
