/** What was begun in good order and comes to nothing is undone: back in service, and the group has its size. */
import { describe, expect, it } from 'vitest';
import type { Impairment } from '../../src/core/observation.ts';
import { play } from './orderly.ts';
import * as w from './world.ts';

const { T0, POLICY } = w;

/** 100 s for a spare: what began at 1 s is given up at 101 s. */
const policy = { ...POLICY, spareDeadlineMs: 100_000 };
const given = (words: readonly string[]) => words.filter((word) => word !== '1 enterStandby');

const RETIREMENT: Impairment = { kind: 'scheduledEvent', code: 'instance-retirement', atMs: T0 };

interface Course {
  /** When AWS puts the third back in service, which makes the desired capacity 4; and 3 again. */
  readonly backS?: number;
  readonly restoredS?: number;
  /** A spare was launched; when it works, and when it is being taken out. */
  readonly spare?: { readonly worksS?: number; readonly leavesS?: number };
  readonly drainedS?: number;
}

const failing =
  ({ backS = 999, restoredS = 999, spare, drainedS = 12 }: Course) =>
  (s: number): w.Scene => {
    const works = spare?.worksS !== undefined && s >= spare.worksS;
    const members = [1, 2, 3, ...(works ? [4] : [])];
    const sights = members.map((n) => [n, w.works(...members)] as const);
    const lame = spare === undefined || works ? [] : [[4, w.killed] as const];
    const standby = s < drainedS ? 'EnteringStandby' : 'Standby';
    const third = s < 2 || s >= backS ? 'InService' : standby;
    const fourth = s >= (spare?.leavesS ?? 999) ? 'Terminating' : 'InService';
    const instances = [
      w.instance(1),
      w.instance(2),
      w.instance(3, { lifecycle: third, impairments: [RETIREMENT] }),
      ...(spare === undefined || s < 2
        ? []
        : [w.instance(4, { lifecycle: fourth, launchedAtMs: T0 + 2_000 })]),
    ];
    const desired = s >= backS && s < restoredS ? 4 : 3;
    return { sights: Object.fromEntries([...sights, ...lame]), instances, inventory: { desired } };
  };

describe('a replacement in good order that comes to nothing', () => {
  it('puts the member back, and takes out by name the spare that does not work', () => {
    const course = { backS: 104, restoredS: 106, spare: { leavesS: 106 } };
    const { words, state } = play(failing(course), [1, 107], { policy });
    expect(given(words)).toEqual([
      '102 exitStandby',
      '103 exitStandby',
      '104 replace i-4 shrink',
      '105 replace i-4 shrink',
    ]);
    expect(state).toMatchObject({ retirement: null, retireAfterMs: T0 + 706_000 });
  });

  it('sets the size back when there was no spare to take out', () => {
    const { words, state } = play(failing({ backS: 103, restoredS: 104 }), [1, 106], { policy });
    expect(given(words)).toEqual(['102 exitStandby', '103 resize 3']);
    expect(state.retirement).toBeNull();
  });

  it('tells whoever asked for it', () => {
    const order = { id: 'o-1', kind: 'replace', instanceId: 'i-3', by: 'ops', reason: 'old' };
    const scene = (s: number): w.Scene => ({
      ...failing({ backS: 103, restoredS: 104 })(s),
      more: { orders: [{ ...order, kind: 'replace', atMs: T0 }] },
    });
    const { state } = play(scene, [1, 106], { policy });
    expect(state.orders).toMatchObject([
      { status: 'refused', detail: expect.stringContaining('no spare took its place') },
    ]);
  });

  it('waits until Auto Scaling has drained it: only then is there a way back', () => {
    const { words } = play(failing({ drainedS: 110 }), [1, 110], { policy });
    expect(given(words)).toEqual(['110 exitStandby']);
  });

  it('remembers the size of the group from before the way back, whatever a person set meanwhile', () => {
    const scene = (s: number): w.Scene => ({
      ...failing({})(s),
      inventory: { desired: s < 50 ? 3 : 5 },
    });
    const { state } = play(scene, [1, 103], { policy });
    expect(state.retirement).toMatchObject({ phase: 'undo', desired: 5 });
  });

  it('goes on when the spare works after all and the way back is refused, for want of room', () => {
    const course = failing({ spare: { worksS: 95 } });
    const { words, state } = play(course, [1, 112], { policy, refused: ['exitStandby'] });
    expect(given(words).slice(0, 2)).toEqual(['102 exitStandby', '103 exitStandby']);
    expect(state.retirement?.phase).toBe('safe');
  });

  it('does not go on once the way back may have been taken, although the reply was lost', () => {
    const course = failing({ backS: 110, restoredS: 111, spare: { worksS: 95, leavesS: 111 } });
    const { words, state } = play(course, [1, 112], { policy, lost: ['exitStandby'] });
    expect(given(words).at(-1)).toBe('110 replace i-4 shrink');
    expect(state.retirement).toBeNull();
  });

  it('leaves the group as it is when a person put the member back', () => {
    const course = failing({ backS: 40, spare: { worksS: 5 } });
    const unsafe = { answer: 'ok', value: false, tookMs: 5 } as const;
    const scene = (s: number): w.Scene => {
      const { sights, ...rest } = course(s);
      const all = Object.entries(sights).map(([n, sight]) => [n, { ...sight, safe: unsafe }]);
      return { ...rest, sights: Object.fromEntries(all) };
    };
    expect(play(scene, [1, 39], { policy }).state.retirement?.phase).toBe('safe');
    const { words, state } = play(scene, [1, 42], { policy });
    expect(given(words)).toEqual([]);
    expect(state.retirement).toBeNull();
  });

  it('takes an instance that EC2 stopped out of the group, where another has its place', () => {
    const scene = (s: number): w.Scene => {
      const { instances = [], ...rest } = failing({})(s);
      const third = { lifecycle: 'Standby', ec2State: 'stopped' };
      const stopped = instances.map((each) =>
        each.instanceId === 'i-3' ? { ...each, ...third } : each,
      );
      return s < 20 ? { ...rest, instances } : { ...rest, instances: stopped };
    };
    const { words } = play(scene, [1, 21], { policy });
    expect(given(words)).toEqual(['21 replace i-3']);
  });

  it('is taken up where it was by whoever comes next: nothing planned is lost, nothing is done by halves', () => {
    const course = failing({ backS: 104, restoredS: 106, spare: { leavesS: 106 } });
    // Every act is committed and tried, and its answer never heard.
    const { words, state } = play(course, [1, 107], {
      policy,
      lost: ['enterStandby', 'exitStandby', 'replace'],
    });
    expect(given(words)).toEqual([
      '102 exitStandby',
      '103 exitStandby',
      '104 replace i-4 shrink',
      '105 replace i-4 shrink',
    ]);
    expect(state.retirement).toBeNull();
  });
});
