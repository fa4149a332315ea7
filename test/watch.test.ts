import { describe, expect, it } from 'vitest';
import type { Act } from '../src/core/acts.ts';
import { LEASE_MS } from '../src/cycle.ts';
import { StoreUnavailable } from '../src/errors.ts';
import { watch } from '../src/watch.ts';
import {
  HEALTHY_THREE,
  hung,
  instance,
  instanceOf,
  killed,
  POLICY,
  T0,
  withVictim,
  works,
} from './core/world.ts';
import { FakeFleet } from './fakes/fleet.ts';
import { VirtualClock } from './fakes/virtual-clock.ts';

const VICTIM_GONE = withVictim(killed, [1, 2]);
const REPLACED = {
  sights: { 1: works(1, 2, 4), 2: works(1, 2, 4), 4: works(1, 2, 4) },
};

const setUp = () => {
  const clock = new VirtualClock(T0);
  const fleet = new FakeFleet(clock, HEALTHY_THREE);
  const start = (id: string, untilMs: number, deps = fleet.deps()) =>
    watch(deps, { fleet: 'api', policy: POLICY, id, untilMs });
  /** Changes the scene at a time. */
  const at = async (ms: number, change: () => void): Promise<void> => {
    await clock.sleep(T0 + ms - clock.nowMs());
    change();
  };
  return { clock, fleet, start, at };
};

/** A world that does what it is told: a killed victim leaves the lists, a replaced one is replaced. */
const obey = (fleet: FakeFleet) => (act: Act) => {
  if (act.kind === 'kill') fleet.scene = VICTIM_GONE;
  if (act.kind === 'replace') fleet.scene = REPLACED;
};

describe('watch', () => {
  it('watches a healthy fleet quietly until its time is up, and frees the lease', async () => {
    const { clock, fleet, start } = setUp();
    const watched = await clock.run(start('one', T0 + 60_000));
    expect(watched.ended).toBe('time');
    expect(watched.ticks).toBeGreaterThan(20);
    expect(fleet.acts).toEqual([]);
    expect(fleet.reports.at(-1)?.cluster.condition).toBe('Quorate');
    expect(fleet.store.row('api').lease).toBeNull();
  });

  it('says that a tag is missing before there is anything to do', async () => {
    const { clock, fleet, start } = setUp();
    fleet.scene = { ...HEALTHY_THREE, inventory: { groupTagged: false } };
    await clock.run(start('one', T0 + 30_000));
    expect(fleet.reports.at(-1)?.sentence).toMatch(
      /^Quorate: .* watching, but the group does not carry the tag quorate:fleet .* tag it/,
    );
    const instances = [instance(1), instance(2, { tagged: false }), instance(3)];
    fleet.scene = { ...HEALTHY_THREE, instances };
    await clock.run(start('two', T0 + 60_000));
    expect(fleet.reports.at(-1)?.sentence).toMatch(/watching, but i-2 does not carry the tag/);
  });

  it('evicts and replaces a hung member, each step once', async () => {
    const { clock, fleet, start, at } = setUp();
    fleet.onAct = obey(fleet);
    await clock.run(
      Promise.all([
        start('one', T0 + 60_000),
        at(20_000, () => {
          fleet.scene = withVictim(hung);
        }),
      ]),
    );
    expect(fleet.kinds()).toEqual(['deregister', 'kill', 'replace']);
    expect(fleet.acts.every(({ act }) => instanceOf(act) === 'i-3')).toBe(true);
    const [first] = fleet.acts;
    expect(first?.atMs).toBeGreaterThanOrEqual(T0 + 30_000);
    expect(fleet.store.row('api').state?.inFlight).toBeNull();
    expect(fleet.reports.at(-1)?.cluster.condition).toBe('Quorate');
  });

  it('hands over to a successor without a gap and without a double', async () => {
    const { clock, fleet, start, at } = setUp();
    fleet.onAct = obey(fleet);
    const [first, second] = await clock.run(
      Promise.all([
        start('one', T0 + 120_000),
        at(29_000, () => undefined).then(async () => await start('two', T0 + 120_000)),
        at(20_000, () => {
          fleet.scene = withVictim(hung);
        }),
      ]),
    );
    expect(first.ended).toBe('superseded');
    expect(second.ended).toBe('time');
    expect(fleet.kinds()).toEqual(['deregister', 'kill', 'replace']);
  });

  it('takes over a dead holder when its lease has run out', async () => {
    const { clock, fleet, start } = setUp();
    fleet.store.put('api', { lease: { holder: 'dead', untilMs: T0 + LEASE_MS } });
    await clock.run(start('two', T0 + 30_000));
    expect(fleet.reports[0]?.atMs).toBeGreaterThan(T0 + LEASE_MS);
  });

  it('gives way at once when a newer invocation is registered', async () => {
    const { clock, fleet, start } = setUp();
    fleet.store.put('api', { watcher: { id: 'newer', sinceMs: T0 + 1 } });
    expect(await clock.run(start('late', T0 + 30_000))).toEqual({ ticks: 0, ended: 'superseded' });
  });

  it('does nothing that a pause came before, even in the same tick', async () => {
    const { clock, fleet, start, at } = setUp();
    const pause = { by: 'ops', reason: 'stop', atMs: T0, untilMs: null };
    fleet.store.beforeSave = (write) => {
      // Just before the plan is committed.
      if (write.state.inFlight !== null) fleet.store.put('api', { pause });
    };
    await clock.run(
      Promise.all([
        start('one', T0 + 60_000),
        at(20_000, () => {
          fleet.scene = withVictim(hung);
        }),
      ]),
    );
    expect(fleet.acts).toEqual([]);
    expect(fleet.reports.at(-1)?.plan).toMatchObject({ kind: 'hold', holds: [{ rail: 'I5' }] });
  });

  it('remembers what was done although a pause was written during the act', async () => {
    const { clock, fleet, start, at } = setUp();
    fleet.onAct = (act) => {
      obey(fleet)(act);
      if (act.kind === 'kill') {
        fleet.store.put('api', { pause: { by: 'ops', reason: 'stop', atMs: T0, untilMs: null } });
      }
    };
    await clock.run(
      Promise.all([
        start('one', T0 + 60_000),
        at(20_000, () => {
          fleet.scene = withVictim(hung);
        }),
      ]),
    );
    expect(fleet.kinds()).toEqual(['deregister', 'kill']);
    expect(fleet.store.row('api').state?.inFlight).toMatchObject({
      fence: 1,
      confirmedAtMs: expect.any(Number),
    });
  });

  it('looks on and does nothing while the store is lost, and says so', async () => {
    const { clock, fleet, start, at } = setUp();
    await clock.run(
      Promise.all([
        start('one', T0 + 60_000),
        at(20_000, () => {
          fleet.store.down = true;
          fleet.scene = withVictim(hung);
        }),
      ]),
    );
    expect(fleet.acts).toEqual([]);
    expect(fleet.reports.at(-1)?.sentence).toContain('I6: the store is down');
    expect(fleet.reports.at(-1)?.sentence).toMatch(
      /^Degraded: 2 of 3 seats work together; i-3 .* is Zombie: .* for 3\d/,
    );
  });

  it('takes up what was committed although the answer of the store was lost', async () => {
    const { clock, fleet, start, at } = setUp();
    fleet.onAct = obey(fleet);
    const { store } = fleet;
    let lost = 0;
    const forgetful = {
      load: store.load.bind(store),
      register: store.register.bind(store),
      setPause: store.setPause.bind(store),
      addOrder: store.addOrder.bind(store),
      save: async (...write: Parameters<typeof store.save>) => {
        const saved = await store.save(...write);
        if (write[1].state.inFlight === null || lost > 0) return saved;
        lost += 1;
        throw new StoreUnavailable('the answer was lost');
      },
    };
    await clock.run(
      Promise.all([
        start('one', T0 + 60_000, { ...fleet.deps(), store: forgetful }),
        at(20_000, () => {
          fleet.scene = withVictim(hung);
        }),
      ]),
    );
    expect(lost).toBe(1);
    expect(fleet.kinds()).toEqual(['deregister', 'kill', 'replace']);
    expect(fleet.acts[1]?.act).toMatchObject({ fence: 1 });
    expect(fleet.reports.at(-1)?.cluster.condition).toBe('Quorate');
  });

  it('stands down when the victim works at the last look', async () => {
    const { clock, fleet, start, at } = setUp();
    fleet.store.beforeSave = (write) => {
      if (write.state.inFlight !== null) fleet.scene = HEALTHY_THREE;
    };
    await clock.run(
      Promise.all([
        start('one', T0 + 60_000),
        at(20_000, () => {
          fleet.scene = withVictim(hung);
        }),
      ]),
    );
    expect(fleet.acts).toEqual([]);
    expect(fleet.store.row('api').state?.inFlight).toBeNull();
    expect(fleet.reports.some(({ sentence }) => sentence.includes('stood down'))).toBe(true);
  });

  it('takes up an eviction whose invocation died between commit and act', async () => {
    const { clock, fleet, start, at } = setUp();
    const dying = new FakeFleet(clock, HEALTHY_THREE);
    const deps = { ...dying.deps(), store: fleet.store };
    let died = false;
    const untilDeath = watch(
      {
        ...deps,
        actuator: {
          ...deps.actuator,
          perform: async () => {
            died = true;
            return await new Promise<never>(() => undefined);
          },
        },
      },
      { fleet: 'api', policy: POLICY, id: 'one', untilMs: T0 + 120_000 },
    );
    void untilDeath;
    fleet.onAct = obey(fleet);
    await clock.run(
      Promise.all([
        at(20_000, () => {
          dying.scene = withVictim(hung);
          fleet.scene = withVictim(hung);
        }),
        at(40_000, () => undefined).then(async () => await start('two', T0 + 120_000)),
      ]),
    );
    expect(died).toBe(true);
    expect(dying.acts).toEqual([]);
    expect(fleet.kinds()).toEqual(['deregister', 'kill', 'replace']);
    expect(fleet.acts[1]?.act).toMatchObject({ fence: 1 });
  });

  it('never touches a victim whose address changed hands before the act', async () => {
    const { clock, fleet, start, at } = setUp();
    fleet.store.beforeSave = (write) => {
      if (write.state.inFlight === null) return;
      const moved = instance(3, { address: '10.0.0.99' });
      fleet.scene = { ...withVictim(hung), instances: [instance(1), instance(2), moved] };
    };
    await clock.run(
      Promise.all([
        start('one', T0 + 32_000),
        at(20_000, () => {
          fleet.scene = withVictim(hung);
        }),
      ]),
    );
    expect(fleet.acts).toEqual([]);
    expect(fleet.reports.some(({ sentence }) => sentence.includes('I12'))).toBe(true);
  });

  it('ends after one tick for a frugal fleet', async () => {
    const { clock, fleet } = setUp();
    const policy = { ...POLICY, tickEveryMs: 60_000, blindGapMs: 90_000 };
    const watched = await clock.run(
      watch(fleet.deps(), { fleet: 'api', policy, id: 'one', untilMs: T0 + 120_000 }),
    );
    expect(watched.ticks).toBe(1);
    expect(fleet.store.row('api').lease).toBeNull();
  });
});
