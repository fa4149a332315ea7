/** A fleet that is looked at once a minute moves, too: no step is late before anybody could look. */
import { expect, it } from 'vitest';
import { T0 } from '../core/world.ts';
import type { Script } from './drive.ts';
import { asks, MINUTE_MS, play, undoneFor } from './play.ts';
import { ended } from './told.ts';

/** The policy of docs/deploy.md. */
const policy = {
  tickEveryMs: MINUTE_MS,
  suspectTickEveryMs: MINUTE_MS,
  blindGapMs: 3 * MINUTE_MS,
  silenceToleranceMs: 3 * MINUTE_MS,
  faultToleranceMs: 2 * MINUTE_MS,
};

it.each<[string, Script['happens']]>([
  ['a planned move', (world, store) => asks(world, store, 'move')],
  [
    'a rescue',
    (world) => {
      for (const member of world.staying('blue').slice(-2)) member.process = 'hung';
    },
  ],
  [
    'a rescue of nobody',
    (world) => {
      for (const member of world.staying('blue')) member.process = 'dead';
    },
  ],
])('a fleet that is looked at once a minute brings %s to its end', async (_name, happens) => {
  const played = await play({
    policy,
    untilMs: T0 + 60 * MINUTE_MS,
    happens: (world, store) => {
      world.at(T0 + 5 * MINUTE_MS - 1_000, () => {
        happens(world, store);
      });
    },
  });
  expect(undoneFor(played)).toEqual([]);
  expect(ended(played)).toEqual({ active: 'green', serving: 3, left: [] });
});
