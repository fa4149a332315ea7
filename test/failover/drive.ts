/**
 * The whole controller (watch, cycle, observe, core) in the world of two sides, one invocation after the other. It can be made
 * to die at any call that it makes of the world: before it, or after it, when its answer is lost.
 */
import type { Performed } from '../../src/core/acts.ts';
import type { Report, State } from '../../src/core/model.ts';
import type { Deps } from '../../src/ports.ts';
import { watch } from '../../src/watch.ts';
import { POLICY, T0 } from '../core/world.ts';
import { MemoryStore } from '../fakes/memory-store.ts';
import { type Story, TwoSides } from './two-sides.ts';

export interface Script extends Story {
  readonly untilMs: number;
  readonly policy?: Partial<typeof POLICY>;
  /** Faults and orders, by their time. */
  readonly happens: (world: TwoSides, store: MemoryStore) => void;
  /** Dies at this call, counted from the failover's beginning; before or after it is made. */
  readonly diesAt?: { readonly call: number; readonly when: 'before' | 'after' };
}

export interface Played {
  readonly world: TwoSides;
  readonly state: State;
  readonly reports: readonly Report[];
  /** Calls of the world since the failover began. */
  readonly calls: number;
}

class Died extends Error {}

const INVOCATION_MS = 120_000;
const MINUTE_MS = 60_000;

export const drive = async (script: Script): Promise<Played> => {
  const world = new TwoSides(script);
  const store = new MemoryStore();
  const reports: Report[] = [];
  let calls = 0;
  let isDead = false;
  const call = async <T>(what: () => T): Promise<T> => {
    const isUnderWay = store.row('api').state?.failover != null;
    if (isUnderWay) calls += 1;
    const isDue = isUnderWay && !isDead && calls === script.diesAt?.call;
    if (isDue && script.diesAt?.when === 'before') {
      isDead = true;
      throw new Died();
    }
    const result = what();
    await Promise.resolve();
    if (isDue) {
      isDead = true;
      throw new Died();
    }
    return result;
  };
  const deps = depsOf(world, store, reports, call);
  script.happens(world, store);
  for (let n = 1; world.nowMs < script.untilMs; n += 1) {
    const begunMs = world.nowMs;
    const untilMs = Math.min(script.untilMs, begunMs + INVOCATION_MS);
    const policy = { ...POLICY, standby: true, sessions: true, ...script.policy };
    try {
      await watch(deps, { fleet: 'api', policy, id: `invocation-${n}`, untilMs });
    } catch (error) {
      if (!(error instanceof Died)) throw error;
      const minutes = Math.floor((world.nowMs - T0) / MINUTE_MS) + 1;
      world.advance(T0 + minutes * MINUTE_MS);
    }
  }
  return { world, state: store.row('api').state!, reports, calls };
};

type Call = <T>(what: () => T) => Promise<T>;

const depsOf = (world: TwoSides, store: MemoryStore, reports: Report[], call: Call): Deps => ({
  clock: {
    nowMs: () => world.nowMs,
    sleep: async (ms) => {
      world.advance(world.nowMs + Math.max(0, ms));
      await Promise.resolve();
    },
  },
  store: {
    load: async (fleet) => await await call(async () => await store.load(fleet)),
    save: async (fleet, write) => await await call(async () => await store.save(fleet, write)),
    register: async (fleet, watcher) =>
      await await call(async () => await store.register(fleet, watcher)),
    setPause: store.setPause.bind(store),
    addOrder: store.addOrder.bind(store),
  },
  observers: ['probe-a', 'probe-b'].map((name) => ({
    name,
    look: async ({ nodes }) =>
      await call(() =>
        world.round(
          name,
          nodes.map(({ instanceId }) => instanceId),
        ),
      ),
    preview: async () =>
      await call(() => ({
        observer: name,
        answer: world.answersPreview() ? ('ok' as const) : ('wrong' as const),
        detail: world.answersPreview() ? '200' : '503',
      })),
  })),
  inventory: { read: async (side) => await call(() => world.inventory(side)) },
  move: {
    routing: async () => await call(() => ({ ok: true as const, value: world.routing })),
    courier: async () => await call(() => ({ ok: true as const, value: world.word() })),
  },
  actuator: {
    perform: async (act): Promise<Performed> => {
      const startedAtMs = world.nowMs;
      const outcome = await call(() => world.perform(act));
      world.advance(startedAtMs + 100);
      const finishedAtMs = world.nowMs;
      return { kind: act.kind, startedAtMs, finishedAtMs, outcome, detail: '', commandId: null };
    },
    commandResults: async () => await Promise.resolve([]),
  },
  reporter: {
    report: async (report) => {
      reports.push(report);
      await Promise.resolve();
    },
  },
});
