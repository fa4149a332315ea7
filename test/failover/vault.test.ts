/** A total loss of a fleet that has a vault: what is taken before, what is told, and what comes back when nobody is left. */
import { describe, expect, it } from 'vitest';
import type { Act } from '../../src/core/acts.ts';
import { DEFAULT_POLICY } from '../../src/core/policy.ts';
import { POLICY, T0 } from '../core/world.ts';
import { drive, type Played, type Script } from './drive.ts';
import { asks } from './play.ts';
import { ended, phasesOf } from './told.ts';

const MINUTE_MS = 60_000;
const FAULT_MS = T0 + 4 * MINUTE_MS;
const VAULT = { everyMs: MINUTE_MS, maxAgeMs: 10 * MINUTE_MS };

const die: Script['happens'] = (world) => {
  world.at(FAULT_MS, () => {
    for (const member of world.staying('blue')) member.process = 'dead';
  });
};

const play = async (script: Partial<Script> = {}): Promise<Played> =>
  await drive({
    untilMs: T0 + 15 * MINUTE_MS,
    isBrief: true,
    happens: die,
    ...script,
    policy: { vault: VAULT, ...script.policy },
  });

const timesOf = ({ world }: Played, kind: Act['kind']): readonly number[] =>
  world.acts.filter(({ act }) => act.kind === kind).map(({ atMs }) => atMs);

/** What was said at the beginning, and at the end. */
const toldBy = ({ reports }: Played): { expected: string; because: string } => {
  const told = reports.flatMap(({ failover }) => failover ?? []);
  return { expected: told[0]?.expected ?? '', because: told.at(-1)?.because ?? '' };
};

describe('a fleet with a vault', () => {
  it('takes generations while it is whole, and none from the fault on', async () => {
    const played = await play();
    const times = timesOf(played, 'keep').filter((atMs) => atMs < FAULT_MS + MINUTE_MS);
    expect(times.length).toBeGreaterThanOrEqual(3);
    expect(times.every((atMs) => atMs <= FAULT_MS)).toBe(true);
    const gaps = times.slice(1).map((atMs, n) => atMs - (times[n] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(VAULT.everyMs);
    expect(Math.max(...gaps)).toBeLessThan(VAULT.everyMs + 5_000);
  });

  it('takes none in shadow, while it is paused, or from what is not whole', async () => {
    const quiet = { untilMs: T0 + 5 * MINUTE_MS, happens: () => undefined };
    expect(timesOf(await play({ ...quiet, policy: { mode: 'shadow' } }), 'keep')).toEqual([]);
    const pause = { by: 'ana', reason: 'a test', atMs: T0, untilMs: null };
    const paused = await play({ ...quiet, happens: (_, store) => store.put('api', { pause }) });
    expect(timesOf(paused, 'keep')).toEqual([]);
    const happens: Script['happens'] = (world) => {
      for (const member of world.members.slice(0, 2)) member.process = 'hung';
    };
    const sick = await play({ ...quiet, happens, policy: { failover: 'tell' } });
    expect(timesOf(sick, 'keep')).toEqual([]);
  });

  it('asks again in a minute when none was taken', async () => {
    const played = await play({
      untilMs: T0 + 5 * MINUTE_MS,
      happens: (world) => {
        Object.defineProperty(world, 'vault', { get: () => null, set: () => {} });
      },
      policy: { vault: { everyMs: 60 * MINUTE_MS, maxAgeMs: 120 * MINUTE_MS } },
    });
    expect(timesOf(played, 'keep').length).toBeGreaterThanOrEqual(4);
    expect(timesOf(played, 'keep').length).toBeLessThanOrEqual(6);
  });

  it('has its last generation back when nobody is left, and says how old it was', async () => {
    const played = await play();
    // All that is left to prove is there when the generation is.
    const path = ['launch', 'form', 'restore', 'switch', 'drain', 'retire'];
    expect(phasesOf(played)).toEqual(path);
    expect(timesOf(played, 'restore')).toHaveLength(1);
    expect(timesOf(played, 'carry')).toEqual([]);
    const { expected, because } = toldBy(played);
    expect(expected).toMatch(
      /^what was written since the vault's last generation, which is [\d.]+ s old; who logged out since then is logged in again$/,
    );
    expect(because).toMatch(/the vault: 100 sessions restored/);
    expect(ended(played)).toEqual({ active: 'green', serving: 3, left: [] });
  });

  it('asks for it again at once when nobody was sent', async () => {
    const asked = timesOf(await play({ carriesRefused: 2 }), 'restore');
    expect(asked).toHaveLength(3);
    expect(asked[2]! - asked[0]!).toBeLessThan(POLICY.courierSilenceMs);
  });

  it('has another one sent that restores when the first dies, for nobody else is left to read', async () => {
    const played = await play({
      happens: (world, store) => {
        die(world, store);
        const stop = (): void => {
          const isThere = store.row('api').state?.failover?.phase === 'drain';
          if (isThere && world.courier !== null) world.courier.diedAtMs = world.nowMs;
          else world.at(world.nowMs + 100, stop);
        };
        world.at(FAULT_MS, stop);
      },
    });
    expect(timesOf(played, 'restore')).toHaveLength(2);
    expect(timesOf(played, 'carry')).toEqual([]);
    expect(ended(played)).toEqual({ active: 'green', serving: 3, left: [] });
  });

  it.each(['absent', 'unreadable'] as const)(
    'asks no member that is gone when it is %s, however long the new side is verified',
    async (vault) => {
      const played = await play({ vault, isMute: true });
      expect(phasesOf(played)).toContain('verify');
      expect(timesOf(played, 'carry')).toEqual([]);
      expect(timesOf(played, 'restore').length > 1).toBe(vault === 'unreadable');
    },
  );

  it('goes back on what was restored: who logged out meanwhile is not logged in again on the old side', async () => {
    const played = await play({
      happens: (world, store) => {
        die(world, store);
        const abort = (): void => {
          const isThere = store.row('api').state?.failover?.phase === 'drain';
          if (isThere) asks(world, store, 'abort');
          else world.at(world.nowMs + 1_000, abort);
        };
        world.at(FAULT_MS, abort);
      },
    });
    const back = played.reports.flatMap(({ failover }) =>
      failover?.to === 'blue' ? [failover.undoes] : [],
    );
    const restored = played.world.acts.flatMap(({ act }) =>
      act.kind === 'restore' ? [act.job] : [],
    );
    expect(new Set(back)).toEqual(new Set(restored));
  });

  it.each([
    ['absent', /the vault: 0 sessions restored, it is absent/, 3_000],
    ['unreadable', /the vault: 0 sessions restored, it is unreadable/, 20_000],
  ] as const)('goes on without what is %s, and says so', async (vault, told, withinMs) => {
    const played = await play({ vault });
    expect(toldBy(played).because).toMatch(told);
    const inRestore = played.reports.filter(({ failover }) => failover?.phase === 'restore');
    const tookMs = (inRestore.at(-1)?.atMs ?? 0) - (inRestore[0]?.atMs ?? 0);
    expect(tookMs).toBeLessThan(withinMs);
    expect(ended(played)).toEqual({ active: 'green', serving: 3, left: [] });
  });

  it('goes on without a courier that never says a word', async () => {
    const happens: Script['happens'] = (world, store) => {
      die(world, store);
      world.word = () => null;
    };
    const played = await play({ happens });
    expect(toldBy(played).because).toContain('the vault was not restored in time');
    const { active, serving } = ended(played);
    expect({ active, serving }).toEqual({ active: 'green', serving: 3 });
  });

  it('says before it begins that what it has is too old', async () => {
    const happens: Script['happens'] = (world, store) => {
      die(world, store);
      const word = { takenAtMs: T0 - 20 * MINUTE_MS, entries: 9, bytes: 9, tookMs: 1, error: null };
      Object.defineProperty(world, 'vault', { get: () => word, set: () => {} });
    };
    const { expected } = toldBy(await play({ happens }));
    expect(expected).toMatch(
      /^every session: .*last generation is [\d.]+ s old: more than the 600 s/,
    );
  });

  it('moves the sessions of whoever can be read as ever', async () => {
    const happens: Script['happens'] = (world) => {
      world.at(FAULT_MS, () => {
        for (const member of world.staying('blue').slice(-2)) member.process = 'hung';
      });
    };
    const played = await play({ happens });
    expect(phasesOf(played)).toContain('copy');
    expect(timesOf(played, 'restore')).toEqual([]);
  });
});

describe('a fleet without a vault', () => {
  it('takes none, and has nothing to restore', async () => {
    const played = await play({ policy: { vault: DEFAULT_POLICY.vault } });
    expect(DEFAULT_POLICY.vault).toBeNull();
    expect([...timesOf(played, 'keep'), ...timesOf(played, 'restore')]).toEqual([]);
    expect(phasesOf(played)).not.toContain('restore');
    expect(toldBy(played).expected).toBe('every session: no member is left that has one');
  });
});
