/**
 * A page in Prometheus' text format, as Micrometer and the JMX exporter write it.
 *
 * Totals of an area (`jvm_memory_bytes_used{area="nonheap"}`) are left alone: they add the code cache to
 * the classes and garbage to the heap, so neither can be told from them.
 */
import type { Memory } from '../../../core/observation.ts';
import type { Verdict } from '../attempt.ts';
import { wrong } from '../failure.ts';
import { bytesOf, memoryOf, type PoolUsage } from './pools.ts';

type Told = 'used' | 'max' | 'usedAfterGc';

/** Micrometer (label `id`), JMX exporter before 1.0 and since (label `pool`). */
const SAMPLES: ReadonlyMap<string, Told> = new Map([
  ['jvm_memory_used_bytes', 'used'],
  ['jvm_memory_max_bytes', 'max'],
  ['jvm_memory_pool_bytes_used', 'used'],
  ['jvm_memory_pool_bytes_max', 'max'],
  ['jvm_memory_pool_used_bytes', 'used'],
  ['jvm_memory_pool_max_bytes', 'max'],
  ['jvm_memory_pool_collection_used_bytes', 'usedAfterGc'],
]);
/** Micrometer's own word for the heap after a collection, without a pool's name; 0 until there was one. */
const LIVE_DATA = 'jvm_gc_live_data_size_bytes';
const LIVE_DATA_MAX = 'jvm_gc_max_data_size_bytes';

/** `name{label="value",...} 1.2E8`, perhaps with a comma too many (old Micrometer) and a time after it. */
const SAMPLE = /^(\w+)(?:\{((?:\w+="(?:[^"\\]|\\.)*",? *)*)\})? +(\S+)/;
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g;

export const readPrometheus = (page: string): Verdict<Memory> => {
  const pools = new Map<string, Record<Told, number | null>>();
  const live = { used: null as number | null, max: null as number | null };
  for (const line of page.split('\n')) {
    const [, name = '', labels = '', number = ''] = SAMPLE.exec(line) ?? [];
    const value = bytesOf(Number(number));
    if (name === LIVE_DATA) live.used = value;
    else if (name === LIVE_DATA_MAX) live.max = value;
    const told = SAMPLES.get(name);
    const pool = poolNameOf(labels);
    if (told === undefined || pool === null) continue;
    const usage = pools.get(pool) ?? { used: null, max: null, usedAfterGc: null };
    usage[told] ??= value;
    pools.set(pool, usage);
  }
  const all = [...pools].map(([name, usage]): PoolUsage => ({ name, ...usage }));
  const memory = memoryOf(all);
  if (memory === null) return wrong('garbage', 'tells of no memory pool of a JVM');
  return { answer: 'ok', value: withLiveData(memory, live) };
};

const poolNameOf = (labels: string): string | null => {
  for (const [, label, value = ''] of labels.matchAll(LABEL)) {
    if (label === 'id' || label === 'pool') return value;
  }
  return null;
};

const withLiveData = (
  memory: Memory,
  { used, max }: { readonly used: number | null; readonly max: number | null },
): Memory =>
  used === null || used === 0
    ? memory
    : {
        ...memory,
        heapAfterGc: { usedBytes: used, maxBytes: max ?? memory.heapAfterGc?.maxBytes ?? null },
      };
