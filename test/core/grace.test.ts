/** The start-up grace: learned from boots that were seen, and given up when it cut one short. */
import { describe, expect, it } from 'vitest';
import type { State } from '../../src/core/model.ts';
import * as w from './world.ts';

const { T0, POLICY } = w;
const LAUNCHED_MS = T0 + 1_000;
/** A minute of grace, while the fleets file gives five. */
const QUICK = Array.from({ length: 5 }, () => 20_000);

const LISTS = [1, 2, 3, 4];
const booting = (more: Parameters<typeof w.instance>[1] = {}): w.Scene => ({
  sights: { 1: w.works(1, 2, 3), 2: w.works(1, 2, 3), 3: w.works(1, 2, 3), 4: w.killed },
  instances: [
    ...[1, 2, 3].map((n) => w.instance(n)),
    w.instance(4, { launchedAtMs: LAUNCHED_MS, target: 'unhealthy', ...more }),
  ],
});
const joined: w.Scene = {
  ...booting({ target: 'healthy' }),
  sights: Object.fromEntries(LISTS.map((n) => [n, w.works(...LISTS)])),
};

type Scenes = Parameters<typeof w.play>[0];

const stateAfter = (scenes: Scenes, untilMs: number, boots: readonly number[] = []): State =>
  w.play(scenes, untilMs, { state: { ...w.quorate(), boots } }).at(-1)!.state;

const conditionOf = (state: State): string | undefined => state.nodes[w.idOf(4)]?.condition;

describe('boots', () => {
  it('are those that were seen from the beginning, each once', () => {
    const scenes = [
      { fromMs: LAUNCHED_MS, scene: booting() },
      { fromMs: T0 + 40_000, scene: joined },
    ];
    const { boots } = stateAfter(scenes, T0 + 120_000);
    expect(boots).toHaveLength(1);
    expect(boots[0]).toBeGreaterThanOrEqual(39_000);
    expect(boots[0]).toBeLessThanOrEqual(42_000);
  });

  it('are not of members that were there before us, even when one was down just then', () => {
    expect(w.quorate().boots).toEqual([]);
    const scenes = [
      { fromMs: T0 - 20_000, scene: w.withVictim(w.killed, [1, 2]) },
      { fromMs: T0 - 10_000, scene: w.HEALTHY_THREE },
    ];
    expect(w.play(scenes, T0).at(-1)!.state.boots).toEqual([]);
  });
});

describe('a grace that was learned', () => {
  it('gives a newcomer less time than the fleets file', () => {
    const atMs = LAUNCHED_MS + 100_000;
    expect(conditionOf(stateAfter([{ fromMs: LAUNCHED_MS, scene: booting() }], atMs))).toBe(
      'Starting',
    );
    const state = stateAfter([{ fromMs: LAUNCHED_MS, scene: booting() }], atMs, QUICK);
    expect(conditionOf(state)).toBe('Dead');
  });

  it('is given up when it cut a boot short: the next newcomer has the time of the fleets file', () => {
    const goneMs = LAUNCHED_MS + 100_000;
    const going = booting({ lifecycle: 'Terminating', ec2State: 'shutting-down' });
    const nextMs = goneMs + 60_000;
    const scenes = [
      { fromMs: LAUNCHED_MS, scene: booting() },
      { fromMs: goneMs, scene: going },
      { fromMs: nextMs, scene: booting({ launchedAtMs: nextMs }) },
    ];
    expect(stateAfter(scenes, goneMs - 1_000, QUICK).boots).toEqual(QUICK);
    expect(stateAfter(scenes, goneMs + 5_000, QUICK).boots).toEqual([]);
    const late = stateAfter(scenes, nextMs + POLICY.startupGraceMs - 10_000, QUICK);
    expect(conditionOf(late)).toBe('Starting');
  });

  it('outlives the eviction of a member that had worked', () => {
    const scenes = [
      { fromMs: LAUNCHED_MS, scene: w.withVictim(w.hung) },
      {
        fromMs: LAUNCHED_MS + 30_000,
        scene: {
          ...w.withVictim(w.killed),
          instances: [w.instance(1), w.instance(2), w.instance(3, { lifecycle: 'Terminating' })],
        },
      },
    ];
    expect(stateAfter(scenes, LAUNCHED_MS + 40_000, QUICK).boots).toEqual(QUICK);
  });
});
