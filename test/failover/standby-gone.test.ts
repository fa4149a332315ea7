/** The standby's group is deleted, or cannot be read, while users are to be rescued to it: all the same they are rescued. */
import { describe, expect, it } from 'vitest';
import type { FailoverPhase } from '../../src/core/failover-ledger.ts';
import { T0 } from '../core/world.ts';
import type { Played, Script } from './drive.ts';
import { asks, FAULT_MS, MINUTE_MS, onceIn, ordered, play, strike, undoneFor } from './play.ts';
import { ended, phasesOf } from './told.ts';

const hiddenIn = async (
  phase: FailoverPhase,
  how: 'unreadable' | 'deleted',
  happens: Script['happens'] = strike(3, 'dead'),
): Promise<Played> =>
  await play({
    untilMs: T0 + 35 * MINUTE_MS,
    isBrief: true,
    happens: (world, store) => {
      happens(world, store);
      onceIn(phase, { world, store }, () => {
        world.hides = how;
        const group = world.groups.green;
        if (how === 'deleted') Object.assign(group, { min: 0, desired: 0, suspended: [] });
      });
    },
  });

/** When the rebuilding in place began. */
const rebuiltAtMs = ({ reports }: Played): number =>
  reports.find(({ failover }) => failover?.path === 'rebuild')?.atMs ?? Infinity;

describe('a standby that is deleted', () => {
  it.each(['launch', 'form'] as const)(
    'in %s is given up, and the fleet is rebuilt',
    async (phase) => {
      const played = await hiddenIn(phase, 'deleted');
      expect(undoneFor(played).at(-1)).toMatch(
        /; what was changed on green is left as it is: there is no such group$/,
      );
      expect(phasesOf(played).slice(-3)).toEqual(['replace', 'form', 'settle']);
      expect(rebuiltAtMs(played) - FAULT_MS).toBeLessThan(9 * MINUTE_MS);
      expect(ended(played)).toEqual({ active: 'blue', serving: 3, left: [] });
    },
  );

  it('does not keep an undoing that a person asked for from its end', async () => {
    const played = await hiddenIn('undo', 'deleted', (world, store) => {
      ordered(world, store);
      onceIn('form', { world, store }, () => {
        asks(world, store, 'abort');
      });
    });
    expect(played.state.orders).toMatchObject([
      { kind: 'move', detail: expect.stringMatching(/green is left as it is: there is no such/) },
      { kind: 'abort' },
    ]);
    expect(ended(played)).toEqual({ active: 'blue', serving: 3, left: [] });
  });
});

describe('a standby that cannot be read', () => {
  it('is called off at the deadline of its launch, and given up after a quarter of an hour', async () => {
    const played = await hiddenIn('launch', 'unreadable');
    expect(undoneFor(played)[0]).toBe('the standby cannot be read: throttled');
    const tookMs = rebuiltAtMs(played) - FAULT_MS;
    expect(tookMs).toBeGreaterThan(20 * MINUTE_MS);
    expect(tookMs).toBeLessThan(25 * MINUTE_MS);
    const { active, serving } = ended(played);
    expect({ active, serving }).toEqual({ active: 'blue', serving: 3 });
  });

  it('is changed back when it can be read again', async () => {
    const played = await play({
      happens: (world, store) => {
        ordered(world, store);
        onceIn('launch', { world, store }, () => {
          world.hides = 'unreadable';
          world.at(world.nowMs + 6 * MINUTE_MS, () => {
            world.hides = 'no';
          });
        });
      },
    });
    expect(undoneFor(played)).toEqual(['the standby cannot be read: throttled']);
    expect(ended(played)).toEqual({ active: 'blue', serving: 3, left: [] });
  });
});
