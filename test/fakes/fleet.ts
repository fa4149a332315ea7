/** A fleet for tests of the loop: what the nodes show is a scene, what the loop does is recorded. */
import type { Act, ActOutcome } from '../../src/core/acts.ts';
import type { Report } from '../../src/core/model.ts';
import type { CommandStatus } from '../../src/core/observation.ts';
import type { Clock, Deps } from '../../src/ports.ts';
import { instance, inventoryOf, round, type Scene } from '../core/world.ts';
import { MemoryStore } from './memory-store.ts';

export class FakeFleet {
  readonly acts: { readonly atMs: number; readonly act: Act }[] = [];
  readonly reports: Report[] = [];
  readonly store = new MemoryStore();
  /** What each act answers; `done` unless set. */
  outcomes: Partial<Record<Act['kind'], ActOutcome['outcome']>> = {};
  /** Called by each act, after it was recorded. */
  onAct: (act: Act) => void = () => undefined;
  command: CommandStatus = { status: 'pending' };
  scene: Scene;
  readonly #clock: Clock;

  constructor(clock: Clock, scene: Scene) {
    this.#clock = clock;
    this.scene = scene;
  }

  kinds(): string[] {
    return this.acts.map(({ act }) => act.kind);
  }

  deps(): Deps {
    const clock = this.#clock;
    const observer = (name: string): Deps['observers'][number] => ({
      name,
      look: async () => {
        // A node's answers take a moment, so that invocations overlap as they do in life.
        await clock.sleep(10);
        return round(name, this.scene.sights);
      },
      preview: async () =>
        await Promise.resolve({ observer: name, answer: 'silent', detail: 'no preview' }),
    });
    return {
      clock,
      store: this.store,
      observers: [observer('probe-a'), observer('probe-b')],
      inventory: {
        read: async () => {
          await clock.sleep(5);
          const { instances, inventory, sights } = this.scene;
          const all = instances ?? Object.keys(sights).map((n) => instance(Number(n)));
          return { ok: true, value: inventoryOf(all, { readAtMs: clock.nowMs(), ...inventory }) };
        },
      },
      move: null,
      actuator: {
        perform: async (act) => {
          const startedAtMs = clock.nowMs();
          await clock.sleep(20);
          this.acts.push({ atMs: startedAtMs, act });
          this.onAct(act);
          return {
            kind: act.kind,
            startedAtMs,
            finishedAtMs: clock.nowMs(),
            outcome: this.outcomes[act.kind] ?? 'done',
            detail: '',
            commandId: act.kind === 'kill' ? 'command-1' : null,
          };
        },
        commandResults: async ({ commandId, instanceIds }) =>
          await Promise.resolve(
            instanceIds.map((instanceId) => ({ commandId, instanceId, ...this.command })),
          ),
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
