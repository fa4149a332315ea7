/** A person's `abort`, in every step: users are where they were when it is over, and nothing is left. */
import { describe, expect, it } from 'vitest';
import type { FailoverPhase } from '../../src/core/failover-ledger.ts';
import { T0 } from '../core/world.ts';
import type { Balancer } from './balancer.ts';
import type { Played, Script } from './drive.ts';
import { asks, onceIn, onceThere, ordered, play, strike, undoneFor } from './play.ts';
import { ended } from './told.ts';
import type { TwoSides } from './two-sides.ts';

const BACK = { active: 'blue', serving: 3, left: [] };

const abortedIn = async (phase: FailoverPhase, story: Partial<Script> = {}): Promise<Played> =>
  await play({
    ...story,
    happens: (world, store) => {
      (story.happens ?? ordered)(world, store);
      onceIn(phase, { world, store }, () => {
        asks(world, store, 'abort');
      });
    },
  });

describe('before users have moved', () => {
  it.each<[FailoverPhase, Partial<Script>]>([
    ['launch', {}],
    ['form', {}],
    ['copy', {}],
    ['level', { policy: { lagMaxMs: 0 } }],
    ['verify', { isMute: true }],
  ])('stays where it is when it is aborted in %s', async (phase, story) => {
    const played = await abortedIn(phase, story);
    expect(undoneFor(played)).toEqual(['aborted by ana: a test']);
    expect(played.world.acts.some(({ act }) => act.kind === 'switch')).toBe(false);
    expect(ended(played)).toEqual(BACK);
  });

  it.each<[FailoverPhase, Script['happens'], Script['policy']]>([
    ['isolate', strike(2, 'hung'), { prefer: 'data' }],
    ['restore', strike(3, 'dead'), { vault: { everyMs: 60_000, maxAgeMs: 600_000 } }],
  ])('leaves a rescue that is aborted in %s for a while', async (phase, happens, policy = {}) => {
    const played = await abortedIn(phase, { happens, policy, untilMs: T0 + 5 * 60_000 });
    expect(undoneFor(played)).toEqual(['aborted by ana: a test']);
    expect(played.state).toMatchObject({ active: 'blue', failover: null });
    expect(played.state.failoverAfterMs).toBeGreaterThan(played.world.nowMs);
  });
});

it('rescues a majority that is lost right after a planned move was aborted, on the standby: nothing was wrong with it', async () => {
  const { reports, ...played } = await abortedIn('form', {
    happens: (world, store) => {
      ordered(world, store);
      onceIn('undo', { world, store }, () => {
        world.at(world.nowMs + 5_000, () => {
          for (const member of world.staying('blue')) member.process = 'dead';
        });
      });
    },
  });
  const rescues = reports.flatMap(({ failover }) =>
    failover?.begunBy === 'loss' ? [failover.path] : [],
  );
  expect(new Set(rescues)).toEqual(new Set(['move']));
  expect(ended({ reports, ...played })).toEqual({ ...BACK, active: 'green' });
});

/** The load balancer says that users were sent to the other side, and leaves them where they are. @returns what does send them */
const withoutSwitch = ({ balancer }: TwoSides): Balancer['lead'] => {
  const lead = balancer.lead.bind(balancer);
  balancer.lead = (routing, nowMs) => (routing.side === 'green' ? 'done' : lead(routing, nowMs));
  return lead;
};

describe('when users have moved', () => {
  const carriesOf = ({ world }: Played): readonly string[] =>
    world.acts.flatMap(({ act }) => (act.kind === 'carry' ? [act.side] : []));

  it('moves back, sessions first, when it is aborted in drain', async () => {
    const played = await abortedIn('drain');
    expect(carriesOf(played)).toEqual(['green', 'blue']);
    expect(played.state.orders[0]).toMatchObject({ kind: 'move', status: 'refused' });
    expect(ended(played)).toEqual(BACK);
  });

  it.each([
    ['is asked for', 1_000],
    ['has been given up', 45_000],
  ])('moves back when it is aborted while the switch %s and was made', async (_name, afterMs) => {
    const played = await play({
      happens: (world, store) => {
        ordered(world, store);
        onceThere(world, () => {
          // Nobody can say yet that they have.
          world.hidesRoutingUntilMs = world.nowMs + 60_000;
          world.at(world.nowMs + afterMs, () => {
            asks(world, store, 'abort');
          });
        });
      },
    });
    expect(undoneFor(played)).toContain('aborted by ana: a test');
    expect(played.state.orders[1]).toMatchObject({ kind: 'abort', status: 'done' });
    expect(carriesOf(played)).toEqual(['green', 'blue']);
    expect(ended(played)).toEqual(BACK);
  });

  it('takes those along who logged in after a total loss, which left nobody to read', async () => {
    const played = await play({
      happens: (world, store) => {
        strike(3, 'hung')(world);
        onceIn('drain', { world, store }, () => {
          for (const member of world.staying('blue')) member.process = 'good';
          asks(world, store, 'abort');
        });
      },
    });
    expect(carriesOf(played)).toEqual(['blue']);
    expect(ended(played)).toEqual(BACK);
  });

  it.each([
    ['before', 0, 'green'],
    ['after', 1_300, 'blue'],
  ] as const)(
    'serves them all the same when they move late, %s the new side is sent home',
    async (_name, lateMs, active) => {
      const played = await play({
        happens: (world, store) => {
          ordered(world, store);
          const lead = withoutSwitch(world);
          onceIn('undo', { world, store }, () => {
            world.at(world.nowMs + lateMs, () => lead({ side: 'green' }, world.nowMs));
          });
        },
      });
      expect(ended(played)).toEqual({ active, serving: 3, left: [] });
    },
  );

  it('stays when the load balancer says that they had not', async () => {
    const played = await play({
      happens: (world, store) => {
        ordered(world, store);
        withoutSwitch(world);
        onceIn('switch', { world, store }, () => {
          asks(world, store, 'abort');
        });
      },
    });
    expect(undoneFor(played)).toEqual(['aborted by ana: a test']);
    expect(carriesOf(played)).toEqual(['green']);
    expect(ended(played)).toEqual(BACK);
  });
});
