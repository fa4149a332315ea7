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
import type { Story } from './story.ts';
import { TwoSides } from './two-sides.ts';

export interface Script extends Story {
  readonly untilMs: number;
  readonly policy?: Partial<typeof POLICY>;
  /** Faults and orders, by their time. */
  readonly happens: (world: TwoSides, store: MemoryStore) => void;
  /** Ends as soon as the failover is over and all is well. */
  readonly isBrief?: boolean;
  /**
   * Dies at this writing call, counted from the failover's beginning; before or after it is made. Between two writes neither
   * the row nor the world changes, so to die at a read is to die after the write before it.
   */
  readonly diesAt?: { readonly call: number; readonly when: 'before' | 'after' };
}

export interface Played {
  readonly world: TwoSides;
  readonly state: State;
  readonly reports: readonly Report[];
  /** Writing calls since the failover began. */
  readonly calls: number;
}

class Died extends Error {}

const INVOCATION_MS = 120_000;
const MINUTE_MS = 60_000;
const LOOK_MS = 10;

export const drive = async (script: Script): Promise<Played> => {
  const world = new TwoSides(script);
  const store = new MemoryStore();
  const reports: Report[] = [];
  let calls = 0;
  let isDead = false;
  const over = new AbortController();
  const write = async <T>(what: () => Promise<T>): Promise<T> => {
    const isUnderWay = store.row('api').state?.failover != null;
    if (isUnderWay) calls += 1;
    const isDue = isUnderWay && !isDead && calls === script.diesAt?.call;
    if (isDue && script.diesAt?.when === 'before') {
      isDead = true;
      throw new Died();
    }
    const result = await what();
    if (isDue) {
      isDead = true;
      throw new Died();
    }
    return result;
  };
  const tell = (report: Report): void => {
    reports.push(report);
    const isCalm = !world.isDue && report.nodes.every(({ suspicion }) => suspicion === null);
    const isWell = report.cluster.condition === 'Quorate' && isCalm;
    const isOver = calls > 0 && report.failover === null && isWell;
    if (isOver && script.isBrief === true) over.abort();
  };
  const deps = depsOf(world, store, { tell, write });
  script.happens(world, store);
  for (let n = 1; world.nowMs < script.untilMs && !over.signal.aborted; n += 1) {
    const begunMs = world.nowMs;
    const untilMs = Math.min(script.untilMs, begunMs + INVOCATION_MS);
    const policy = {
      ...POLICY,
      failover: 'act' as const,
      standby: true,
      sessions: true,
      ...script.policy,
    };
    try {
      const { signal } = over;
      await watch(deps, { fleet: 'api', policy, id: `invocation-${n}`, untilMs, signal });
      // Who looks only once a minute is woken then.
      if (policy.tickEveryMs >= MINUTE_MS) world.advance(begunMs + MINUTE_MS);
    } catch (error) {
      if (!(error instanceof Died)) throw error;
      const minutes = Math.floor((world.nowMs - T0) / MINUTE_MS) + 1;
      world.advance(T0 + minutes * MINUTE_MS);
    }
  }
  return { world, state: store.row('api').state!, reports, calls };
};

interface Means {
  readonly tell: (report: Report) => void;
  readonly write: <T>(what: () => Promise<T>) => Promise<T>;
}

const depsOf = (world: TwoSides, store: MemoryStore, { tell, write }: Means): Deps => ({
  clock: {
    nowMs: () => world.nowMs,
    sleep: async (ms) => {
      world.advance(world.nowMs + Math.max(0, ms));
      await Promise.resolve();
    },
  },
  store: {
    load: store.load.bind(store),
    save: async (fleet, each) => await write(async () => await store.save(fleet, each)),
    register: async (fleet, watcher) =>
      await write(async () => await store.register(fleet, watcher)),
    setPause: store.setPause.bind(store),
    addOrder: store.addOrder.bind(store),
  },
  observers: ['probe-a', 'probe-b'].map((name) => ({
    name,
    look: async ({ nodes }) => {
      world.advance(world.nowMs + LOOK_MS);
      const ids = nodes.map(({ instanceId }) => instanceId);
      return await Promise.resolve(world.round(name, ids));
    },
    preview: async () => {
      const isAnswered = world.answersPreview();
      const [answer, detail] = isAnswered ? (['ok', '200'] as const) : (['wrong', '503'] as const);
      return await Promise.resolve({ observer: name, answer, detail });
    },
  })),
  inventory: { read: async (side) => await Promise.resolve(world.inventory(side)) },
  move: {
    routing: async () =>
      await Promise.resolve(
        world.nowMs < world.hidesRoutingUntilMs
          ? { ok: false as const, error: 'throttled' }
          : { ok: true as const, value: world.balancer.routing },
      ),
    courier: async () => await Promise.resolve({ ok: true as const, value: world.word() }),
    vault: async () => await Promise.resolve({ ok: true as const, value: world.vault }),
  },
  actuator: {
    perform: async (act): Promise<Performed> => {
      const startedAtMs = world.nowMs;
      const outcome = await write(async () => await Promise.resolve(world.perform(act)));
      world.advance(startedAtMs + 100);
      const finishedAtMs = world.nowMs;
      return { kind: act.kind, startedAtMs, finishedAtMs, outcome, detail: '', commandId: null };
    },
    commandResults: async () => await Promise.resolve([]),
  },
  reporter: {
    report: async (report) => {
      tell(report);
      await Promise.resolve();
    },
  },
});
