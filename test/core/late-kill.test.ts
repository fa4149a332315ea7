/** A kill that SSM takes only after some tries, because AWS throttles. */
import { describe, expect, it } from 'vitest';
import type { ActOutcome } from '../../src/core/acts.ts';
import type { Plan, State } from '../../src/core/model.ts';
import { settle } from '../../src/core/settle.ts';
import { step } from '../../src/core/step.ts';
import * as w from './world.ts';

const { T0, POLICY, firstAct, withVictim } = w;

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
/** What is asked for in each second from 13 on, when SSM answers so. */
const asked = (
  lastS: number,
  answer: (atS: number) => ActOutcome,
): Readonly<Record<number, Plan>> => {
  const plans: Record<number, Plan> = {};
  let state = confirmed();
  for (let s = 13; s <= lastS; s += 1) {
    const atMs = T0 + s * 1_000;
    const stepped = step(POLICY, state, w.observationAt(atMs, withVictim(w.hung)));
    plans[s] = stepped.plan;
    const outcomes = w.actsOf(stepped.plan).includes('kill') ? [answer(s)] : [];
    state = settle(POLICY, stepped.state, { kind: 'acted', confirmed: false, outcomes }, atMs);
  }
  return plans;
};

describe('a kill that was taken late', () => {
  it('has its whole time, and is not asked for for ever', () => {
    const plans = asked(22, () => throttled);
    for (const s of [13, 14, 15, 16]) {
      expect(plans[s]).toMatchObject({
        acts: [{ kind: 'kill', notAfterMs: T0 + s * 1_000 + POLICY.killDeadlineMs }],
      });
    }
    expect([17, 18, 19, 20, 21].map((s) => w.actsOf(plans[s]))).toEqual([[], [], [], [], []]);
    expect(w.actsOf(plans[22])).toEqual(['fence']);
  });

  it('makes the peers wait as long as one that was taken at once', () => {
    const plans = asked(18, (s) => (s < 14 ? throttled : taken));
    const kinds = [13, 14, 15, 16, 17].map((s) => w.actsOf(plans[s]).join());
    expect(kinds).toEqual(['kill', 'kill', '', '', '']);
    expect(w.actsOf(plans[18])).toEqual(['fence']);
  });
});
