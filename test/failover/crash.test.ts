/**
 * The controller dies after every call by which it changes the world or its row during a whole failover, and the next minute's
 * invocation goes on from the row. It must end as if nobody had died. To die before a call is to die after the one before it.
 */
import { describe, expect, it } from 'vitest';
import type { Order } from '../../src/core/observation.ts';
import { T0 } from '../core/world.ts';
import { drive, type Script } from './drive.ts';
import { asks, onceIn } from './play.ts';
import { ended } from './told.ts';

const MINUTE_MS = 60_000;
const FAULT_MS = T0 + 30_000;

const harmed =
  (count: number, process: 'hung' | 'dead'): Script['happens'] =>
  (world) => {
    world.at(FAULT_MS, () => {
      for (const member of world.staying('blue').slice(-count)) member.process = process;
    });
  };

const moved: Script['happens'] = (world, store) => {
  world.at(FAULT_MS, () => {
    const order: Order = {
      id: 'order-1',
      kind: 'move',
      instanceId: null,
      by: 'ana',
      reason: 'a test',
      atMs: FAULT_MS,
    };
    store.put('api', { orders: [order] });
  });
};

const movedBack: Script['happens'] = (world, store) => {
  moved(world, store);
  onceIn('drain', { world, store }, () => {
    asks(world, store, 'abort');
  });
};

const STORIES: readonly (readonly [string, Partial<Script>, 'blue' | 'green'])[] = [
  ['two of three hang', { happens: harmed(2, 'hung') }, 'green'],
  ['all die', { happens: harmed(3, 'dead') }, 'green'],
  [
    'all die, and there is a vault',
    { happens: harmed(3, 'dead'), policy: { vault: { everyMs: 60_000, maxAgeMs: 600_000 } } },
    'green',
  ],
  [
    'all die, without a standby',
    { happens: harmed(3, 'dead'), policy: { standby: false } },
    'blue',
  ],
  ['a planned move', { happens: moved }, 'green'],
  ['a move back', { happens: movedBack, policy: { drainMs: 120_000 } }, 'blue'],
  [
    'users are led in two steps',
    { happens: moved, switchesInTwo: true, policy: { verifyBy: 'nodes' } },
    'green',
  ],
  [
    'an undone move',
    { happens: moved, cannotForm: true, policy: { startupGraceMs: 40_000 } },
    'blue',
  ],
];

const play = async (story: Partial<Script>) =>
  await drive({ untilMs: T0 + 15 * MINUTE_MS, isBrief: true, happens: () => undefined, ...story });

describe.each(STORIES)('a controller that dies at every step: %s', (_name, story, active) => {
  const whole = { active, serving: 3, left: [] };

  it('before the first call, and after each one', async () => {
    const { calls, ...played } = await play(story);
    expect(ended({ calls, ...played })).toEqual(whole);
    expect(calls).toBeGreaterThan(15);
    const after = Array.from({ length: calls }, (_, n) => ({
      call: n + 1,
      when: 'after' as const,
    }));
    const wrong: unknown[] = [];
    for (const diesAt of [{ call: 1, when: 'before' as const }, ...after]) {
      const end = ended(await play({ ...story, diesAt }));
      if (JSON.stringify(end) !== JSON.stringify(whole)) wrong.push({ ...diesAt, ...end });
    }
    expect(wrong).toEqual([]);
  });
});
