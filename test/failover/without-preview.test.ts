/** A move behind what cannot lead single calls to the new side, or takes two steps to lead users there. */
import { describe, expect, it } from 'vitest';
import type { Order } from '../../src/core/observation.ts';
import { T0 } from '../core/world.ts';
import { drive, type Played, type Script } from './drive.ts';
import { ended } from './told.ts';
import type { TwoSides } from './two-sides.ts';

const MINUTE_MS = 60_000;
const MOVE: Order = {
  id: 'order-1',
  kind: 'move',
  instanceId: null,
  by: 'ana',
  reason: 'a test',
  atMs: T0 + 30_000,
};

const planned = async (
  story: Partial<Script>,
  happens: (world: TwoSides) => void = () => undefined,
): Promise<Played> =>
  await drive({
    untilMs: T0 + 15 * MINUTE_MS,
    policy: { verifyBy: 'nodes' },
    ...story,
    happens: (world, store) => {
      world.at(MOVE.atMs, () => store.put('api', { orders: [MOVE] }));
      happens(world);
    },
  });

const kindsOf = ({ world }: Played): ReadonlySet<string> =>
  new Set(world.acts.map(({ act }) => act.kind));

const undoneFor = ({ reports }: Played): readonly string[] => [
  ...new Set(reports.flatMap(({ failover }) => failover?.undoneFor ?? [])),
];

describe('a new side that is verified at its nodes', () => {
  it('gets the users when they answer, and no rule is ever asked for', async () => {
    const played = await planned({});
    expect(ended(played)).toEqual({ active: 'green', serving: 3, left: [] });
    expect([...kindsOf(played)].filter((kind) => /preview/i.test(kind))).toEqual([]);
  });

  it('does not get them when the nodes answer badly', async () => {
    const played = await planned({ isMute: true });
    expect(undoneFor(played)).toEqual([
      'the new side does not answer at its nodes, or it is behind: 0 of 3 nodes answer well',
    ]);
    expect(kindsOf(played)).not.toContain('switch');
    expect(ended(played)).toEqual({ active: 'blue', serving: 3, left: [] });
  });
});

describe('a switch in two steps', () => {
  const halfway = (world: TwoSides, then: () => void): void => {
    const look = (): void => {
      if (world.balancer.routing.isHalf === true) then();
      else world.at(world.nowMs + 100, look);
    };
    world.at(T0, look);
  };

  it('goes on from half way', async () => {
    const played = await planned({ switchesInTwo: true });
    const switches = played.world.acts.filter(({ act }) => act.kind === 'switch');
    expect(switches).toHaveLength(2);
    expect(ended(played)).toEqual({ active: 'green', serving: 3, left: [] });
  });

  it('is led back when the new side does not answer any more', async () => {
    const played = await planned({ switchesInTwo: true }, (world) =>
      halfway(world, () => {
        for (const member of world.staying('green')) member.process = 'hung';
      }),
    );
    expect(undoneFor(played)).toEqual(['the load balancer did not take the change']);
    expect(played.world.acts.filter(({ act }) => act.kind === 'switch').at(-1)?.act).toEqual({
      kind: 'switch',
      side: 'blue',
    });
    expect(ended(played)).toEqual({ active: 'blue', serving: 3, left: [] });
  });
});
