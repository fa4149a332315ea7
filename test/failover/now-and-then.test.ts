/** Two of three are sick, and one of them answers well now and then: what a JVM does that lives in full collections (ADR 0011). */
import { describe, expect, it } from 'vitest';
import { T0 } from '../core/world.ts';
import type { Script } from './drive.ts';
import { FAULT_MS, MINUTE_MS, play } from './play.ts';
import { ended } from './told.ts';
import type { TwoSides } from './two-sides.ts';

/** One hangs; another one hangs and answers by turns, until somebody kills it or `untilMs`. */
const struck =
  (hungMs: number, wellMs: number, untilMs = Infinity) =>
  (world: TwoSides): void => {
    const turn = (): void => {
      const [, fickle] = world.members;
      if (fickle === undefined || fickle.process === 'dead') return;
      const isOver = world.nowMs >= untilMs;
      fickle.process = fickle.process === 'good' && !isOver ? 'hung' : 'good';
      if (!isOver) world.at(world.nowMs + (fickle.process === 'hung' ? hungMs : wellMs), turn);
    };
    world.at(FAULT_MS, () => {
      const [, , silent] = world.members;
      if (silent !== undefined) silent.process = 'hung';
      turn();
    });
  };

describe('a majority of which one answers now and then', () => {
  it('is lost all the same, and the move begins in a round that shows it', async () => {
    const played = await play({ happens: struck(2_500, 1_700) });
    expect(ended(played)).toEqual({ active: 'green', serving: 3, left: [] });
    const begun = played.reports.find(({ failover }) => failover !== null)!;
    // 10 s of failing, and 10 s of a lost majority to confirm, in six rounds of ten; and some rounds.
    expect(begun.atMs - FAULT_MS).toBeLessThan(50_000);
    expect(begun.cluster.condition).toBe('QuorumLost');
  });

  it('comes back when it answers for long enough, and then the silent one is evicted', async () => {
    const healMs = FAULT_MS + 24_000;
    const played = await play({
      happens: struck(2_500, 1_700, healMs),
      untilMs: T0 + 4 * MINUTE_MS,
    });
    expect(played.reports.every(({ failover }) => failover === null)).toBe(true);
    expect(ended(played)).toEqual({ active: 'blue', serving: 3, left: [] });
  });

  it('never is when it pauses for less than half of the time: then the silent one is evicted', async () => {
    const played = await play({ happens: struck(1_200, 6_500), untilMs: T0 + 4 * MINUTE_MS });
    expect(played.reports.every(({ failover }) => failover === null)).toBe(true);
    expect(played.world.members[1]?.terminatedAtMs).toBe(Infinity);
    expect(played.world.members[2]?.terminatedAtMs).toBeLessThan(T0 + 2 * MINUTE_MS);
  });
});

describe('an old side that answers again at the last moment', () => {
  /** All three hang; `count` of them work again right after the last look before the switch. */
  const healedLate = async (count: number, policy: NonNullable<Script['policy']>) => {
    const hang = (world: TwoSides): void => {
      world.at(FAULT_MS, () => {
        for (const each of world.staying('blue')) each.process = 'hung';
      });
    };
    const lost = await play({ happens: hang, policy });
    const switchMs = lost.world.acts.find(({ act }) => act.kind === 'switch')!.atMs;
    const healMs = lost.reports.filter(({ atMs }) => atMs < switchMs - 200).at(-1)!.atMs + 1;
    return await play({
      policy,
      happens: (world) => {
        hang(world);
        const blue = world.staying('blue').slice(0, count);
        world.at(healMs, () => {
          for (const each of blue) if (each.process === 'hung') each.process = 'good';
        });
      },
    });
  };

  it.each([{ prefer: 'mitigation' }, { prefer: 'data' }] as const)(
    'keeps its users: %o',
    async (policy) => {
      const played = await healedLate(3, policy);
      expect(played.world.acts.map(({ act }) => act.kind)).not.toContain('switch');
      expect(ended(played)).toEqual({ active: 'blue', serving: 3, left: [] });
    },
  );

  it('is read before users leave it where it is no majority', async () => {
    const { world } = await healedLate(1, {});
    const kinds = world.acts.map(({ act }) => act.kind);
    expect(kinds).toContain('carry');
    expect(kinds.indexOf('carry')).toBeLessThan(kinds.indexOf('switch'));
  });
});
