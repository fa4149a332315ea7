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

interface Course {
  /** When AWS lets the third stand by, and when it has drained it. */
  readonly standbyS?: number;
  readonly drainedS?: number;
  readonly spareS?: number;
  readonly safeS?: number;
  readonly outS?: number;
}

/** The third is to be retired; a spare works from `spareS` on, copies are made at `safeS`, the third is gone from `outS`. */
const retiring =
  ({ standbyS = 2, drainedS = 12, spareS = 5, safeS = 20, outS = 999 }: Course) =>
  (s: number): w.Scene => {
    const members = [1, 2, ...(s < outS ? [3] : []), ...(s >= spareS ? [4] : [])];
    const safe = s >= safeS ? SAFE : UNSAFE;
    const sights = members.map((n): [number, Sight] => [n, { ...w.works(...members), safe }]);
    const third = s < outS ? sights : [...sights, [3, w.killed] as const];
    const lifecycle = s < standbyS ? 'InService' : s < drainedS ? 'EnteringStandby' : 'Standby';
    return {
      sights: Object.fromEntries(third),
      instances: [1, 2, 3, ...(s >= standbyS ? [4] : [])].map((n) =>
        w.instance(n, {
          lifecycle: n === 3 ? lifecycle : 'InService',
          impairments: n === 3 ? [RETIREMENT] : [],
          launchedAtMs: n === 4 ? T0 + 2_000 : T0 - 3_600_000,
        }),
      ),
      inventory: { desired: 3 },
    };
  };

describe('an instance that AWS will retire', () => {
  it('goes in good order: standing by, a spare, all copies made, drained, stopped, replaced', () => {
    const { words, last } = play(retiring({ outS: 28 }), [1, 32]);
    expect(words).toEqual([
      '1 enterStandby',
      // The spare takes its seat after 10 s in the core; copies are safe from 20 s on, twice.
      '23 stop',
      // Two rounds prove that nobody lists it. Whoever stands by is not counted: its place stays as it is.
      '29 replace i-3',
    ]);
    expect(last.state).toMatchObject({ inFlight: { begunBy: 'retirement' } });
  });

  it('is called Impaired, then Retiring, and the cluster stays quorate', () => {
    const first = step(POLICY, w.quorate(), w.observationAt(T0 + 1_000, retiring({})(1)));
    expect(first.nodes[2]).toMatchObject({
      condition: 'Impaired',
      because: expect.stringMatching(/AWS says instance-retirement is scheduled/),
    });
    for (const untilS of [7, 14, 22]) {
      const { last } = play(retiring({}), [1, untilS]);
      expect(last.nodes[2]?.condition).toBe('Retiring');
      expect(last.cluster.condition).toBe('Quorate');
      expect(last.state.seats).toContainEqual(expect.objectContaining({ instanceId: 'i-3' }));
    }
  });

  it('is leaving, for all we know, when somebody else made it stand by', () => {
    const scene = retiring({ standbyS: 0 })(1);
    const { last, words } = play(() => scene, [1, 3]);
    expect(last.nodes[2]).toMatchObject({
      condition: 'Unknown',
      because: 'is leaving the group (EnteringStandby, running)',
    });
    expect(words).toEqual([]);
  });

  it('keeps its seat beside those that Auto Scaling counts, and so does whoever is lost meanwhile', () => {
    const { state } = play(retiring({}), [1, 22]);
    const lost = (s: number): w.Scene => {
      const scene = retiring({})(s);
      const instances = scene.instances!.filter(({ instanceId }) => instanceId !== 'i-2');
      return { ...scene, instances, inventory: { desired: 3, departed: ['i-2'] } };
    };
    const held = play(lost, [23, 30], { state }).state.seats.map(({ instanceId }) => instanceId);
    expect(held).toEqual(['i-1', null, 'i-3', 'i-4']);
  });

  it('has 15 s to answer its calls when Auto Scaling does not say that it is drained', () => {
    const { words } = play(retiring({ drainedS: 999 }), [1, 40]);
    expect(words).toEqual(['1 enterStandby', '37 stop']);
  });

  it('asks again for as long as AWS has not taken it, and not once it has', () => {
    const policy = { ...POLICY, spareDeadlineMs: 100_000 };
    const never = retiring({ standbyS: 999, spareS: 999 });
    expect(play(never, [1, 5], { policy, refused: ['enterStandby'] }).words).toEqual(
      [1, 2, 3, 4, 5].map((s) => `${s} enterStandby`),
    );
    // Not before a reading shows it, whatever works in the core meanwhile.
    expect(play(never, [1, 60], { policy }).words).toEqual(['1 enterStandby']);
  });

  it('is killed when it does not stop in time', () => {
    const patient = play(retiring({}), [1, 180], { isMute: true });
    expect(patient.words.slice(1, 4)).toEqual(['23 stop', '152 deregister', '152 kill']);
  });

  it('stays until the copies are made, for as long as it takes when data is preferred', () => {
    const never = retiring({ safeS: 9_999 });
    expect(play(never, [1, 60], { isMute: true }).words.slice(1)).toEqual(['47 stop']);
    const policy = { ...POLICY, prefer: 'data' } as const;
    expect(play(never, [1, 120], { policy }).words.slice(1)).toEqual([]);
  });

  it('waits while somebody else changes the group', () => {
    const actor = { kind: 'instanceRefresh', detail: 'refresh 0815' } as const;
    const scene = { ...retiring({})(1), inventory: { desired: 3, otherActors: [actor] } };
    const refreshing = play(() => scene, [1, 5]);
    expect(refreshing.words).toEqual([]);
    expect(refreshing.last.plan).toMatchObject({ holds: [{ rail: 'I5' }] });
  });

  it('is waited for when one reading leaves it out', () => {
    const torn = (s: number): w.Scene => {
      const scene = retiring({})(s);
      const instances = scene.instances!.filter(({ instanceId }) => instanceId !== 'i-3');
      return s === 8 ? { ...scene, instances } : scene;
    };
    const { words } = play(torn, [1, 25]);
    expect(words).toEqual(['1 enterStandby', '23 stop']);
  });
});

describe('a retiring member that falls sick', () => {
  it('gives way to somebody who is sick, and is evicted itself', () => {
    const scene = (s: number): w.Scene => {
      const usual = retiring({})(s);
      return s < 18 ? usual : { ...usual, sights: { ...usual.sights, 3: w.hung } };
    };
    const { words, state } = play(scene, [1, 30]);
    expect(words.slice(0, 3)).toEqual(['1 enterStandby', '28 deregister', '28 kill']);
    expect(state).toMatchObject({ inFlight: { begunBy: 'tolerance' } });
  });

  /** It falls sick at 18 s; from 40 s on EC2 has terminated it, and Auto Scaling lists it or not. */
  const sickening =
    (lifecycle: string | null) =>
    (s: number): w.Scene => {
      const usual = retiring({ outS: s < 38 ? 999 : 38 })(s);
      const sick = s < 18 ? usual : { ...usual, sights: { ...usual.sights, 3: w.hung } };
      if (s < 40) return sick;
      const gone = { ec2State: 'terminated', address: '' };
      const third = lifecycle === null ? [] : [w.instance(3, { ...gone, lifecycle })];
      const instances = [w.instance(1), w.instance(2), w.instance(4), ...third];
      return { ...sick, instances, inventory: { desired: 3, departed: ['i-3'] } };
    };

  it('is over with its eviction: the group has its newcomer already', () => {
    expect(play(sickening(null), [1, 39]).state.retirement).not.toBeNull();
    const { state, words } = play(sickening(null), [1, 45]);
    expect(state).toMatchObject({ retirement: null, inFlight: null, retireAfterMs: 0 });
    expect(words.filter((word) => word.includes('resize') || word.includes('shrink'))).toEqual([]);
  });

  it('is taken out of the group when EC2 took it and Auto Scaling lets it stand by for ever', () => {
    const { state, told } = play(sickening('Standby'), [1, 45]);
    expect(state.inFlight).toBeNull();
    expect(told.filter(({ s }) => s >= 42)).toContainEqual({ s: 43, what: 'replace i-3' });
  });

  it('goes on in good order when it was sick only until the last look', () => {
    const moment = (s: number): w.Scene => {
      const usual = retiring({})(s);
      return s < 18 || s > 28 ? usual : { ...usual, sights: { ...usual.sights, 3: w.hung } };
    };
    const { state, words } = play(moment, [1, 33], { isWellAtLast: true });
    expect(state.inFlight).toBeNull();
    const acts = words.map((word) => word.split(' ')[1]);
    expect(acts).toEqual(['enterStandby', 'stop']);
  });

  it('is not put back into the load balancer when a look finds it well half way', () => {
    const sick = (s: number): w.Scene => {
      const usual = retiring({})(s);
      return s < 18 || s > 28 ? usual : { ...usual, sights: { ...usual.sights, 3: w.hung } };
    };
    const before = play(sick, [1, 28]);
    const doubted = { ...before.state.inFlight!, confirmedAtMs: null, rungs: [] };
    const state = { ...before.state, inFlight: doubted };
    const { words, state: after } = play(sick, [29, 32], { state });
    expect(words.filter((word) => word.includes('register'))).toEqual([]);
    expect(after).toMatchObject({ inFlight: null, retirement: { instanceId: 'i-3' } });
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
