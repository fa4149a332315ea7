/** A JVM's memory pools by what they are for, whatever the JVM and its collector call them. */
import type { Memory, Pool } from '../../../core/observation.ts';

/** One pool as a source tells it, in bytes. `null`: not told, or no limit (JVMs say -1). */
export interface PoolUsage {
  readonly name: string;
  readonly used: number | null;
  readonly max: number | null;
  /** Used after the last collection of this pool; 0 until there was one. */
  readonly usedAfterGc: number | null;
}

/** Classes: Metaspace since Java 8, before it PermGen under four names. */
const CLASSES = /^(?:Metaspace|(?:PS |CMS |G1 )?Perm Gen)$/;
/** What outlives collections: serial, parallel, CMS and G1; ZGC and Shenandoah have one pool, ZGC two since Java 21. */
const KEPT =
  /^(?:Tenured Gen|(?:PS|CMS|G1) Old Gen|ZHeap|ZGC Old Generation|Shenandoah(?: Old Gen)?)$/;

/** Bytes as a source tells them. `null` for what is no amount: -1, NaN, infinity, nothing. */
export const bytesOf = (value: unknown): number | null =>
  typeof value === 'number' && Number.isSafeInteger(Math.round(value)) && value >= 0
    ? Math.round(value)
    : null;

/** `null` when the pools tell neither of classes nor of the heap. */
export const memoryOf = (pools: readonly PoolUsage[]): Memory | null => {
  const classes = pools.find(({ name, used }) => CLASSES.test(name) && used !== null);
  const kept = pools.find(({ name, used }) => KEPT.test(name) && used !== null);
  if (classes === undefined && kept === undefined) return null;
  return {
    metaspace: classes === undefined ? null : poolOf(classes.used, classes.max),
    heapAfterGc: kept === undefined ? null : poolOf(afterGc(kept), kept.max),
  };
};

/** Before the first collection all that is known is what is used, garbage included. */
const afterGc = ({ used, usedAfterGc }: PoolUsage): number | null =>
  usedAfterGc === null || usedAfterGc === 0 ? used : usedAfterGc;

export const poolOf = (usedBytes: number | null, maxBytes: number | null): Pool | null =>
  usedBytes === null ? null : { usedBytes, maxBytes: maxBytes === 0 ? null : maxBytes };
