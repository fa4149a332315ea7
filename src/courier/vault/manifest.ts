/**
 * A generation: parts with entries, and a manifest that is written last and tells what each part must be. Without one nothing
 * of it counts, so that a keeper may die anywhere.
 */
import { hash } from 'node:crypto';
import * as v from 'valibot';
import type { Reading } from '../../core/observation.ts';
import { parseJson } from '../../parse-json.ts';
import type { Bytes, SchemaText } from '../ports.ts';

export interface Part {
  readonly map: string;
  readonly entries: number;
  readonly bytes: number;
  readonly sha256: string;
}

export interface Manifest {
  /** Whoever knows another number reads none of it. */
  readonly schema: 1;
  /** When the first entry was about to be read: what was written later may be missing. */
  readonly beganAtMs: number;
  /** In order: part `n` is the object of that number. */
  readonly parts: readonly Part[];
  readonly schemas: readonly SchemaText[];
}

const Count = v.pipe(v.number(), v.integer(), v.minValue(0));

const ManifestText: v.GenericSchema<unknown, Manifest> = v.looseObject({
  schema: v.literal(1),
  beganAtMs: v.number(),
  parts: v.array(
    v.looseObject({
      map: v.string(),
      entries: Count,
      bytes: Count,
      sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
    }),
  ),
  schemas: v.array(
    v.looseObject({
      typeName: v.string(),
      fields: v.array(v.looseObject({ fieldName: v.string(), kind: v.number() })),
    }),
  ),
});

export const readManifest = (bytes: Bytes): Reading<Manifest> => {
  const parsed = v.safeParse(ManifestText, parseJson(bytes.toString()));
  return parsed.success
    ? { ok: true, value: parsed.output }
    : { ok: false, error: `its manifest makes no sense: ${parsed.issues[0].message}` };
};

export const manifestName = (generation: string): string => `${generation}/manifest.json`;
export const partName = (generation: string, part: number): string => `${generation}/part-${part}`;

export const sha256Of = (bytes: Bytes): string => hash('sha256', bytes, 'hex');
