/** What people ask for by hand. */
import { describe, expect, it } from 'vitest';
import type { State } from '../../src/core/model.ts';
import type { Order } from '../../src/core/observation.ts';
import type { Policy } from '../../src/core/policy.ts';
import { step } from '../../src/core/step.ts';
import { play } from './orderly.ts';
import * as w from './world.ts';

const { T0, POLICY } = w;

const order = (more: Partial<Order> = {}): Order => ({
  id: 'order-1',
  kind: 'evict',
  instanceId: 'i-3',
  by: 'ops',
  reason: 'it looks odd',
  atMs: T0 + 1_000,
  ...more,
});
const withOrders = (...orders: readonly Order[]): w.Scene => ({
  ...w.HEALTHY_THREE,
  more: { orders },
});

describe("a person's order", () => {
  it('to evict is carried out at once, without a last look, and told when it is done', () => {
    const { words, state } = play(() => withOrders(order()), [1, 2]);
    expect(words).toEqual(['1 deregister', '1 kill']);
    expect(state.orders).toMatchObject([{ id: 'order-1', status: 'accepted' }]);
    const gone = (s: number): w.Scene => ({
      ...withOrders(order()),
      sights: { 1: w.works(1, 2), 2: w.works(1, 2) },
      instances: [1, 2].map((n) => w.instance(n)),
      inventory: { desired: 3, departed: s > 4 ? ['i-3'] : [] },
    });
    const over = play(gone, [3, 8], { state });
    expect(over.state).toMatchObject({ inFlight: null, orders: [{ status: 'done' }] });
    expect(over.words).toEqual([]);
  });

  it('to replace a member that works begins with a standby', () => {
    const { words, state } = play(() => withOrders(order({ kind: 'replace' })), [1, 1]);
    expect(words).toEqual(['1 enterStandby']);
    expect(state.retirement).toMatchObject({ because: 'asked for by ops: it looks odd' });
  });

  it('is refused when nobody decided it for more than a minute: who asked has gone by then', () => {
    const old = order({ atMs: T0 - 60_000 });
    const { words, state } = play(() => withOrders(old), [1, 4]);
    expect(words).toEqual([]);
    expect(state.orders).toMatchObject([
      { status: 'refused', detail: expect.stringContaining('too old to be carried out') },
    ]);
  });

  it('is decided once for each request id', () => {
    const { words, state } = play(() => withOrders(order(), order()), [1, 4]);
    expect(words).toEqual(['1 deregister', '1 kill']);
    expect(state.orders).toHaveLength(1);
  });

  it.each<[string, RegExp, (state: State) => { scene: w.Scene; state?: State; policy?: Policy }]>([
    [
      'for an instance of another group',
      /^I11: it is not in the group/,
      () => ({ scene: withOrders(order({ instanceId: 'i-9' })) }),
    ],
    [
      'that would leave no majority',
      /^I3: 1 sound members in 3 seats/,
      () => ({
        scene: {
          ...withOrders(order()),
          sights: { ...w.withVictim(w.hung).sights, 2: w.hung, 3: w.works(1, 2, 3) },
        },
      }),
    ],
    [
      'while the fleet is in shadow mode',
      /^I5: the fleet is in shadow mode/,
      () => ({ scene: withOrders(order()), policy: { ...POLICY, mode: 'shadow' } }),
    ],
    [
      'while paused',
      /^I5: paused by ops: stop/,
      () => {
        const scene = withOrders(order());
        const pause = { by: 'ops', reason: 'stop', atMs: T0, untilMs: null };
        return { scene: { ...scene, more: { ...scene.more, pause } } };
      },
    ],
    [
      'while another one is on its way out',
      /^I1: i-3 is on its way out/,
      () => ({
        scene: withOrders(order({ id: 'order-2', instanceId: 'i-2' })),
        state: play(() => withOrders(order()), [1, 1]).state,
      }),
    ],
    [
      'beyond the budget',
      /^I9: 3 in 3600 s is the budget of the fleet/,
      (state) => ({
        scene: withOrders(order()),
        state: {
          ...state,
          kills: [1, 2, 3].map((n) => ({ atMs: T0 - n * 60_000, seat: 9, instanceId: `i-x${n}` })),
        },
      }),
    ],
  ])('%s is refused, with the rail', (_, detail, given) => {
    const { scene, state = w.quorate(), policy = POLICY } = given(w.quorate());
    const stepped = step(policy, state, w.observationAt(T0 + 2_000, scene));
    expect(stepped.state.orders.at(-1)).toMatchObject({
      status: 'refused',
      detail: expect.stringMatching(detail),
    });
    expect(stepped.plan.kind).not.toBe('act');
  });

  it('waits a moment when nobody can see just then, and is refused when that lasts', () => {
    const blind = (s: number): w.Scene => {
      const scene = withOrders(order());
      const rounds = [{ observer: 'probe-a', failed: 'timed out' }];
      return s < 99 ? { ...scene, more: { ...scene.more, rounds } } : scene;
    };
    expect(play(blind, [1, 10]).state.orders).toEqual([]);
    expect(play(blind, [1, 22]).state.orders).toMatchObject([{ status: 'refused' }]);
  });
});
