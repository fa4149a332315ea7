import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SCENARIOS } from '../../lab/scenarios/all.ts';
import { headlineLines, withHeadline } from '../../tools/bench/headline.ts';
import { readOptions } from '../../tools/bench/options.ts';
import { missingOf, planRuns } from '../../tools/bench/plan.ts';
import { merge, readReport, runsOf, writeReport } from '../../tools/bench/report.ts';
import { cured, MACHINE, report, untouched } from './results.ts';

const file = (): string => join(mkdtempSync(join(tmpdir(), 'bench-')), 'report.json');

describe('the report', () => {
  it('gives back from its file what was written', async () => {
    const written = report([untouched(), cured(13_000)]);
    const path = file();
    await writeReport(path, written);
    expect(await readReport(path)).toEqual(written);
  });

  it('is refused when a result in it is none', async () => {
    const path = file();
    await writeReport(path, report([{ ...cured(13_000), toleranceMs: -1 }]));
    await expect(readReport(path)).rejects.toThrow(/not a scenario result:\ntoleranceMs/);
  });
});

describe('merging', () => {
  const later = { ...MACHINE, date: '2026-11-24T09:00:00.000Z', commit: 'def5678' };
  const first = report([untouched(), cured(13_000), cured(14_000)], {
    commands: [{ command: 'npm start', goalMs: 1, wallMs: 1, exitCode: 0 }],
  });
  const again = report([cured(12_000), cured(9_000, { profile: 'eager' })]);
  const second = {
    ...again,
    sessions: again.sessions.map((session) => ({ ...session, machine: later })),
    startup: { ...again.startup, machine: later },
  };

  it('takes the newer of two runs of the same, and leaves every other where it was measured', () => {
    const merged = merge([first], second);
    expect(
      merged.sessions.map(({ machine, runs }) => [
        machine.commit,
        runs.map(({ controller, profile, seed }) => `${controller} ${profile} ${seed}`),
      ]),
    ).toEqual([
      ['abc1234', ['off balanced 1', 'on balanced 2']],
      ['def5678', ['on balanced 1', 'on eager 1']],
    ]);
    const [newer] = runsOf(merged).filter(
      ({ controller, seed }) => controller === 'on' && seed === 1,
    );
    expect(newer?.result?.mitigatedAtMs).toBe(32_000);
  });

  it('keeps the newest start-up, and commands that were not timed again', () => {
    const merged = merge([first], second);
    expect(merged.startup.machine.commit).toBe('def5678');
    expect(merged.commands.map(({ command }) => command)).toEqual(['npm start']);
  });

  it('forgets a session of which nothing is left', () => {
    expect(merge([first], first).sessions).toHaveLength(1);
    const untimed = report([]);
    expect(merge([first], untimed).sessions).toEqual(first.sessions);
  });
});

describe("the README's table", () => {
  const played = report([
    untouched(),
    untouched({ controller: 'aws-only', mitigatedAtMs: 131_000 }),
    cured(13_000),
    cured(15_000),
    cured(14_000),
    cured(14_000, { scenario: 'metaspace-zombie' }),
  ]);

  it('shows faults that were played with and without Quorate, and leaves out what was not', () => {
    expect(headlineLines(played).slice(3, 6)).toEqual([
      '| fault | nobody watches | Auto Scaling checks `/health` | Auto Scaling checks `/hazelcast/health` | a function detaches the unhealthy | **Quorate** |',
      '| --- | --- | --- | --- | --- | --- |',
      '| Hazelcast 5.7: a member hangs | over 60 s, 1,861 calls | 111.0 s, 1,861 calls |  |  | 14.0 s, 400 calls |',
    ]);
  });

  it('is written between its marks, as often as you like', () => {
    const readme = [
      'before',
      '<!-- written by npm run bench: begin -->',
      'old',
      '<!-- written by npm run bench: end -->',
      'after',
    ].join('\n');
    const once = withHeadline(readme, played);
    expect(once).toMatch(
      /^before\n<!-- [^>]*begin -->\n\nAfter how many[\s\S]*\n\n<!-- [^>]*end -->\nafter$/,
    );
    expect(once).not.toContain('old');
    expect(withHeadline(once, played)).toBe(once);
  });

  it('is not written anywhere else', () => {
    expect(() => withHeadline('no marks', played)).toThrow(/lacks the line/);
  });
});

describe('the plan', () => {
  const told = (options: Parameters<typeof planRuns>[0]): readonly string[] =>
    planRuns(options).map(
      ({ scenario, controller, profile, seed, offCapMs }) =>
        `${scenario} ${controller} ${profile} ${seed} ${offCapMs / 1_000}`,
    );

  it('plays a scenario with a goal off once and on with each seed, a disturbed one once', () => {
    expect(told({ runs: 2, only: ['no-ssm', 'late-ssm'], sections: [], controllers: [] })).toEqual([
      'no-ssm off balanced 1 60',
      'no-ssm on balanced 1 0',
      'no-ssm on balanced 2 0',
      'late-ssm on balanced 1 0',
    ]);
  });

  it('plays what teams have today for six minutes each, and nobody beside them as long', () => {
    const runs = told({
      runs: 1,
      only: ['hung-member'],
      sections: ['goal', 'baselines'],
      controllers: [],
    });
    expect(runs).toEqual([
      'hung-member off balanced 1 360',
      'hung-member on balanced 1 0',
      'hung-member aws-only balanced 1 360',
      'hung-member aws-only-deep balanced 1 360',
      'hung-member detach balanced 1 360',
    ]);
  });

  it('waits longer than the heart-beat time-out of the incident when nobody watches', () => {
    expect(told({ runs: 1, only: ['the-incident'], sections: [], controllers: [] })).toEqual([
      'the-incident off balanced 1 360',
      'the-incident on balanced 1 0',
      'the-incident aws-only balanced 1 360',
      'the-incident detach balanced 1 360',
    ]);
  });

  it('plays only with the controllers that are named', () => {
    const off = { runs: 2, only: ['no-ssm'], sections: [], controllers: ['off' as const] };
    expect(told(off)).toEqual(['no-ssm off balanced 1 60']);
  });

  it('leaves out what was played to a result, and watched as long', () => {
    const plan = planRuns({ runs: 2, only: ['hung-member'], sections: ['goal'], controllers: [] });
    const played = runsOf(report([untouched(), cured(13_000), cured(13_000)])).map((run) =>
      run.seed === 2 ? { ...run, result: null } : run,
    );
    expect(missingOf(plan, played).map(({ controller, seed }) => [controller, seed])).toEqual([
      ['off', 1],
      ['on', 2],
    ]);
  });

  it('plays every scenario there is', () => {
    const played = new Set(planRuns(readOptions([])).map(({ scenario }) => scenario));
    expect([...played].sort()).toEqual(SCENARIOS.map(({ name }) => name).sort());
  });
});

describe('the options', () => {
  it.each([
    ['--only', 'unheard-of', /--only unheard-of: there are .*hung-member/],
    ['--section', 'unheard-of', /--section unheard-of: there are goal, eager/],
    ['--controller', 'unheard-of', /--controller unheard-of: there are .*aws-only/],
    ['--runs', '0', /--runs 0: 1 or more/],
  ])('refuse %s %s and say what is allowed', (option, value, words) => {
    expect(() => readOptions([option, value])).toThrow(words);
  });
});
