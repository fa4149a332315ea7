/**
 * Real members, the real AWS wire protocol, the built controller: whether a sick member is cured, and nobody else is hurt.
 * Three scenarios show that all parts fit together: one is sick, a majority is, and nobody is. `npm run lab -- all` plays the
 * others.
 */
import { describe, expect, it } from 'vitest';
import type { ScenarioResult } from '../../lab/measure/result.ts';
import { createPackages } from '../../lab/packages.ts';
import { type RunOptions, rehearse } from '../../lab/rehearse.ts';
import { packageOf } from '../../lab/scenarios/all.ts';
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
  const packages = createPackages();
  const played = async (scenario: string): Promise<ScenarioResult> => {
    const build = await packages.for({ ...OPTIONS, ...packageOf(scenario) });
    const result = await rehearse(scenario, { ...OPTIONS, build }, 'file');
    expect(shortcomings(result)).toEqual([]);
    return result;
  };

  it('hung-member: cured by the shortest ladder, and nobody else is touched', async () => {
    const result = await played('hung-member');
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
  }, 600_000);

  it('quorum-loss: a new cluster gets the sessions that have a live copy, and then all users', async () => {
    const { acts, sessions, forcedLogouts, realMembers } = await played('quorum-loss');
    expect(realMembers).toBe(6);
    expect(sessions).toMatchObject({ lost: 0, unreachable: 0, resurrected: 0 });
    expect(sessions.moved).toBeGreaterThan(0);
    // Two of three are gone, so some sessions have no copy left: nobody else is logged out.
    expect(forcedLogouts).toBe(sessions.before - sessions.moved - sessions.expired);
    expect(acts.filter(({ outcome }) => outcome === 'done').map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['scale', 'kill', 'carry', 'switch']),
    );
  }, 600_000);

  it('short-pauses: nobody is touched', async () => {
    expect(await played('short-pauses')).toMatchObject({ acts: [], realMembers: 3 });
  }, 600_000);
});
