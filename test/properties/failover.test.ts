/** Failovers to which more happens, and whose controller dies: one cluster serves in the end, and nothing is left changed. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { T0 } from '../core/world.ts';
import { drive, type Script } from '../failover/drive.ts';
import { asks } from '../failover/play.ts';
import { ended } from '../failover/told.ts';
import type { TwoSides } from '../failover/two-sides.ts';

const FAULT_MS = T0 + 30_000;
const MINUTE_MS = 60_000;

const begins = fc.oneof(
  fc.record({
    what: fc.constant('loss' as const),
    count: fc.constantFrom(2, 3),
    process: fc.constantFrom('hung' as const, 'dead' as const),
  }),
  fc.record({ what: fc.constant('move' as const) }),
);

/** What else goes wrong, some time after the failover was bound to begin. */
const second = fc.record({
  afterMs: fc.integer({ min: 10_000, max: 90_000 }),
  what: fc.constantFrom(
    'courier dies',
    'newcomer dies',
    'newcomer hangs',
    'routing hides',
    'abort',
  ),
});

const happen = (world: TwoSides, store: Parameters<Script['happens']>[1], what: string): void => {
  const [newcomer] = world.staying('green');
  if (what === 'courier dies' && world.courier !== null) world.courier.diedAtMs = world.nowMs;
  if (what === 'newcomer dies' && newcomer !== undefined) newcomer.process = 'dead';
  if (what === 'newcomer hangs' && newcomer !== undefined) newcomer.process = 'hung';
  if (what === 'routing hides') world.hidesRoutingUntilMs = world.nowMs + 20_000;
  if (what === 'abort' && store.row('api').state?.failover != null) asks(world, store, 'abort');
};

const death = fc.record({
  call: fc.integer({ min: 1, max: 40 }),
  when: fc.constantFrom('before' as const, 'after' as const),
});

it('one cluster has all users in the end, and no side went while they were there', async () => {
  const seconds = fc.array(second, { maxLength: 3 });
  const story = fc.record({
    size: fc.constantFrom(3, 3, 5),
    carriesRefused: fc.nat(2),
    courierColdMs: fc.constantFrom(0, 3_000),
    hasVault: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(begins, seconds, death, story, async (first, others, diesAt, given) => {
      const { hasVault, size, ...more } = given;
      const abandoned: string[] = [];
      const happens: Script['happens'] = (world, store) => {
        const perform = world.perform.bind(world);
        world.perform = (act) => {
          const isLeft = act.kind === 'scale' && act.desired === 0;
          if (isLeft && world.balancer.routing.side === act.side) abandoned.push(act.side);
          return perform(act);
        };
        world.at(FAULT_MS, () => {
          if (first.what === 'move') asks(world, store, 'move');
          else {
            const sick = world.staying('blue').slice(-(first.count + size - 3));
            for (const member of sick) member.process = first.process;
          }
        });
        for (const { afterMs, what } of others) {
          world.at(FAULT_MS + afterMs, () => happen(world, store, what));
        }
      };
      const vault = hasVault ? { everyMs: MINUTE_MS, maxAgeMs: 10 * MINUTE_MS } : null;
      const script = { size, ...more, diesAt, happens, policy: { vault } };
      const played = await drive({ ...script, untilMs: T0 + 40 * MINUTE_MS, isBrief: true });
      expect(abandoned).toEqual([]);
      const { serving, left } = ended(played);
      expect({ serving, left }).toEqual({ serving: size, left: [] });
    }),
    { numRuns: 25 },
  );
});
