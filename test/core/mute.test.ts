/** Whether anybody's canary is connected: without one no stuck member has a name. */
import { describe, expect, it } from 'vitest';
import type { Canary, Sight } from '../../src/core/observation.ts';
import * as w from './world.ts';

const { T0 } = w;
const told = (canary: Canary): Sight => ({ ...w.works(1, 2, 3), canary });
const NONE = told({ answer: 'none', why: 'notConnected' });
const OK = told({ answer: 'ok', partition: 17, tookMs: 3 });
const scene = (first: Sight, second = first, third = first): w.Scene => ({
  sights: { 1: first, 2: second, 3: third },
});
/** What is remembered after scenes that begin at these seconds. */
const mutedAfter = (scenes: readonly (readonly [number, w.Scene])[], untilS: number) =>
  w
    .play(
      scenes.map(([s, each]) => ({ fromMs: T0 + s * 1_000, scene: each })),
      T0 + untilS * 1_000,
      { state: w.quorate() },
    )
    .at(-1)?.state.muteSinceMs;

describe('canaries', () => {
  it('are mute from the first round on in which none was connected', () => {
    expect(
      mutedAfter(
        [
          [1, scene(OK)],
          [4, scene(NONE)],
        ],
        60,
      ),
    ).toBe(T0 + 4_000);
  });

  it('are heard again with the first one that is connected, whatever it says', () => {
    const answers: readonly Canary[] = [
      { answer: 'ok', partition: 17, tookMs: 3 },
      { answer: 'silent', partition: 17, forMs: 500 },
      { answer: 'none', why: 'noPartition' },
      { answer: 'none', why: 'resting' },
    ];
    for (const answer of answers) {
      expect(
        mutedAfter(
          [
            [1, scene(NONE)],
            [4, scene(NONE, told(answer))],
          ],
          5,
        ),
      ).toBeNull();
    }
  });

  it('are heard when one of two observers hears them', () => {
    const rounds = [
      w.round('probe-a', { 1: NONE, 2: NONE, 3: NONE }),
      w.round('probe-b', { 1: NONE, 2: OK, 3: NONE }),
    ];
    expect(mutedAfter([[1, { ...scene(NONE), more: { rounds } }]], 5)).toBeNull();
  });

  it('of members that do not answer say nothing either way', () => {
    const hung: Sight = { ...w.hung, canary: { answer: 'none', why: 'notConnected' } };
    expect(mutedAfter([[1, scene(OK, OK, hung)]], 5)).toBeNull();
    expect(mutedAfter([[1, scene(hung)]], 5)).toBeNull();
    expect(
      mutedAfter(
        [
          [1, scene(NONE)],
          [4, scene(hung)],
        ],
        5,
      ),
    ).toBe(T0 + 1_000);
  });

  it('that the fleet does not have are missed by nobody', () => {
    expect(mutedAfter([[1, scene(w.works(1, 2, 3))]], 60)).toBeNull();
  });
});
