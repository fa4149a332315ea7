/** Members fall sick while users move: on the side that users are on, before and after the switch. */
import { describe, expect, it } from 'vitest';
import { idOf, POLICY } from '../core/world.ts';
import { FAULT_MS, MINUTE_MS, onceThere, play, strike } from './play.ts';
import { ended } from './told.ts';

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
