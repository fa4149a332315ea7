/** The word of a vault's keeper as it is stored: in a row of its own, and in what is remembered of the fleet. */
import * as v from 'valibot';
import type { VaultMemory, VaultWord } from '../core/vault.ts';

export const VaultWordSchema: v.GenericSchema<unknown, VaultWord> = v.looseObject({
  takenAtMs: v.nullable(v.number()),
  entries: v.number(),
  bytes: v.number(),
  tookMs: v.number(),
  error: v.nullable(v.string()),
});

export const VaultMemorySchema: v.GenericSchema<unknown, VaultMemory> = v.looseObject({
  askedAtMs: v.number(),
  word: v.nullable(VaultWordSchema),
});
