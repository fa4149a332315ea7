/** The new side loses its majority right after a planned move, and the old one, which still works, has not gone yet. */
import { describe, expect, it } from 'vitest';
import { T0 } from '../core/world.ts';
import type { Played } from './drive.ts';
import { asks, MINUTE_MS, onceIn, ordered, play } from './play.ts';
import { ended } from './told.ts';

const lost = async (thenMs: number, happen: 'abort' | 'recover' | null): Promise<Played> =>
  await play({
    untilMs: T0 + 8 * MINUTE_MS,
    happens: (world, store) => {
      ordered(world, store);
      onceIn('drain', { world, store }, () => {
        const members = world.staying('green');
        for (const member of members) member.process = 'hung';
        world.at(world.nowMs + thenMs, () => {
          if (happen === 'abort') asks(world, store, 'abort');
          if (happen === 'recover') for (const member of members) member.process = 'good';
        });
      });
    },
  });

const retired = ({ world }: Played): readonly string[] =>
  world.acts.flatMap(({ act }) => (act.kind === 'scale' && act.desired === 0 ? [act.side] : []));

describe('a new side that is lost', () => {
  it('does not take the old one with it, and says who can lead users back', async () => {
    const played = await lost(0, null);
    expect(retired(played)).toEqual([]);
    expect(played.world.staying('blue')).toHaveLength(3);
    expect(played.state.failover?.phase).toBe('drain');
    expect(played.reports.at(-1)?.sentence).toContain('quorate abort leads users back');
  });

  it('is left when a person says so', async () => {
    const played = await lost(60_000, 'abort');
    // Which ends with its time, for nobody asks for another one: the side that it wrote to has no members any more.
    const left = ['the courier goes on'];
    expect(ended(played)).toEqual({ active: 'blue', serving: 3, left });
  });

  it('is whole again, and then the old one goes', async () => {
    const played = await lost(60_000, 'recover');
    expect(retired(played)).toEqual(['blue']);
    expect(ended(played)).toEqual({ active: 'green', serving: 3, left: [] });
  });
});
