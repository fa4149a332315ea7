/** The newest generation that can be used: whole, undamaged, ours, and not too old. Whatever is passed over is named. */
import type { Reading } from '../../core/observation.ts';
import { inParallel } from '../parallel.ts';
import type { Vault } from '../ports.ts';
import { type Generation, generationsIn } from './generations.ts';
import {
  type Manifest,
  manifestName,
  type Part,
  partName,
  readManifest,
  sha256Of,
} from './manifest.ts';

export interface Found {
  /** `null`: there is none that can be used. */
  readonly generation: { readonly name: string; readonly manifest: Manifest } | null;
  /** For people: which it is and how old, or that there is none, and why others were passed over. */
  readonly told: string;
}

export interface Wanted {
  readonly nowMs: number;
  readonly maxAgeMs: number;
}

/** Never rejects. An error: the vault cannot be read now. */
export const findGeneration = async (vault: Vault, wanted: Wanted): Promise<Reading<Found>> => {
  const listed = await vault.list();
  if (!listed.ok) return { ok: false, error: `the vault cannot be read: ${listed.error}` };
  const passedOver: string[] = [];
  const told = (what: string): string => [what, ...passedOver].join('; ');
  for (const each of generationsIn(listed.value)) {
    const read = await usable(vault, each, wanted);
    if (read.ok) {
      const ageS = Math.round((wanted.nowMs - read.value.beganAtMs) / 1_000);
      const generation = { name: each.name, manifest: read.value };
      return { ok: true, value: { generation, told: told(`of ${each.name}, ${ageS} s old`) } };
    }
    passedOver.push(`${each.name} was not used: ${read.error}`);
  }
  return { ok: true, value: { generation: null, told: told('there is no generation to use') } };
};

const usable = async (
  vault: Vault,
  { name, isWhole }: Generation,
  { nowMs, maxAgeMs }: Wanted,
): Promise<Reading<Manifest>> => {
  if (!isWhole) return { ok: false, error: 'it was never finished' };
  const bytes = await vault.get(manifestName(name));
  if (!bytes.ok) return bytes;
  const manifest = readManifest(bytes.value);
  if (!manifest.ok) return manifest;
  const ageMs = nowMs - manifest.value.beganAtMs;
  if (ageMs > maxAgeMs) {
    return {
      ok: false,
      error: `it is ${Math.round(ageMs / 1_000)} s old, more than the ${maxAgeMs / 1_000} s up to which one is used`,
    };
  }
  // All of them before anything is written: half of a generation would look like the whole one.
  const damage = await damageOf(vault, name, manifest.value.parts);
  return damage === null ? manifest : { ok: false, error: damage };
};

/** So many parts are in memory at once. */
const WIDTH = 4;

const damageOf = async (
  vault: Vault,
  generation: string,
  parts: readonly Part[],
): Promise<string | null> => {
  let damage: string | null = null;
  await inParallel([...parts.keys()], WIDTH, async (number) => {
    if (damage !== null) return;
    const read = await readPart(vault, { generation, number, part: parts[number] });
    if (!read.ok) damage = read.error;
  });
  return damage;
};

interface Wish {
  readonly generation: string;
  readonly number: number;
  readonly part: Part | undefined;
}

/** Bytes that are what the manifest says. */
export const readPart = async (
  vault: Pick<Vault, 'get'>,
  { generation, number, part }: Wish,
): Promise<Reading<Buffer>> => {
  const read = await vault.get(partName(generation, number));
  if (!read.ok) return { ok: false, error: `part ${number}: ${read.error}` };
  return sha256Of(read.value) === part?.sha256
    ? read
    : { ok: false, error: `part ${number} is damaged` };
};
