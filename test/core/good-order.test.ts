/** Members that still work are replaced in good order; and the wait for copies after a loss. */
import { describe, expect, it } from 'vitest';
import type { Impairment, Sight } from '../../src/core/observation.ts';
import { step } from '../../src/core/step.ts';
import { play } from './orderly.ts';
import * as w from './world.ts';

const { T0, POLICY } = w;

const RETIREMENT: Impairment = {
  kind: 'scheduledEvent',
  code: 'instance-retirement',
  atMs: T0 + 3_600_000,
};

const SAFE = { answer: 'ok', value: true, tookMs: 5 } as const;
const UNSAFE = { answer: 'ok', value: false, tookMs: 5 } as const;

/** The third is to be retired; a spare works from `spareS` on, copies are made at `safeS`, the third is gone from `outS`. */
const retiring =
  ({ spareS = 5, safeS = 20, outS = 999 }: { spareS?: number; safeS?: number; outS?: number }) =>
  (s: number): w.Scene => {
    const members = [1, 2, ...(s < outS ? [3] : []), ...(s >= spareS ? [4] : [])];
    const safe = s >= safeS ? SAFE : UNSAFE;
    const sights = members.map((n): [number, Sight] => [n, { ...w.works(...members), safe }]);
    const third = s < outS ? sights : [...sights, [3, w.killed] as const];
    const there = [1, 2, 3, ...(s >= 2 ? [4] : [])];
    return {
      sights: Object.fromEntries(third),
      instances: there.map((n) =>
        w.instance(n, {
          impairments: n === 3 ? [RETIREMENT] : [],
          launchedAtMs: n === 4 ? T0 + 2_000 : T0 - 3_600_000,
        }),
      ),
      inventory: { desired: s >= 2 ? 4 : 3, max: 6 },
    };
  };

describe('an instance that AWS will retire', () => {
  it('goes in good order: a spare, all copies made, drained, stopped, and its place with it', () => {
    const { words, last } = play(retiring({ outS: 42 }), [1, 46]);
    expect(words).toEqual([
      '1 resize 4',
      // The spare takes its seat after 10 s in the core; copies are safe from 20 s on, twice.
      '22 deregister',
      '37 stop',
      // Two rounds prove that nobody lists it.
      '43 replace i-3 shrink',
    ]);
    expect(last.state).toMatchObject({ inFlight: { begunBy: 'retirement' } });
  });

  it('is called Impaired, then Retiring, and the cluster stays quorate', () => {
    const first = step(POLICY, w.quorate(), w.observationAt(T0 + 1_000, retiring({})(1)));
    expect(first.nodes[2]).toMatchObject({
      condition: 'Impaired',
      because: expect.stringMatching(/AWS says instance-retirement is scheduled/),
    });
    const { last } = play(retiring({}), [1, 30]);
    expect(last.nodes[2]?.condition).toBe('Retiring');
    expect(last.cluster.condition).toBe('Quorate');
  });

  it('is killed when it does not stop in time', () => {
    const patient = play(retiring({}), [1, 180], { isMute: true });
    expect(patient.words.slice(2, 5)).toEqual(['37 stop', '166 deregister', '166 kill']);
  });

  it('stays until the copies are made, for as long as it takes when data is preferred', () => {
    const never = retiring({ safeS: 9_999 });
    expect(play(never, [1, 60]).words.slice(1)).toEqual(['46 deregister']);
    const policy = { ...POLICY, prefer: 'data' } as const;
    expect(play(never, [1, 120], { policy }).words.slice(1)).toEqual([]);
  });

  it('gives the group its size back when no spare comes: by name, not by a smaller number', () => {
    const lame = (s: number): w.Scene => {
      const scene = retiring({ spareS: 9_999 })(s);
      const sights = { ...scene.sights, 4: w.killed };
      return s < 110 ? { ...scene, sights } : { ...scene, inventory: { desired: 3, max: 6 } };
    };
    const policy = { ...POLICY, spareDeadlineMs: 100_000 };
    const { words, state } = play(lame, [1, 112], { policy });
    expect(words.slice(0, 2)).toEqual(['1 resize 4', '102 replace i-4 shrink']);
    expect(words.filter((word) => word.includes('resize 3'))).toEqual([]);
    expect(state).toMatchObject({ retirement: null, retireAfterMs: T0 + 710_000 });
  });

  it('waits while somebody else changes the group, or there is no room', () => {
    const blocked =
      (more: w.Scene['inventory']) =>
      (s: number): w.Scene => ({
        ...retiring({})(1),
        inventory: { ...retiring({})(s).inventory, desired: 3, ...more },
      });
    const actor = { kind: 'instanceRefresh', detail: 'refresh 0815' } as const;
    const refreshing = play(blocked({ otherActors: [actor] }), [1, 5]);
    expect(refreshing.words).toEqual([]);
    expect(refreshing.last.plan).toMatchObject({ holds: [{ rail: 'I5' }] });
    const full = play(blocked({ max: 3 }), [1, 5]);
    expect(full.last.plan).toMatchObject({
      holds: [{ rail: 'I3', reason: expect.stringContaining('maximum size is 3, it needs 4') }],
    });
  });

  it('gives way to somebody who is sick, and is evicted itself when it falls sick', () => {
    const scene = (s: number): w.Scene => {
      const usual = retiring({})(s);
      return s < 18 ? usual : { ...usual, sights: { ...usual.sights, 3: w.hung } };
    };
    const { words, state } = play(scene, [1, 30]);
    expect(words.slice(0, 3)).toEqual(['1 resize 4', '28 deregister', '28 kill']);
    expect(state).toMatchObject({ inFlight: { shrink: true } });
  });

  /** It falls sick at 18 s; from 40 s on its instance is gone, and the group has the size that is given. */
  const sickening =
    (desired: number) =>
    (s: number): w.Scene => {
      const usual = retiring({ outS: s < 38 ? 999 : 38 })(s);
      const sick = s < 18 ? usual : { ...usual, sights: { ...usual.sights, 3: w.hung } };
      if (s < 40) return sick;
      const instances = [1, 2, 4].map((n) => w.instance(n));
      return { ...sick, instances, inventory: { desired, max: 6, departed: ['i-3'] } };
    };

  it('is forgotten once its place is gone with it, and not before', () => {
    expect(play(sickening(3), [1, 39]).state.retirement).not.toBeNull();
    const { state, words } = play(sickening(3), [1, 45]);
    expect(state).toMatchObject({ retirement: null, inFlight: null });
    expect(words.filter((word) => word.includes('resize'))).toEqual(['1 resize 4']);
  });

  it('gives the group its size back when somebody else took the instance, and the place stayed', () => {
    const { state, words } = play(sickening(4), [1, 45]);
    expect(state.inFlight).toBeNull();
    // Auto Scaling has not launched anybody into that place yet.
    expect(words.filter((word) => word.includes('resize 3'))).not.toEqual([]);
  });

  it('goes on in good order when it was sick only until the last look', () => {
    const moment = (s: number): w.Scene => {
      const usual = retiring({})(s);
      return s < 18 || s > 28 ? usual : { ...usual, sights: { ...usual.sights, 3: w.hung } };
    };
    const { state, words } = play(moment, [1, 47], { isWellAtLast: true });
    expect(state.inFlight).toBeNull();
    const acts = words.map((word) => word.split(' ')[1]);
    expect(acts).toEqual(['resize', 'deregister', 'stop']);
  });
});

describe('after a loss (I4)', () => {
  const five = [1, 2, 3, 4, 5];
  const all = (lists: readonly number[], safe: Sight['safe']): Record<number, Sight> =>
    Object.fromEntries(lists.map((n) => [n, { ...w.works(...lists), safe }]));
  const instances = five.map((n) => w.instance(n));
  const established = w
    .play([{ fromMs: T0 - 20_000, scene: { sights: all(five, null) } }], T0)
    .at(-1)!.state;
  /** The fifth dies by itself at 1 s, the fourth hangs from 2 s on. */
  const scene =
    (safeS: number) =>
    (s: number): w.Scene => ({
      sights: {
        ...all([1, 2, 3, 4], s >= safeS ? SAFE : UNSAFE),
        4: s >= 2 ? w.hung : { ...w.works(1, 2, 3, 4), safe: UNSAFE },
        5: w.killed,
      },
      instances: instances.map((each) =>
        each.instanceId === 'i-5' ? w.instance(5, { lifecycle: 'Terminating' }) : each,
      ),
      inventory: { desired: 5 },
    });
  const killsFrom = (safeS: number, policy = POLICY) =>
    play(scene(safeS), [1, 80], { state: established, policy }).told.filter(
      ({ what }) => what === 'kill',
    );

  it('asks for safety until all copies are made, and the next kill waits for that', () => {
    expect(killsFrom(18)).toMatchObject([{ s: 19 }]);
  });

  it('goes on after the deadline when mitigation is preferred, and never when data is', () => {
    expect(killsFrom(999)).toMatchObject([{ s: 32 }]);
    expect(killsFrom(999, { ...POLICY, prefer: 'data' })).toEqual([]);
  });
});
