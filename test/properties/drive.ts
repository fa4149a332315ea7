/**
 * The whole controller (watch, cycle, observe, core) against a ground truth, one invocation after the other. Time passes
 * only when somebody sleeps, looks, reads or acts. Every act is judged against the truth at the moment it is performed.
 */
import type { Act, Performed } from '../../src/core/acts.ts';
import type { Report } from '../../src/core/model.ts';
import type { CommandResult } from '../../src/core/observation.ts';
import type { Deps } from '../../src/ports.ts';
import { watch } from '../../src/watch.ts';
import { instanceOf, EVICTIONS_ONLY as POLICY, T0 } from '../core/world.ts';
import { MemoryStore } from '../fakes/memory-store.ts';
import { judge } from './judge.ts';
import type { Trouble } from './troubles.ts';
import { Truth } from './truth.ts';

export interface Script {
  readonly nodes: number;
  readonly bootMs: number;
  readonly seed: number;
  readonly troubles: readonly Trouble[];
  /** The controller's first moment; before it nobody watched. */
  readonly startAtMs: number;
  readonly untilMs: number;
  /** When people put everything right. */
  readonly healAtMs?: number;
}

interface Done {
  readonly atMs: number;
  readonly act: Act;
}

export interface Played {
  readonly truth: Truth;
  readonly acts: readonly Done[];
  readonly reports: readonly Report[];
  /** Acts that should not have been, in words. */
  readonly wrongs: readonly string[];
}

/** The end of an invocation at the worst moment. */
class Died extends Error {}

const INVOCATION_MS = 120_000;
const MINUTE_MS = 60_000;
/** What a read or an act takes on a good day, and what AWS takes on a bad one. */
const READ_MS = 150;
const SLOW_READ_MS = 3_500;
const ACT_MS = 100;

const PENDING = { status: 'pending' } as const;

class Stage {
  readonly truth: Truth;
  readonly store = new MemoryStore();
  readonly acts: Done[] = [];
  readonly reports: Report[] = [];
  readonly wrongs: string[] = [];
  readonly #commands = new Map<string, number>();
  readonly #deaths: Extract<Trouble, { what: 'die' }>[];

  constructor(script: Script) {
    this.truth = new Truth(T0, script);
    this.#deaths = script.troubles.flatMap((each) => (each.what === 'die' ? [each] : []));
    this.store.beforeSave = () => {
      this.#dieIfDue('commit');
      this.#pauseIfDue();
    };
  }

  #dieIfDue(when: 'commit' | 'act' | 'settle'): void {
    const due = this.#deaths.findIndex((each) => each.when === when && each.at <= this.truth.nowMs);
    if (due < 0) return;
    this.#deaths.splice(due, 1);
    throw new Died(when);
  }

  /** As a person does it: between a plan and its commit. */
  #pauseIfDue(): void {
    const [asked] = this.truth.lasting('pause');
    const pause =
      asked === undefined ? null : { by: 'ops', reason: 'test', atMs: asked.at, untilMs: null };
    if (this.store.row('api').pause?.atMs !== pause?.atMs) this.store.put('api', { pause });
  }

  async #perform(act: Act): Promise<Performed> {
    this.#dieIfDue('act');
    const startedAtMs = this.truth.nowMs;
    const wrong = judge(this.truth, act, this.store.row('api').state);
    if (wrong !== null) {
      this.wrongs.push(`${(startedAtMs - T0) / 1000} s: ${act.kind} ${instanceOf(act)} ${wrong}`);
    }
    const outcome = this.truth.perform(act);
    this.acts.push({ atMs: startedAtMs, act });
    this.truth.advance(startedAtMs + ACT_MS);
    await Promise.resolve();
    this.#dieIfDue('settle');
    const isOrder = ['kill', 'fence', 'lift', 'stop'].includes(act.kind);
    const commandId = isOrder && outcome === 'done' ? `command-${startedAtMs}` : null;
    if (commandId !== null) this.#commands.set(commandId, startedAtMs);
    const finishedAtMs = this.truth.nowMs;
    return { kind: act.kind, startedAtMs, finishedAtMs, outcome, detail: outcome, commandId };
  }

  #observer(name: string): Deps['observers'][number] {
    return {
      name,
      look: async ({ nodes, probeDeadlineMs }) => {
        const atMs = this.truth.nowMs;
        const ids = nodes.map(({ instanceId }) => instanceId);
        const round = this.truth.round(name, ids, probeDeadlineMs);
        // Others that look or read at the same time begin before time passes.
        await Promise.resolve();
        await Promise.resolve();
        const isSilent =
          'failed' in round ||
          Object.values(round.sights).some(({ health }) => health.answer === 'silent');
        this.truth.advance(atMs + (isSilent ? probeDeadlineMs : 10));
        return round;
      },
      preview: async () =>
        await Promise.resolve({ observer: name, answer: 'silent', detail: 'no preview' }),
    };
  }

  deps(): Deps {
    const { truth } = this;
    return {
      store: this.store,
      observers: ['probe-a', 'probe-b'].map((name) => this.#observer(name)),
      clock: {
        nowMs: () => truth.nowMs,
        sleep: async (ms) => {
          truth.advance(truth.nowMs + Math.max(0, ms));
          await Promise.resolve();
        },
      },
      move: null,
      inventory: {
        read: async () => {
          const read = truth.inventory();
          await Promise.resolve();
          truth.advance(truth.nowMs + (truth.lasting('slow').length > 0 ? SLOW_READ_MS : READ_MS));
          return read;
        },
      },
      actuator: {
        perform: async (act) => await this.#perform(act),
        commandResults: async ({ commandId, instanceIds }) => {
          const atMs = this.#commands.get(commandId) ?? Infinity;
          const results = instanceIds.map((instanceId): CommandResult => {
            const isDone = truth.hasExecuted(instanceId, atMs);
            const status = isDone ? ({ status: 'succeeded', detail: 'done' } as const) : PENDING;
            return { commandId, instanceId, ...status };
          });
          return await Promise.resolve(results);
        },
      },
      reporter: {
        report: async (report) => {
          this.reports.push(report);
          await Promise.resolve();
        },
      },
    };
  }
}

export const drive = async (script: Script): Promise<Played> => {
  const stage = new Stage(script);
  const { truth } = stage;
  truth.advance(script.startAtMs);
  let isHealed = false;
  for (let n = 1; truth.nowMs < script.untilMs; n += 1) {
    const begunMs = truth.nowMs;
    if (!isHealed && begunMs >= (script.healAtMs ?? Infinity)) {
      truth.heal();
      isHealed = true;
    }
    const untilMs = Math.min(script.untilMs, begunMs + INVOCATION_MS);
    try {
      await watch(stage.deps(), { fleet: 'api', policy: POLICY, id: `invocation-${n}`, untilMs });
    } catch (error) {
      if (!(error instanceof Died)) throw error;
      // The next minute's invocation comes when it comes.
      truth.advance(begunMs + Math.ceil((truth.nowMs - begunMs) / MINUTE_MS) * MINUTE_MS);
    }
  }
  return stage;
};
