/** The newest generation that can be used: whole, undamaged, ours, and not too old. Whatever is passed over is named. */
import type { Reading } from '../../core/observation.ts';
import { seconds } from '../../core/seconds.ts';
import { inParallel } from '../parallel.ts';
import type { Got, Vault } from '../ports.ts';
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

/** Never rejects. An error: the vault, or what may be the newest of it, cannot be read now; an older one would take users back further. */
export const findGeneration = async (vault: Vault, wanted: Wanted): Promise<Reading<Found>> => {
  const listed = await vault.list();
  if (!listed.ok) return { ok: false, error: `the vault cannot be read: ${listed.error}` };
  const passedOver: string[] = [];
  const told = (what: string): string => [what, ...passedOver].join('; ');
  for (const each of generationsIn(listed.value)) {
    const read = await usable(vault, each, wanted);
    if (read.ok) {
      const age = seconds(wanted.nowMs - read.value.beganAtMs);
      const generation = { name: each.name, manifest: read.value };
      return { ok: true, value: { generation, told: told(`of ${each.name}, ${age} old`) } };
    }
    if (read.isPassing) return { ok: false, error: `${each.name} cannot be read: ${read.error}` };
    passedOver.push(`${each.name} was not used: ${read.error}`);
  }
  return { ok: true, value: { generation: null, told: told('there is no generation to use') } };
};

type Failed = Extract<Got, { readonly ok: false }>;

const usable = async (
  vault: Vault,
  { name, isWhole }: Generation,
  { nowMs, maxAgeMs }: Wanted,
): Promise<{ readonly ok: true; readonly value: Manifest } | Failed> => {
  if (!isWhole) return { ok: false, error: 'it was never finished' };
  const bytes = await vault.get(manifestName(name));
  if (!bytes.ok) return bytes;
  const manifest = readManifest(bytes.value);
  if (!manifest.ok) return manifest;
  const ageMs = nowMs - manifest.value.beganAtMs;
  if (ageMs > maxAgeMs) {
    return {
      ok: false,
      error: `it is ${seconds(ageMs)} old, more than the ${seconds(maxAgeMs)} up to which one is used`,
    };
  }
  // All of them before anything is written: half of a generation would look like the whole one.
  return (await failureOf(vault, name, manifest.value.parts)) ?? manifest;
};

/** So many parts are in memory at once. */
const WIDTH = 4;

const failureOf = async (
  vault: Vault,
  generation: string,
  parts: readonly Part[],
): Promise<Failed | null> => {
  let failure: Failed | null = null;
  await inParallel([...parts.keys()], WIDTH, async (number) => {
    if (failure !== null) return;
    const read = await readPart(vault, { generation, number, part: parts[number] });
    if (!read.ok) failure = read;
  });
  return failure;
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
): Promise<Got> => {
  const read = await vault.get(partName(generation, number));
  if (!read.ok) return { ...read, error: `part ${number}: ${read.error}` };
  return sha256Of(read.value) === part?.sha256
    ? read
    : { ok: false, error: `part ${number} is damaged` };
};
