/** Something else goes wrong while a fleet moves: its standby finds the wrong members, its courier dies. */
import { expect, it } from 'vitest';
import { idOf, POLICY, T0 } from '../core/world.ts';
import { asks, FAULT_MS, MINUTE_MS, onceIn, play, strike, undoneFor } from './play.ts';
import { ended } from './told.ts';
import { COPIES_MS } from './two-sides.ts';

it('never lets a standby join the old cluster', async () => {
  const untilMs = T0 + 25 * MINUTE_MS;
  const played = await play({ happens: strike(2, 'hung'), joinsOld: true, untilMs });
  expect(undoneFor(played)).toEqual([
    expect.stringMatching(/^the standby joined the old cluster .* another cluster name/),
  ]);
  expect(played.world.acts.some(({ act }) => act.kind === 'switch')).toBe(false);
  expect(ended(played)).toEqual({ active: 'blue', serving: 3, left: [] });
});

it('lets members that joined the old cluster go one by one, each when all copies are made', async () => {
  const untilMs = T0 + 6 * MINUTE_MS;
  const { world } = await play({ happens: strike(2, 'hung'), joinsOld: true, untilMs });
  const sizes = world.acts.flatMap(({ act, atMs }) =>
    act.kind === 'scale' && act.side === 'green' ? [{ desired: act.desired, atMs }] : [],
  );
  expect([...new Set(sizes.map(({ desired }) => desired))]).toEqual([3, 2, 1, 0]);
  const [first = 0, second = 0, third = 0] = [2, 1, 0].map(
    (size) => sizes.find(({ desired }) => desired === size)?.atMs,
  );
  expect(Math.min(second - first, third - second)).toBeGreaterThanOrEqual(COPIES_MS);
});

it('starts another courier when one dies', async () => {
  const played = await play({
    happens: (world) => {
      strike(2, 'hung')(world);
      const die = (): void => {
        if (world.courier === null) world.at(world.nowMs + 1_000, die);
        else world.courier.diedAtMs = world.courier.startedAtMs + 3_000;
      };
      world.at(FAULT_MS, die);
    },
  });
  const carries = played.world.acts.filter(({ act }) => act.kind === 'carry');
  expect(carries).toHaveLength(2);
  expect(ended(played)).toEqual({ active: 'green', serving: 3, left: [] });
});

it('asks for a courier again at once when nobody was sent', async () => {
  const { world, ...played } = await play({ happens: strike(2, 'hung'), carriesRefused: 2 });
  const carries = world.acts.filter(({ act }) => act.kind === 'carry');
  expect(carries).toHaveLength(3);
  expect(carries[2]!.atMs - carries[0]!.atMs).toBeLessThan(POLICY.courierSilenceMs);
  expect(ended({ world, ...played })).toEqual({ active: 'green', serving: 3, left: [] });
});

it('sends another courier only to addresses that are still their own', async () => {
  const { world } = await play({
    happens: (there) => {
      strike(2, 'hung')(there);
      const die = (): void => {
        if (there.courier === null) {
          there.at(there.nowMs + 1_000, die);
          return;
        }
        there.courier.diedAtMs = there.courier.startedAtMs + 1_000;
        there.members.find(({ side }) => side === 'green')!.address = '10.0.0.99';
      };
      there.at(FAULT_MS, die);
    },
  });
  const told = world.acts.flatMap(({ act }) =>
    act.kind === 'carry' ? [act.to.map(({ address }) => address)] : [],
  );
  expect(told).toEqual([
    ['10.0.0.4', '10.0.0.5', '10.0.0.6'],
    ['10.0.0.5', '10.0.0.6'],
  ]);
});

it('sends users to nobody of the new side who is alone there: another one comes in its place', async () => {
  const played = await play({
    happens: (world) => {
      strike(2, 'hung')(world);
      const part = (): void => {
        const [first] = world.staying('green');
        if (first === undefined) world.at(world.nowMs + 500, part);
        else first.cluster = 'alone';
      };
      world.at(FAULT_MS, part);
    },
  });
  const { acts } = played.world;
  const gone = acts.flatMap(({ act }) => (act.kind === 'dismiss' ? [act.node.instanceId] : []));
  expect([...new Set(gone)]).toEqual([idOf(4)]);
  const atMs = (kind: string): number => acts.find(({ act }) => act.kind === kind)!.atMs;
  expect(atMs('switch')).toBeGreaterThan(atMs('dismiss'));
  expect(ended(played)).toEqual({ active: 'green', serving: 3, left: [] });
});

it('carries what a member has that comes back before users are sent to the new side', async () => {
  const played = await play({
    happens: (world, store) => {
      strike(3, 'hung')(world);
      const lead = world.balancer.lead.bind(world.balancer);
      let isKnown = false;
      // Until then it does not show the rule for verifying.
      world.balancer.lead = (routing, nowMs) =>
        isKnown || routing.preview !== 'green' ? lead(routing, nowMs) : 'done';
      onceIn('verify', { world, store }, () => {
        world.members[0]!.process = 'good';
        world.at(world.nowMs + 10_000, () => {
          isKnown = true;
        });
      });
    },
  });
  const atMs = (kind: string): number =>
    played.world.acts.find(({ act }) => act.kind === kind)?.atMs ?? Infinity;
  expect(atMs('carry')).toBeLessThan(atMs('switch'));
  expect(ended(played)).toEqual({ active: 'green', serving: 3, left: [] });
});

it('gives the standby the time that its own boots need, whatever the old side has taken', async () => {
  const { world, ...played } = await play({
    bootMs: 100_000,
    happens: (there, store) => {
      strike(2, 'hung')(there);
      there.at(FAULT_MS - 10_000, () => {
        const { state } = store.row('api');
        const boots = Array.from({ length: 5 }, () => 20_000);
        store.put('api', { state: { ...state!, boots }, lease: null });
      });
    },
  });
  expect(undoneFor({ world, ...played })).toEqual([]);
  expect(ended({ world, ...played })).toEqual({ active: 'green', serving: 3, left: [] });
  const { boots } = played.state;
  expect(boots).toHaveLength(3);
  expect(Math.min(...boots)).toBeGreaterThanOrEqual(100_000);
});

it('replaces a newcomer that never came up, although the two who did are too few to lose one', async () => {
  const untilMs = T0 + 25 * MINUTE_MS;
  const played = await play({
    untilMs,
    happens: (world, store) => {
      world.at(FAULT_MS, () => asks(world, store, 'move'));
      const die = (): void => {
        const [first] = world.staying('green');
        if (first === undefined) world.at(world.nowMs + 500, die);
        else first.process = 'dead';
      };
      world.at(FAULT_MS, die);
    },
  });
  expect(ended(played)).toEqual({ active: 'green', serving: 3, left: [] });
});

it('tells a courier that has yet to begin that it shall end', async () => {
  const played = await play({
    courierColdMs: 8_000,
    happens: (world, store) => {
      world.at(FAULT_MS, () => asks(world, store, 'move'));
      const abort = (): void => {
        if (world.courier !== null) asks(world, store, 'abort');
        else world.at(world.nowMs + 1_000, abort);
      };
      world.at(FAULT_MS, abort);
    },
  });
  expect(undoneFor(played)).toEqual(['aborted by ana: a test']);
  expect(played.world.acts.some(({ act }) => act.kind === 'endCarry')).toBe(true);
  expect(ended(played)).toEqual({ active: 'blue', serving: 3, left: [] });
});

it('tells a courier that fell silent to end, although the next one was refused', async () => {
  const { world, ...played } = await play({
    happens: (there, store) => {
      there.at(FAULT_MS, () => asks(there, store, 'move'));
      const perform = there.perform.bind(there);
      there.perform = (act) => {
        if (act.kind !== 'carry' || there.courier === null) return perform(act);
        asks(there, store, 'abort');
        return 'deferred';
      };
      const hush = (): void => {
        if (there.courier === null) there.at(there.nowMs + 500, hush);
        else {
          const word = there.word();
          there.word = () => word;
        }
      };
      there.at(FAULT_MS, hush);
    },
  });
  expect(undoneFor({ world, ...played })).toEqual(['aborted by ana: a test']);
  expect(world.acts.some(({ act }) => act.kind === 'endCarry')).toBe(true);
  expect(played.state.failover).toBeNull();
});
