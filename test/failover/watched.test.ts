/** Members fall sick while users move: on the side that users are on, before and after the switch. */
import { describe, expect, it } from 'vitest';
import type { FailoverPhase } from '../../src/core/failover-ledger.ts';
import { idOf, POLICY } from '../core/world.ts';
import type { Script } from './drive.ts';
import {
  FAULT_MS,
  MINUTE_MS,
  onceIn,
  onceThere,
  ordered,
  play,
  strike,
  undoneFor,
} from './play.ts';
import { ended, phasesOf } from './told.ts';

describe('while the calls of the old side end', () => {
  const hangs = async () =>
    await play({
      untilMs: FAULT_MS + 15 * MINUTE_MS,
      policy: { drainMs: 2 * MINUTE_MS },
      happens: (world) => {
        strike(2, 'hung')(world);
        onceThere(world, () => {
          world.staying('green')[0]!.process = 'hung';
          // And the courier has died just then.
          world.courier!.diedAtMs = world.nowMs;
        });
      },
    });

  it('evicts a member of the new side that hangs', async () => {
    const played = await hangs();
    const { reports, world } = played;
    const evicted = reports.find(({ inFlight }) => inFlight !== null);
    expect(evicted?.inFlight?.instanceId).toBe(idOf(4));
    expect(evicted?.failover?.phase).toBe('drain');
    const landed = reports.find(({ failover }) => failover?.phase === 'drain')!;
    const tolerancesMs = 2 * POLICY.silenceToleranceMs;
    expect(evicted!.atMs - landed.atMs).toBeLessThan(tolerancesMs);
    expect(world.acts.filter(({ act }) => act.kind === 'kill').length).toBeGreaterThan(0);
    expect(ended(played)).toEqual({ active: 'green', serving: 3, left: [] });
  });

  it('sends another courier beside the eviction', async () => {
    const { world } = await hangs();
    expect(world.acts.filter(({ act }) => act.kind === 'carry')).toHaveLength(2);
  });
});

describe('a planned move of a cluster that was whole', () => {
  const falls = async (
    count: number,
    process: 'hung' | 'dead',
    { phase = 'form', ...story }: Partial<Script> & { readonly phase?: FailoverPhase } = {},
  ) =>
    await play({
      ...story,
      happens: (world, store) => {
        ordered(world, store);
        story.happens?.(world, store);
        onceIn(phase, { world, store }, () => {
          for (const member of world.staying('blue').slice(-count)) member.process = process;
        });
      },
    });

  it.each<[FailoverPhase, Partial<Script>]>([
    ['form', {}],
    ['level', { policy: { lagMaxMs: 0 } }],
    ['verify', { isMute: true }],
  ])(
    'is called off in %s when a member of it is sick, who is evicted at once',
    async (phase, story) => {
      const played = await falls(1, 'hung', { ...story, phase });
      expect(undoneFor(played)).toEqual([
        'i-3 is Zombie and is seen to first: ask again when the cluster is whole',
      ]);
      const { acts } = played.world;
      const killed = acts.flatMap(({ act }) =>
        act.kind === 'kill' ? [act.target.instanceId] : [],
      );
      expect(killed).toEqual([idOf(3)]);
      expect(acts.some(({ act }) => act.kind === 'switch')).toBe(false);
      const evicting = played.reports.find(({ inFlight }) => inFlight !== null);
      expect(evicting?.failover?.phase).toBe('undo');
      expect(ended(played)).toEqual({ active: 'blue', serving: 3, left: [] });
    },
  );

  it('becomes a rescue when the majority is lost', async () => {
    const played = await falls(2, 'hung', { phase: 'copy', unreachable: 5 });
    expect(undoneFor(played)).toEqual([]);
    expect(phasesOf(played)).toContain('isolate');
    expect(played.reports.map(({ sentence }) => sentence).join()).toMatch(
      /asked for by ana: a test; since then QuorumLost: /,
    );
    expect(ended(played)).toEqual({ active: 'green', serving: 3, left: [] });
  });

  it('waits for no courier when nobody is left to be read', async () => {
    const happens: Script['happens'] = (world) => {
      world.word = () => null;
    };
    const played = await falls(3, 'dead', { phase: 'copy', happens });
    const at = played.reports.find(({ failover }) => failover?.phase === 'switch')?.atMs;
    expect(at! - FAULT_MS).toBeLessThan(2 * MINUTE_MS);
    expect(played.state.active).toBe('green');
  });

  it('leaves no session behind that cannot be read', async () => {
    const played = await play({ happens: ordered, unreachable: 5 });
    expect(undoneFor(played)).toEqual(['the two sides did not become level in time']);
    expect(ended(played)).toEqual({ active: 'blue', serving: 3, left: [] });
  });
});
