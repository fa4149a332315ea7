/** What may not be touched, or is not there any more, keeps nothing else from being let go. */
import { expect, it } from 'vitest';
import { asks, onceIn, ordered, play } from './play.ts';
import { ended } from './told.ts';

it('lets go of the new side although the old one is deleted before it goes', async () => {
  const played = await play({
    happens: (world, store) => {
      ordered(world, store);
      onceIn('drain', { world, store }, () => {
        Object.assign(world, { hides: 'deleted', hidden: 'blue' });
        for (const member of world.staying('blue')) member.terminatedAtMs = world.nowMs;
        Object.assign(world.groups.blue, { min: 0, desired: 0, suspended: [] });
      });
    },
  });
  expect(ended(played)).toEqual({ active: 'green', serving: 3, left: [] });
});

it('lets go of the side that users are on although the standby is not ours any more', async () => {
  const { world } = await play({
    happens: (there, store) => {
      ordered(there, store);
      onceIn('copy', { world: there, store }, () => {
        there.disowned = 'green';
        asks(there, store, 'abort');
      });
    },
  });
  expect(world.groups.blue.suspended).toEqual([]);
  expect(world.balancer.routing.preview).toBeNull();
  expect(world.word()?.phase).toBe('ended');
});
