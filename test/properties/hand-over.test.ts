/** Invocations that begin, overlap and die at any time, on machines whose clocks differ by up to a second. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Act } from '../../src/core/acts.ts';
import type { Deps } from '../../src/ports.ts';
import { watch } from '../../src/watch.ts';
import {
  HEALTHY_THREE,
  hung,
  instanceOf,
  killed,
  POLICY,
  T0,
  withVictim,
  works,
} from '../core/world.ts';
import { FakeFleet } from '../fakes/fleet.ts';
import { VirtualClock } from '../fakes/virtual-clock.ts';

const invocation = fc.record({
  startMs: fc.nat(70_000),
  skewMs: fc.integer({ min: -500, max: 500 }),
  /** Its how-manieth act it does not survive, and whether that act still happens. */
  dies: fc.option(fc.record({ atAct: fc.nat(2), isDone: fc.boolean() })),
});

class Died extends Error {}

describe('invocations that overlap', () => {
  it('never act at the same time, and cure the fleet between them', async () => {
    const invocations = fc.array(invocation, { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(invocations, async (all) => {
        const clock = new VirtualClock(T0);
        const fleet = new FakeFleet(clock, HEALTHY_THREE);
        fleet.onAct = (act: Act) => {
          const cured = works(1, 2, 4);
          if (act.kind === 'kill') fleet.scene = withVictim(killed, [1, 2]);
          if (act.kind === 'replace') fleet.scene = { sights: { 1: cured, 2: cured, 4: cured } };
        };
        let running = 0;
        let most = 0;
        const depsOf = ({ skewMs, dies }: (typeof all)[number]): Deps => {
          const deps = fleet.deps();
          let acts = 0;
          return {
            ...deps,
            clock: {
              nowMs: () => clock.nowMs() + skewMs,
              sleep: clock.sleep.bind(clock),
            },
            actuator: {
              ...deps.actuator,
              perform: async (act, side, signal) => {
                const isLast = dies?.atAct === acts;
                acts += 1;
                if (isLast && !dies.isDone) throw new Died();
                running += 1;
                most = Math.max(most, running);
                const outcome = await deps.actuator.perform(act, side, signal);
                running -= 1;
                if (isLast) throw new Died();
                return outcome;
              },
            },
          };
        };
        const start = async (each: (typeof all)[number], index: number): Promise<void> => {
          await clock.sleep(each.startMs);
          const untilMs = clock.nowMs() + 120_000;
          const options = { fleet: 'api', policy: POLICY, id: `invocation-${index}`, untilMs };
          await watch(depsOf(each), options).catch((error: unknown) => {
            if (!(error instanceof Died)) throw error;
          });
        };
        const last = { startMs: 100_000, skewMs: 0, dies: null };
        const hangs = async (): Promise<void> => {
          await clock.sleep(25_000);
          fleet.scene = withVictim(hung);
        };
        await clock.run(Promise.all([...all, last].map(start).concat(hangs())));
        expect(most).toBe(1);
        expect(new Set(fleet.acts.map(({ act }) => instanceOf(act)))).toEqual(new Set(['i-3']));
        expect(new Set(fleet.kinds())).toEqual(new Set(['deregister', 'kill', 'replace']));
        const deaths = all.filter(({ dies }) => dies !== null).length;
        for (const kind of ['deregister', 'kill', 'replace']) {
          // Nobody repeats what somebody lived to tell.
          expect(fleet.kinds().filter((each) => each === kind).length).toBeLessThanOrEqual(
            1 + deaths,
          );
        }
        expect(fleet.store.row('api')).toMatchObject({ lease: null, state: { inFlight: null } });
        expect(fleet.reports.at(-1)?.cluster.condition).toBe('Quorate');
      }),
      { numRuns: 60 },
    );
  });
});
