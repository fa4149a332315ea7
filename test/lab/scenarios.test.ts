/**
 * Real members, the real AWS wire protocol, the built controller: whether a sick member is cured, and nobody else is hurt.
 * One scenario shows that all parts fit together; `npm run lab -- all` plays the others.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { createPackages } from '../../lab/packages.ts';
import { type RunOptions, rehearse } from '../../lab/rehearse.ts';
import { describeMissing, missingTools } from '../../lab/tools.ts';
import { shortcomings } from '../../lab/verdict.ts';

const missing = missingTools();
const reason = describeMissing(missing);
if (missing.length > 0) console.warn(`lab scenarios are skipped:\n${reason}`);

const OPTIONS: Omit<RunOptions, 'build'> = {
  controller: 'on',
  profile: 'balanced',
  heartbeatS: 300,
  ssmDelayMs: 1_500,
  seed: 1,
  offCapMs: 0,
};

it.runIf(process.env['CI'] === 'true')('has every tool that the scenarios need', () => {
  expect(reason).toBe('');
});

describe.skipIf(missing.length > 0)('scenario with the controller on', () => {
  let build: string | null = null;
  beforeAll(async () => {
    build = await createPackages().for({ ...OPTIONS, line: '5.7', hasStandby: false });
  }, 600_000);

  it('hung-member: cured by the shortest ladder, and nobody else is touched', async () => {
    const result = await rehearse('hung-member', { ...OPTIONS, build }, 'file');
    expect(shortcomings(result)).toEqual([]);
    expect(result).toMatchObject({
      scenario: 'hung-member',
      evictedAtMs: expect.any(Number),
      mitigatedAtMs: expect.any(Number),
      replacedAtMs: expect.any(Number),
      recoveredAtMs: expect.any(Number),
      // By ground truth anybody but the victim would be wrong: so the acts were on the victim.
      wronglyEvicted: 0,
      wronglyKilled: 0,
      railsBroken: [],
      realMembers: 4,
    });
    expect(result.sessions).toMatchObject({ lost: 0, unreachable: 0, resurrected: 0 });
    expect(result.sessions.kept).toBe(result.sessions.before);
    expect(result.sessions.before).toBeGreaterThan(0);
    expect(result.acts.map(({ kind, outcome }) => `${kind}: ${outcome}`)).toEqual([
      'deregister: done',
      'kill: done',
      'replace: done',
    ]);
    expect(new Set(result.acts.map(({ target }) => target)).size).toBe(1);
  }, 480_000);
});
