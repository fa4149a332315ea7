/** A courier and all that it needs, in memory, on a clock that jumps. */
import type { CourierWord } from '../../src/core/sides.ts';
import { carry } from '../../src/courier/courier.ts';
import type { CourierJob } from '../../src/courier/job.ts';
import { createMemoryRow, type MemoryRow } from '../fakes/memory-row.ts';
import { VirtualClock } from '../fakes/virtual-clock.ts';
import { createWorld, entryOf, type World } from './world.ts';

export const NOW_MS = 1_800_000_000_000;

export interface Bench {
  readonly clock: VirtualClock;
  readonly world: World;
  readonly memory: MemoryRow;
  /** One invocation, from now on. `null`: it reaches nobody. */
  readonly invoke: (job?: Partial<CourierJob>, there?: World | null) => ReturnType<typeof carry>;
  /** Lets `ms` pass, then does something. */
  readonly later: (ms: number, what: () => void) => Promise<void>;
  readonly word: () => CourierWord;
}

export const benchOf = (): Bench => {
  const clock = new VirtualClock(NOW_MS);
  const world = createWorld();
  const memory = createMemoryRow();
  let invocations = 0;
  for (const key of ['a', 'b', 'c', 'd']) world.old.set(key, entryOf(`first ${key}`));
  return {
    clock,
    world,
    memory,
    later: async (ms, what) => {
      await clock.sleep(ms);
      what();
    },
    word: () => memory.standing!.word,
    invoke: async (job = {}, there = world) => {
      invocations += 1;
      return await carry(
        {
          clock,
          row: memory.row,
          journalOf: () => memory.journal,
          connect: async (hear) => {
            if (there === null) return { ok: false, error: 'nobody answers' };
            there.hearers.add(hear);
            const close = (): void => void there.hearers.delete(hear);
            return { ok: true, value: { ...there, source: { ...there.source, close } } };
          },
          random: () => 0.5,
        },
        {
          job: 7,
          undoes: null,
          from: ['i-1', 'i-2'],
          to: ['i-3', 'i-4'],
          holder: `invocation-${invocations}`,
          maps: ['sessions'],
          entriesPerS: Infinity,
          leastTtlMs: 5_000,
          untilMs: clock.nowMs() + 540_000,
          ...job,
        },
      );
    },
  };
};

export const thereOf = ({ fresh }: World, key: string): string | null =>
  fresh.get(key)?.value.toString() ?? null;
