/** What is said to be lost before anything is done. */
import { describe, expect, it } from 'vitest';
import { diagnose } from '../../src/core/diagnose.ts';
import { wayOut } from '../../src/core/failover-path.ts';
import * as w from './world.ts';

const { T0 } = w;
const told = (scene: w.Scene, more: Parameters<typeof w.observationAt>[1]['more'] = {}) => {
  const observation = { ...w.observationAt(T0 + 1_000, scene), ...more };
  const diagnosed = diagnose(w.POLICY, w.quorate(), observation);
  return wayOut(w.POLICY, diagnosed, observation, 'loss').expected;
};

describe('what a way out is expected to cost', () => {
  it('is every session when no member is left', () => {
    const dead = { 1: w.vanished, 2: w.vanished, 3: w.vanished };
    expect(told({ sights: dead })).toBe('every session: no member is left that has one');
  });

  it('cannot be told while nobody could be looked at', () => {
    const inventory = { ok: false, error: 'throttled' } as const;
    expect(told(w.HEALTHY_THREE, { inventory })).toBe(
      'nobody can tell: the nodes could not be read',
    );
  });
});
