/** A majority that is lost, from the first sign to the last restored setting: the whole controller in a world of two sides. */
import { describe, expect, it } from 'vitest';
import { idOf, POLICY, T0 } from '../core/world.ts';
import type { Script } from './drive.ts';
import { asks, FAULT_MS, MINUTE_MS, play, strike, undoneFor } from './play.ts';
import { ended, phasesOf } from './told.ts';

describe('when two of three hang', () => {
  it('moves to the standby with the sessions, and lets go of everything', async () => {
    const played = await play({ happens: strike(2, 'hung') });
    // Who is sick was killed at the beginning, and all that is left to prove is there when the first pass is over.
    expect(phasesOf(played)).toEqual(['launch', 'form', 'copy', 'switch', 'drain', 'retire']);
    expect(ended(played)).toEqual({ active: 'green', serving: 3, left: [] });
  });

  it('tells how long it waits for the majority to come back, and what the courier has carried', async () => {
    const { reports } = await play({ happens: strike(2, 'hung') });
    const told = reports.map(({ sentence }) => sentence).join('\n');
    expect(told).toMatch(
      /holding still, I2: a majority that is lost may come back, else the way out is a move \(lost: about 33 % .*\), 9 s more, I3: /,
    );
    expect(told).toMatch(/lets the old side answer.*; the courier has carried \d+00 sessions\.\n/);
  });

  it('does nothing on what we alone see', async () => {
    const played = await play({
      happens: (world) => {
        world.balancer.isBlind = true;
        strike(2, 'hung')(world);
      },
    });
    expect(played.world.acts).toEqual([]);
    expect(played.reports.at(-1)?.sentence).toMatch(/I2: the majority is lost for us alone/);
  });

  it('has the load balancer check the new side only when it can be well', async () => {
    const { world } = await play({ happens: strike(2, 'hung'), bootMs: 60_000 });
    const asked = world.acts.find(({ act }) => act.kind === 'preview')!;
    const up = world.staying('green').map(({ launchedAtMs, bootMs }) => launchedAtMs + bootMs);
    expect(asked.atMs).toBeGreaterThan(Math.max(...up));
    expect(world.balancer.routing.side).toBe('green');
  });

  it('begins at once when the loss is confirmed, and makes its first changes in the same tick', async () => {
    const { reports, world } = await play({ happens: strike(2, 'hung') });
    const lost = reports.find(({ cluster }) => cluster.condition === 'QuorumLost')!;
    const [first] = world.acts;
    expect(first!.atMs - lost.atMs).toBeLessThan(POLICY.confirmMs + 200);
    expect(reports.find(({ failover }) => failover !== null)?.plan.kind).toBe('act');
  });

  it('sees what it has done, and asks for nothing twice', async () => {
    const { world } = await play({ happens: strike(2, 'hung') });
    // The courier is reminded until it says that it has ended.
    const asked = world.acts.flatMap(({ act }) =>
      'side' in act && act.kind !== 'endCarry' ? [`${act.kind} ${act.side}`] : [],
    );
    expect(asked).toEqual([...new Set(asked)]);
  });

  it('tells that users will go before they do', async () => {
    const { world, reports } = await play({ happens: strike(2, 'hung') });
    const told = reports.find(({ failover }) => failover?.phase === 'switch')!;
    const gone = world.acts.find(({ act }) => act.kind === 'switch')!;
    expect(told.plan.kind).toBe('watch');
    expect(gone.atMs).toBeGreaterThan(told.atMs);
  });

  it('asks for the kill of the sick ones at once when mitigation is preferred, else after the first pass', async () => {
    const killedIn = async (prefer: 'data' | 'mitigation') => {
      const { reports } = await play({ happens: strike(2, 'hung'), policy: { prefer } });
      const killing = reports.find(
        ({ plan }) => plan.kind === 'act' && plan.acts.some(({ kind }) => kind === 'kill'),
      );
      return killing?.failover?.phase;
    };
    expect(await killedIn('mitigation')).toBe('launch');
    expect(await killedIn('data')).toBe('isolate');
  });

  it('stays when they come back in time', async () => {
    const played = await play({
      policy: { prefer: 'data' },
      happens: (world) => {
        strike(2, 'hung')(world);
        world.at(FAULT_MS + 35_000, () => {
          for (const member of world.staying('blue')) member.process = 'good';
        });
      },
    });
    expect(undoneFor(played)).toEqual(['the old cluster works again']);
    expect(ended(played)).toEqual({ active: 'blue', serving: 3, left: [] });
  });

  it('is rebuilt in place without a standby, and keeps the one that works', async () => {
    const policy = { standby: false };
    const played = await play({ happens: strike(2, 'hung'), policy });
    expect(phasesOf(played)).toEqual(['replace', 'form', 'settle']);
    expect(ended(played)).toEqual({ active: 'blue', serving: 3, left: [] });
    expect(played.world.staying('blue').map(({ n }) => n)).toContain(1);
  });

  it('only tells which way it would go when that is what the fleets file says', async () => {
    const { world, reports } = await play({
      happens: strike(2, 'hung'),
      policy: { failover: 'tell' },
    });
    expect(world.acts).toEqual([]);
    expect(reports.at(-1)?.sentence).toMatch(
      /I5: the fleets file says failover: tell, so a move \(lost: about 33 % of the sessions/,
    );
  });

  it('does nothing while paused or in shadow', async () => {
    const shadow = await play({ happens: strike(2, 'hung'), policy: { mode: 'shadow' } });
    expect(shadow.world.acts).toEqual([]);
    const paused = await play({
      happens: (world, store) => {
        strike(2, 'hung')(world);
        store.put('api', { pause: { by: 'ana', reason: 'x', atMs: T0, untilMs: null } });
      },
    });
    expect(paused.world.acts).toEqual([]);
  });
});

describe('when all are gone', () => {
  it('moves to the standby without a courier', async () => {
    const played = await play({ happens: strike(3, 'dead') });
    expect(phasesOf(played)).toEqual(['launch', 'form', 'switch', 'drain', 'retire']);
    expect(played.world.courier).toBeNull();
    expect(ended(played)).toEqual({ active: 'green', serving: 3, left: [] });
  });

  it.each<[string, Partial<Script>, RegExp]>([
    ['there is no capacity', { capacity: 1 }, /^1 of 3 instances run after 300 s/],
    [
      'its members find nobody',
      { cannotForm: true },
      /^the other side does not form: its 3 members/,
    ],
    [
      'they do not start',
      { cannotStart: true },
      /^the other side does not form: 0 of 3 .* after 300 s/,
    ],
    ['it does not answer', { isMute: true }, /does not answer through the load balancer: 503/],
  ])('is rebuilt in place when the standby is no help: %s', async (_name, story, why) => {
    const untilMs = T0 + 25 * MINUTE_MS;
    const played = await play({ happens: strike(3, 'dead'), untilMs, ...story });
    expect(undoneFor(played)).toEqual([expect.stringMatching(why)]);
    expect(phasesOf(played).slice(-3)).toEqual(['replace', 'form', 'settle']);
    expect(ended(played)).toEqual({ active: 'blue', serving: 3, left: [] });
  });
});

describe('once the switch was asked for', () => {
  it('goes on to the new side when the load balancer took it and could not be read for a while', async () => {
    const played = await play({
      happens: (world) => {
        strike(2, 'hung')(world);
        const hide = (): void => {
          const isThere = world.balancer.routing.side === 'green';
          if (isThere) world.hidesRoutingUntilMs = world.nowMs + 60_000;
          else world.at(world.nowMs + 500, hide);
        };
        world.at(FAULT_MS, hide);
      },
    });
    expect(undoneFor(played)).toEqual([]);
    expect(ended(played)).toEqual({ active: 'green', serving: 3, left: [] });
  });
});

it('waits with a rebuilding while the standby or the routing cannot be read for a moment', async () => {
  const played = await play({
    happens: (world) => {
      strike(3, 'dead')(world);
      world.at(FAULT_MS, () => {
        world.hidesRoutingUntilMs = FAULT_MS + 25_000;
      });
    },
  });
  expect(played.world.acts.some(({ act }) => act.kind === 'replace')).toBe(false);
  expect(ended(played)).toEqual({ active: 'green', serving: 3, left: [] });
});

it('holds a rebuilding still while it is paused', async () => {
  const played = await play({
    policy: { standby: false },
    happens: (world, store) => {
      strike(3, 'dead')(world);
      const pause = (): void => {
        const isThere = store.row('api').state?.failover?.phase === 'replace';
        if (!isThere) world.at(world.nowMs + 200, pause);
        else store.put('api', { pause: { by: 'ana', reason: 'x', atMs: T0, untilMs: null } });
      };
      world.at(FAULT_MS, pause);
    },
  });
  expect(played.world.acts.filter(({ act }) => act.kind === 'replace')).toEqual([]);
});

it('replaces what is gone one by one where those who are left serve', async () => {
  const played = await play({ size: 5, happens: strike(3, 'dead'), untilMs: T0 + 30 * MINUTE_MS });
  expect(phasesOf(played)).toEqual([]);
  expect(ended(played)).toEqual({ active: 'blue', serving: 5, left: [] });
});

describe('asked for by a person', () => {
  it('moves a cluster that works, isolates nobody, and is answered', async () => {
    const played = await play({
      happens: (world, store) => {
        world.at(T0 + 40_000, () => {
          asks(world, store, 'move');
        });
      },
    });
    expect(ended(played)).toEqual({ active: 'green', serving: 3, left: [] });
    expect(played.world.acts.some(({ act }) => act.kind === 'kill')).toBe(false);
    expect(played.state.orders).toMatchObject([{ kind: 'move', status: 'done' }]);
  });

  it.each(['data', 'mitigation'] as const)(
    'isolates who is sick when it is a failover, preferring %s: what they have becomes readable',
    async (prefer) => {
      const played = await play({
        policy: { prefer },
        happens: (world, store) => {
          strike(1, 'hung')(world);
          world.at(FAULT_MS + 3_000, () => {
            asks(world, store, 'failover');
          });
        },
      });
      const killed = played.world.acts.flatMap(({ act }) =>
        act.kind === 'kill' ? [act.target.instanceId] : [],
      );
      expect(killed).toEqual([idOf(3)]);
      expect(ended(played)).toEqual({ active: 'green', serving: 3, left: [] });
    },
  );
});
