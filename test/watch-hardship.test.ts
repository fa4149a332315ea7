/** The loop when its surroundings are slow, stale or gone at the worst moment. */
import { describe, expect, it } from 'vitest';
import type { Act } from '../src/core/acts.ts';
import { StoreUnavailable } from '../src/errors.ts';
import type { Deps } from '../src/ports.ts';
import { watch } from '../src/watch.ts';
import * as w from './core/world.ts';
import { FakeFleet } from './fakes/fleet.ts';
import { VirtualClock } from './fakes/virtual-clock.ts';

const { T0, POLICY } = w;
const HUNG = w.withVictim(w.hung);
const HUNG_AT_MS = 20_000;

/** A fleet whose node 3 hangs after 20 s, and obeys. */
const setUp = () => {
  const clock = new VirtualClock(T0);
  const fleet = new FakeFleet(clock, w.HEALTHY_THREE);
  fleet.onAct = (act: Act) => {
    if (act.kind === 'kill') fleet.scene = w.withVictim(w.killed, [1, 2]);
    if (act.kind === 'replace') {
      const sight = w.works(1, 2, 4);
      fleet.scene = { sights: { 1: sight, 2: sight, 4: sight } };
    }
  };
  const at = async (ms: number, change: () => unknown): Promise<void> => {
    await clock.sleep(T0 + ms - clock.nowMs());
    await change();
  };
  const start = async (deps: Deps = fleet.deps(), { id = 'one', untilMs = 70_000 } = {}) =>
    await watch(deps, { fleet: 'api', policy: POLICY, id, untilMs: T0 + untilMs });
  const hangs = async () => await at(HUNG_AT_MS, () => (fleet.scene = HUNG));
  return { clock, fleet, at, start, hangs };
};

const withSlowInventory = (deps: Deps, slowMs: () => number): Deps => ({
  ...deps,
  inventory: {
    read: async (side, signal) => {
      const read = await deps.inventory.read(side, signal);
      await deps.clock.sleep(slowMs());
      return read;
    },
  },
});

describe('watch', () => {
  it('acts although every answer of the inventory takes 3 s', async () => {
    const { clock, fleet, start, hangs } = setUp();
    await clock.run(Promise.all([start(withSlowInventory(fleet.deps(), () => 3_000)), hangs()]));
    // Such ticks see the proof of the kill so late that its peers are asked too.
    const lasting = fleet.kinds().filter((kind) => kind !== 'fence' && kind !== 'lift');
    expect(lasting).toEqual(['deregister', 'kill', 'replace']);
  });

  it('is not late because its own act or report took long', async () => {
    const { clock, fleet, start, hangs } = setUp();
    const deps = fleet.deps();
    const reporter: Deps['reporter'] = {
      report: async (report, signal) => {
        await deps.reporter.report(report, signal);
        await clock.sleep(3_500);
      },
    };
    await clock.run(Promise.all([start({ ...deps, reporter }), hangs()]));
    expect(fleet.kinds()).toEqual(['deregister', 'kill', 'replace']);
    expect(fleet.reports.filter(({ plan }) => plan.kind === 'hold')).toEqual([]);
  });

  it('does not act when the lease is about to end', async () => {
    const { clock, fleet, start, hangs } = setUp();
    const isActing = () => fleet.store.row('api').state?.inFlight !== null;
    const slow = withSlowInventory(fleet.deps(), () => (isActing() ? 11_500 : 0));
    await clock.run(Promise.all([start(slow, { untilMs: 40_000 }), hangs()]));
    expect(fleet.acts).toEqual([]);
    expect(fleet.reports.some(({ sentence }) => sentence.includes('lease'))).toBe(true);
    expect(fleet.store.row('api').state).toMatchObject({ inFlight: null, kills: [] });
  });

  it('leaves an instance alone that others began to take out a moment ago', async () => {
    const { clock, fleet, start, hangs } = setUp();
    fleet.store.beforeSave = ({ state }) => {
      if (state.inFlight === null) return;
      const leaving = w.instance(3, { lifecycle: 'Terminating:Wait' });
      fleet.scene = { ...HUNG, instances: [w.instance(1), w.instance(2), leaving] };
    };
    await clock.run(Promise.all([start(), hangs()]));
    expect(fleet.acts).toEqual([]);
    expect(fleet.store.row('api').state?.inFlight).toBeNull();
    expect(fleet.reports.some(({ sentence }) => sentence.includes('I2: it is leaving'))).toBe(true);
  });

  it('remembers and tells what it did although the store fails just then', async () => {
    const { clock, fleet, start, hangs } = setUp();
    const { store } = fleet;
    let failures = 0;
    const failing: Deps['store'] = {
      load: store.load.bind(store),
      register: store.register.bind(store),
      setPause: store.setPause.bind(store),
      addOrder: store.addOrder.bind(store),
      save: async (name, write) => {
        if (fleet.acts.length === 2 && failures < 1) {
          failures += 1;
          throw new StoreUnavailable('no answer');
        }
        return await store.save(name, write);
      },
    };
    await clock.run(Promise.all([start({ ...fleet.deps(), store: failing }), hangs()]));
    expect(failures).toBe(1);
    expect(fleet.kinds()).toEqual(['deregister', 'kill', 'replace']);
    const told = fleet.reports.flatMap(({ outcome }) =>
      outcome?.kind === 'acted' ? outcome.outcomes.map(({ kind }) => kind) : [],
    );
    expect(told).toEqual(['deregister', 'kill', 'replace']);
    expect(store.row('api').state?.kills).toHaveLength(1);
  });

  it('goes on counting over a hand-over, and the successor tells how the eviction ended', async () => {
    const { clock, fleet, at, start, hangs } = setUp();
    await clock.run(
      Promise.all([
        start(),
        hangs(),
        at(28_000, async () => await start(fleet.deps(), { id: 'two' })),
      ]),
    );
    expect(fleet.kinds()).toEqual(['deregister', 'kill', 'replace']);
    expect(fleet.acts[0]?.atMs).toBeLessThan(T0 + HUNG_AT_MS + 14_000);
    const ended = fleet.reports.filter(
      ({ inFlightBefore, inFlight }) => inFlightBefore !== null && inFlight === null,
    );
    expect(ended.map(({ inFlightBefore }) => inFlightBefore?.fence)).toEqual([1]);
  });

  it('hands over the time of its last tick, although that alone was not worth a write', async () => {
    const { clock, fleet, start } = setUp();
    await clock.run(start(fleet.deps(), { untilMs: 35_500 }));
    const last = fleet.reports.at(-1);
    expect(fleet.store.row('api').state?.lastTickMs).toBe(last?.atMs);
  });

  it('registers a node again until AWS has said yes', async () => {
    const { clock, fleet, start, hangs } = setUp();
    const deps = fleet.deps();
    // Dies between commit and act; meanwhile the node comes back.
    const dying: Deps = {
      ...deps,
      actuator: {
        ...deps.actuator,
        perform: async () => {
          fleet.scene = w.HEALTHY_THREE;
          return await Promise.reject(new Error('died'));
        },
      },
    };
    await expect(clock.run(Promise.all([start(dying), hangs()]))).rejects.toThrow('died');
    fleet.outcomes = { register: 'deferred' };
    let asked = 0;
    fleet.onAct = () => {
      asked += 1;
      if (asked === 3) fleet.outcomes = {};
    };
    await clock.run(start(deps, { id: 'two', untilMs: 100_000 }));
    expect(fleet.kinds()).toEqual(['register', 'register', 'register']);
    expect(fleet.store.row('api').state?.inFlight).toBeNull();
  });
});
