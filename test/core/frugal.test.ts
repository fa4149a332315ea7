/** A fleet that is looked at once a minute, with the policy of docs/deploy.md. */
import { describe, expect, it } from 'vitest';
import * as w from './world.ts';

const { T0 } = w;
const MINUTE_MS = 60_000;
const policy = {
  ...w.POLICY,
  tickEveryMs: MINUTE_MS,
  suspectTickEveryMs: MINUTE_MS,
  blindGapMs: 3 * MINUTE_MS,
  silenceToleranceMs: 3 * MINUTE_MS,
  faultToleranceMs: 2 * MINUTE_MS,
};
const firstActAfterMs = (victim: w.Scene): number | null => {
  const options = { policy, everyMs: MINUTE_MS };
  const calm = w.play([{ fromMs: T0 - 10 * MINUTE_MS, scene: w.HEALTHY_THREE }], T0, options);
  const { state } = calm.at(-1)!;
  const faultAtMs = T0 + MINUTE_MS;
  const steps = w.play([{ fromMs: faultAtMs, scene: victim }], T0 + 20 * MINUTE_MS, {
    ...options,
    state,
  });
  const act = steps.find(({ plan }) => plan.kind === 'act');
  return act === undefined ? null : act.nowMs - faultAtMs;
};

describe('a fleet that is looked at once a minute', () => {
  it('has a silent member evicted after its tolerance of three minutes', () => {
    expect(firstActAfterMs(w.withVictim(w.hung))).toBe(3 * MINUTE_MS);
  });

  it('has a member with wrong answers evicted after two', () => {
    expect(firstActAfterMs(w.withVictim(w.zombie))).toBe(2 * MINUTE_MS);
  });

  it('does nothing for nobody', () => {
    expect(firstActAfterMs(w.HEALTHY_THREE)).toBeNull();
  });
});
