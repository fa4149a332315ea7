/** The way to one member is lossy for both observers, by chance: it is well, and nobody may be evicted for it. */
import { expect, it } from 'vitest';
import { lastLook } from '../../src/core/last-look.ts';
import type { Outcome } from '../../src/core/model.ts';
import type { Round } from '../../src/core/observation.ts';
import { settle } from '../../src/core/settle.ts';
import { step } from '../../src/core/step.ts';
import * as w from './world.ts';

const { T0, POLICY, withVictim } = w;
const HOUR_S = 3_600;
const HOURS = 5;
const LOST_SHARE = 0.25;

/** Mulberry32: numbers from 0 to 1, the same ones for the same seed. */
const numbersOf = (seed: number) => {
  let a = seed;
  return (): number => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
};

/** @returns whether the member is evicted within an hour of a look a second */
const isEvicted = (seed: number): boolean => {
  const random = numbersOf(seed);
  const look = (): readonly Round[] =>
    ['probe-a', 'probe-b'].map((name) => {
      const sight = random() < LOST_SHARE ? w.hung : w.works(1, 2, 3);
      return w.round(name, withVictim(sight).sights);
    });
  let state = w.quorate();
  for (let s = 1; s <= HOUR_S; s += 1) {
    const nowMs = T0 + s * 1_000;
    const scene = { ...w.HEALTHY_THREE, more: { rounds: look() } };
    const stepped = step(POLICY, state, w.observationAt(nowMs, scene));
    state = stepped.state;
    if (stepped.plan.kind !== 'act' || state.inFlight === null) continue;
    const says = lastLook(state, state.inFlight, look());
    if (says === 'fails') return true;
    const more = { reason: says, untouched: true };
    const outcome: Outcome =
      says === 'works'
        ? { kind: 'stoodDown', ...more }
        : { kind: 'prevented', rail: 'I2', ...more };
    state = settle(POLICY, state, outcome, nowMs);
  }
  return false;
};

it('evicts nobody of whom each observer loses a quarter of its probes', () => {
  const evicted = Array.from({ length: HOURS }, (_, n) => isEvicted((n + 1) * 7_919));
  expect(evicted.filter(Boolean)).toEqual([]);
});
