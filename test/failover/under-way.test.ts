/** What was under way when a failover begins is not left as it was: not out of the load balancer, nor standing by for ever. */
import { describe, expect, it } from 'vitest';
import type { Retirement } from '../../src/core/ledger.ts';
import { addressOf, idOf, T0 } from '../core/world.ts';
import type { Script } from './drive.ts';
import { asks, FAULT_MS, play } from './play.ts';
import { ended } from './told.ts';
import type { Member, TwoSides } from './two-sides.ts';

const nth = ({ members }: TwoSides, n: number): Member => members.find((each) => each.n === n)!;

describe('an eviction that a failover takes over', () => {
  const playOrdered = async (script: Pick<Script, 'happens'>) =>
    await play({
      happens: (world, store) => {
        world.at(FAULT_MS, () => {
          nth(world, 3).process = 'hung';
        });
        world.at(FAULT_MS + 12_500, () => {
          asks(world, store, 'failover');
        });
        script.happens(world, store);
      },
    });

  it('is judged anew when all of it is undone: who works again is back in the load balancer', async () => {
    const played = await playOrdered({
      happens: (world, store) => {
        world.at(FAULT_MS + 20_000, () => {
          nth(world, 3).process = 'good';
          asks(world, store, 'abort');
        });
      },
    });
    const { world, reports, state } = played;
    const taken = reports.find(({ failover, inFlightBefore }) => failover && inFlightBefore);
    expect(taken?.inFlightBefore?.rungs[0]).toMatchObject({ rung: 'deregister', outcome: 'done' });
    expect(taken?.sentence).toMatch(/failover: gets 3 instances on the other side/);
    expect(ended(played)).toEqual({ active: 'blue', serving: 3, left: [] });
    expect(world.staying('blue').map(({ n, isRegistered }) => [n, isRegistered])).toEqual([
      [1, true],
      [2, true],
      [3, true],
    ]);
    expect(state.inFlight).toBeNull();
  });

  it('is over when users are on the other side', async () => {
    const played = await playOrdered({ happens: () => undefined });
    expect(ended(played)).toEqual({ active: 'green', serving: 3, left: [] });
    expect(played.state.inFlight).toBeNull();
  });
});

it('takes a member that stood by out of the group that users have left', async () => {
  const retirement: Retirement = {
    fence: 1,
    instanceId: idOf(3),
    address: addressOf(3),
    because: 'AWS says it goes',
    orderId: null,
    startedAtMs: T0 + 20_000,
    desired: 3,
    veterans: [idOf(1), idOf(2), idOf(3)],
    phase: 'spare',
    phaseSinceMs: T0 + 20_000,
    isAsked: true,
    commandId: null,
  };
  const played = await play({
    happens: (world, store) => {
      world.at(T0 + 20_000, () => {
        nth(world, 3).isSetAside = true;
        const { state } = store.row('api');
        store.put('api', { state: { ...state!, retirement }, lease: null });
      });
      world.at(FAULT_MS, () => {
        for (const n of [1, 2]) nth(world, n).process = 'hung';
      });
    },
  });
  const { world } = played;
  expect(ended(played)).toEqual({ active: 'green', serving: 3, left: [] });
  expect(world.acts.filter(({ act }) => act.kind === 'dismiss')).not.toEqual([]);
  expect(nth(world, 3).terminatedAtMs).toBeLessThan(world.nowMs);
});
