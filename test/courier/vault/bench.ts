/** A cluster, its vault and a new cluster, in memory, on a clock that jumps. */
import type { VaultWord } from '../../../src/core/vault.ts';
import { carry } from '../../../src/courier/courier.ts';
import type { KeptSource } from '../../../src/courier/ports.ts';
import { findGeneration } from '../../../src/courier/vault/find.ts';
import { keep } from '../../../src/courier/vault/keep.ts';
import { generationSource } from '../../../src/courier/vault/source.ts';
import { createMemoryRow, type MemoryRow } from '../../fakes/memory-row.ts';
import { createMemoryVault, type MemoryVault } from '../../fakes/memory-vault.ts';
import { VirtualClock } from '../../fakes/virtual-clock.ts';
import { createWorld, type World } from '../world.ts';

export const NOW_MS = 1_800_000_000_000;
const MAX_AGE_MS = 3_600_000;
const MAPS = ['sessions'];
const LIMITS = { maps: MAPS, entriesPerS: Infinity, leastTtlMs: 5_000 };

export interface Bench extends MemoryVault {
  readonly clock: VirtualClock;
  readonly world: World;
  readonly memory: MemoryRow;
  readonly keep: (untilMs?: number) => Promise<VaultWord | { readonly stoodBack: string }>;
  /** All members die, and the last generation is put into the new side. @returns the courier's last word */
  readonly restore: () => Promise<MemoryRow['standing']>;
  readonly pass: (ms: number) => Promise<void>;
}

export const benchOf = (): Bench => {
  const clock = new VirtualClock(NOW_MS);
  const world = createWorld();
  const kept = createMemoryVault(() => clock.nowMs());
  const memory = createMemoryRow();
  let holders = 0;
  const source: KeptSource = {
    ...world.source,
    page: async (...asked) => await world.source.page(...asked),
    learn: async () => ({ ok: true, value: null }),
    schemas: () => [{ typeName: 'user', fields: [{ fieldName: 'name', kind: 1 }] }],
  };
  const connect = async () => {
    const found = await findGeneration(kept.vault, {
      nowMs: clock.nowMs(),
      maxAgeMs: MAX_AGE_MS,
    });
    if (!found.ok) return found;
    const { generation, told: origin } = found.value;
    if (generation === null) return { ok: false, error: origin, isFinal: true } as const;
    const restored = generationSource(kept.vault, generation, { maps: MAPS, clock });
    return { ok: true, value: { source: restored, target: world.target, origin } } as const;
  };
  return {
    ...kept,
    clock,
    world,
    memory,
    pass: async (ms) => await clock.run(clock.sleep(ms)),
    keep: async (untilMs = clock.nowMs() + 540_000) => {
      holders += 1;
      const job = { ...LIMITS, holder: `keeper${holders}`, untilMs };
      const parts = { clock, ...kept, connect: async () => ({ ok: true, value: source }) as const };
      return await clock.run(keep(parts, job));
    },
    restore: async () => {
      world.old.clear();
      const untilMs = clock.nowMs() + 540_000;
      const ends = { undoes: null, from: [], to: ['i-0d'] };
      const job = { ...LIMITS, ...ends, job: 7, holder: 'restorer', untilMs };
      const parts = {
        clock,
        row: memory.row,
        journalOf: () => memory.journal,
        connect,
        random: () => 0.5,
      };
      const isOver = async (): Promise<void> => {
        await clock.sleep(10_000);
        memory.wish = { endJob: 7 };
      };
      await clock.run(Promise.all([carry(parts, job), isOver()]));
      return memory.standing;
    },
  };
};

export const namesIn = ({ objects }: MemoryVault): readonly string[] => [...objects.keys()];
