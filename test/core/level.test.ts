/** Whether the new side is level: a courier that is dead, and its follower that has said nothing yet, say nothing of it. */
import { describe, expect, it } from 'vitest';
import { asking, isLevel, withWord } from '../../src/core/courier.ts';
import type { CourierWord } from '../../src/core/sides.ts';
import { stateWith } from '../contract/states.ts';
import * as w from './world.ts';

const { T0, POLICY } = w;
const WORD: CourierWord = {
  job: 7,
  beat: 9,
  phase: 'level',
  passes: 3,
  lagMs: 20,
  moved: 60,
  expired: 0,
  unreachable: 0,
  conflicts: 0,
  detail: '',
};

const { failover } = stateWith(7);
const seen = (nowMs: number, word: CourierWord) => ({
  ...w.observationAt(nowMs, w.HEALTHY_THREE),
  move: {
    other: null,
    previews: [],
    routing: { ok: false, error: 'not asked' },
    courier: { ok: true, value: word },
  } as const,
});

describe('the new side is level', () => {
  it('when its courier says so now, and not when a dead one did', () => {
    const heard = withWord(failover!, seen(T0, WORD));
    expect(isLevel(POLICY, seen(T0 + 1_000, WORD), heard)).toBe(true);
    expect(isLevel(POLICY, seen(T0 + 20_000, WORD), heard)).toBe(false);
  });

  it('only once the follower of a dead one has said so itself', () => {
    const asked = asking(
      { observation: seen(T0 + 20_000, WORD) },
      withWord(failover!, seen(T0, WORD)),
    );
    const later = seen(T0 + 21_000, WORD);
    expect(isLevel(POLICY, later, withWord(asked, later))).toBe(false);
    const followed = seen(T0 + 22_000, { ...WORD, beat: 10 });
    expect(isLevel(POLICY, followed, withWord(asked, followed))).toBe(true);
  });
});
