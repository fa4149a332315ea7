/** What an undone move carried is not in the cluster of the next one: nobody who was given it is there any more. */
import { expect, it } from 'vitest';
import type { FailoverPhase } from '../../src/core/failover-ledger.ts';
import { asks, FAULT_MS, onceIn, ordered, play, undoneFor } from './play.ts';
import { ended } from './told.ts';
import { GOING_MS, type Member, type TwoSides } from './two-sides.ts';

/** The members of the other side, by the order in which they came; those who came together are one generation. */
const generationsOf = ({ members }: TwoSides): readonly (readonly Member[])[] => {
  const green = members.filter(({ side }) => side === 'green');
  return [...new Set(green.map(({ launchedAtMs }) => launchedAtMs))].map((atMs) =>
    green.filter(({ launchedAtMs }) => launchedAtMs === atMs),
  );
};

/** Nobody of the second one came before all of the first one were gone. */
const neverMet = (world: TwoSides): boolean => {
  const [first = [], second = []] = generationsOf(world);
  const goneAtMs = Math.max(...first.map(({ terminatedAtMs }) => terminatedAtMs));
  return second.every(({ launchedAtMs }) => launchedAtMs >= goneAtMs);
};

it.each<FailoverPhase>(['form', 'level'])(
  'launches nobody before those of a move that was aborted in %s are gone',
  async (phase) => {
    let isOver = false;
    const { world, ...played } = await play({
      // Level at the second time only.
      happens: (there, store) => {
        ordered(there, store);
        const word = there.word.bind(there);
        there.word = () => {
          const said = word();
          return said === null || isOver ? said : { ...said, lagMs: 60_000 };
        };
        onceIn(phase, { world: there, store }, () => {
          asks(there, store, 'abort');
          const again = (): void => {
            isOver = store.row('api').state?.failover === null;
            if (isOver) asks(there, store, 'move', 'move-2');
            else there.at(there.nowMs + 100, again);
          };
          there.at(there.nowMs + 3_000, again);
        });
      },
    });
    const [first = []] = generationsOf(world);
    const askedAtMs = played.state.orders.find(({ id }) => id === 'move-2')!.atMs;
    expect(askedAtMs).toBeGreaterThan(0);
    expect(first).toHaveLength(3);
    expect(neverMet(world)).toBe(true);
    expect(ended({ world, ...played })).toEqual({ active: 'green', serving: 3, left: [] });
  },
);

it('says that somebody has not left when that takes too long', async () => {
  const { world, ...played } = await play({
    policy: { launchDeadlineMs: 10_000 },
    happens: (there, store) => {
      Object.assign(there.groups.green, { min: 3, desired: 3 });
      there.at(FAULT_MS, () => {
        Object.assign(there.groups.green, { min: 0, desired: 0 });
      });
      there.at(FAULT_MS + 1_000, () => {
        asks(there, store, 'move');
      });
    },
  });
  expect(GOING_MS).toBeGreaterThan(10_000);
  expect(undoneFor({ world, ...played })).toEqual([
    '0 of 3 instances run after 10 s: i-4 of an earlier move has not left yet',
  ]);
});

it.each([
  ['carried to', 'level', 3],
  ['not carried to', 'form', 0],
] as const)(
  'puts a standby that stood there and was %s back as it was',
  async (_name, phase, count) => {
    const { world, state } = await play({
      policy: { lagMaxMs: 0 },
      happens: (there, store) => {
        Object.assign(there.groups.green, { min: 2, desired: 3 });
        ordered(there, store);
        onceIn(phase, { world: there, store }, () => {
          asks(there, store, 'abort');
        });
      },
    });
    expect(state).toMatchObject({ active: 'blue', failover: null });
    expect(world.groups.green).toMatchObject({ min: 2, desired: 3, suspended: [] });
    expect(world.staying('green')).toHaveLength(3);
    const [first = [], second = []] = generationsOf(world);
    expect(first).toHaveLength(3);
    expect(second).toHaveLength(count);
    expect(neverMet(world)).toBe(true);
  },
);
