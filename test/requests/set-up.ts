/** A fleet to ask and to order of, on a clock that jumps. */

import type { OrderRecord, State } from '../../src/core/model.ts';
import { INITIAL_STATE } from '../../src/core/step.ts';
import { carryOut } from '../../src/requests/command.ts';
import { answerQuery } from '../../src/requests/query.ts';
import { HEALTHY_THREE, POLICY, quorate, type Scene, T0 } from '../core/world.ts';
import { FakeFleet } from '../fakes/fleet.ts';
import { VirtualClock } from '../fakes/virtual-clock.ts';

export const setUp = (scene: Scene = HEALTHY_THREE, policy = POLICY) => {
  const clock = new VirtualClock(T0 + 1_000);
  const fleet = new FakeFleet(clock, scene);
  const fleets = [{ name: 'api', policy, sessions: null, deps: fleet.deps() }];
  /** As whoever watches leaves the row: healthy until T0, the lease its own. */
  const watched = (state: Partial<State> = {}): void =>
    fleet.store.put('api', {
      state: { ...quorate(), ...state },
      lease: { holder: 'schedule-7', untilMs: T0 + 3_600_000 },
    });
  /** What the loop decides, `afterMs` from now. */
  const decides = async (record: OrderRecord, afterMs: number): Promise<void> => {
    await clock.sleep(afterMs);
    const state = fleet.store.row('api').state ?? INITIAL_STATE;
    fleet.store.put('api', { state: { ...state, orders: [...state.orders, record] } });
  };
  const order = async (event: unknown, id = 'command-1') =>
    await carryOut(event, fleets, { id, untilMs: clock.nowMs() + 25_000 });
  return {
    clock,
    fleet,
    fleets,
    watched,
    decides,
    order,
    command: async (event: unknown) => await clock.run(order(event)),
    ask: async (event: unknown) => await clock.run(answerQuery(event, fleets)),
  };
};

export const EVICT = {
  kind: 'evict',
  fleet: 'api',
  instanceId: 'i-3',
  reason: 'disk is full',
  by: 'ops@desk',
  requestId: 'request-1',
} as const;

export const recordOf = (status: OrderRecord['status'], detail: string): OrderRecord => ({
  id: 'request-1',
  kind: 'evict',
  instanceId: 'i-3',
  by: 'ops@desk',
  status,
  detail,
  atMs: T0 + 2_000,
});
