import { describe, expect, it } from 'vitest';
import { tolerancesOf } from '../../lab/measure/tolerances.ts';
import { fleetsFor } from '../../lab/packages.ts';
import { PLAN } from '../../lab/parts.ts';
import { readFleets } from '../../src/config/read-fleets.ts';
import { DEFAULT_POLICY } from '../../src/core/policy.ts';

const PROFILES = ['careful', 'balanced', 'eager'] as const;

describe("the lab's fleets file", () => {
  it.each([
    ['5.7', '5.x'],
    ['2.6', '2.x'],
  ] as const)(
    'tells of line %s that it is %s, and is one that users may write',
    async (line, version) => {
      for (const profile of PROFILES) {
        const [fleet, ...others] = readFleets(
          await fleetsFor({ profile, line, hasStandby: false }),
          'fleets.yml',
        );
        expect(others).toEqual([]);
        expect(fleet).toMatchObject({ name: 'api', member: { version }, policy: { mode: 'act' } });
      }
    },
  );

  it.each(PROFILES)(
    'has the tolerances of the %s profile that runs are measured by',
    async (profile) => {
      const [fleet] = readFleets(
        await fleetsFor({ profile, line: '5.7', hasStandby: false }),
        'fleets.yml',
      );
      expect(fleet?.policy).toMatchObject({
        silenceToleranceMs: tolerancesOf(profile, 'silence').goalMs,
        faultToleranceMs: tolerancesOf(profile, 'fault').goalMs,
      });
    },
  );
});

describe("the lab's fleets file for a fleet that may move", () => {
  it('names the other group, and a listener that is not there yet', async () => {
    const text = await fleetsFor({ profile: 'balanced', line: '5.7', hasStandby: true });
    const [fleet] = readFleets(text, 'fleets.yml');
    expect(fleet).toMatchObject({
      group: 'api-servers',
      member: { cluster: 'lab' },
      standby: { group: 'api-green', cluster: 'api-green' },
      routing: { arn: PLAN.listener, port: 80 },
      sessions: { maps: ['sessions'], vault: null },
    });
  });

  it('says what counts for more only where a scenario asks for that', async () => {
    const wanted = { profile: 'balanced', line: '5.7', hasStandby: true } as const;
    const preferred = async (more: { readonly prefer?: 'data' }) =>
      readFleets(await fleetsFor({ ...wanted, ...more }), 'fleets.yml')[0]?.policy.prefer;
    expect(await preferred({})).toBe(DEFAULT_POLICY.prefer);
    expect(await preferred({ prefer: 'data' })).toBe('data');
  });

  it('names the vault where a scenario has one', async () => {
    const of = { profile: 'balanced', line: '5.7', hasStandby: true, hasVault: true } as const;
    const [fleet] = readFleets(await fleetsFor(of), 'fleets.yml');
    expect(fleet?.sessions?.vault).toMatchObject(PLAN.vault);
  });
});

describe('how long a fault must be endured', () => {
  it('is as long as the evidence may deceive: not at all when AWS says so', () => {
    expect(tolerancesOf('balanced', 'either')).toEqual({ goalMs: 10_000, patienceMs: 5_000 });
    expect(tolerancesOf('balanced', 'notice')).toEqual({ goalMs: 5_000, patienceMs: 0 });
  });
});
