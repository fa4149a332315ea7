/** A kill that SSM takes only after some tries, because AWS throttles. */
import { describe, expect, it } from 'vitest';
import type { ActOutcome } from '../../src/core/acts.ts';
import type { Plan, State } from '../../src/core/model.ts';
import { settle } from '../../src/core/settle.ts';
import { step } from '../../src/core/step.ts';
import * as w from './world.ts';

const { T0, POLICY, firstAct, withVictim } = w;
const acts = (plan: Plan | undefined): string[] =>
  plan?.kind === 'act' ? plan.acts.map(({ kind }) => kind) : [];

const taken: ActOutcome = {
  kind: 'kill',
  startedAtMs: T0,
  finishedAtMs: T0,
  outcome: 'done',
  detail: '',
  commandId: 'command-1',
  fence: 1,
  hosts: [],
};
const throttled: ActOutcome = { ...taken, outcome: 'deferred', commandId: null };
const deregistered: ActOutcome = { ...taken, kind: 'deregister', commandId: null };

const confirmed = (): State =>
  settle(
    POLICY,
    firstAct(withVictim(w.hung))!.state,
    { kind: 'acted', confirmed: true, outcomes: [deregistered, throttled] },
    T0 + 12_000,
  );
const next = (state: State, atMs: number, scene: w.Scene) =>
  step(POLICY, state, w.observationAt(atMs, scene));

describe('a kill that was taken late', () => {
  it('has its whole time, and is not asked for for ever', () => {
    const plans: Record<number, Plan> = {};
    let state = confirmed();
    for (let s = 13; s <= 22; s += 1) {
      const atMs = T0 + s * 1_000;
      const stepped = next(state, atMs, withVictim(w.hung));
      plans[s] = stepped.plan;
      state = settle(
        POLICY,
        stepped.state,
        { kind: 'acted', confirmed: false, outcomes: [throttled] },
        atMs,
      );
    }
    const asked = [13, 14, 15, 16];
    for (const s of asked) {
      expect(plans[s]).toMatchObject({
        acts: [{ kind: 'kill', notAfterMs: T0 + s * 1_000 + POLICY.killDeadlineMs }],
      });
    }
    expect([17, 18, 19, 20, 21].map((s) => acts(plans[s]))).toEqual([[], [], [], [], []]);
    expect(acts(plans[22])).toEqual(['fence']);
  });

  it('makes the peers wait as long as one that was taken at once', () => {
    const plans: Record<number, Plan> = {};
    let state = confirmed();
    for (let s = 13; s <= 18; s += 1) {
      const atMs = T0 + s * 1_000;
      const stepped = next(state, atMs, withVictim(w.hung));
      plans[s] = stepped.plan;
      const outcomes = acts(stepped.plan).includes('kill') ? [s < 14 ? throttled : taken] : [];
      state = settle(POLICY, stepped.state, { kind: 'acted', confirmed: false, outcomes }, atMs);
    }
    expect([13, 14, 15, 16, 17].map((s) => acts(plans[s]))).toEqual([
      ['kill'],
      ['kill'],
      [],
      [],
      [],
    ]);
    expect(acts(plans[18])).toEqual(['fence']);
  });
});
