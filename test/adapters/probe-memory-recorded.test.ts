/** The memory parsers on what real sources sent (test/fixtures/jvm-memory/README.md). */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readJolokia } from '../../src/adapters/hazelcast/memory/jolokia.ts';
import { readPrometheus } from '../../src/adapters/hazelcast/memory/prometheus.ts';

const recorded = (name: string): string =>
  readFileSync(new URL(`../fixtures/jvm-memory/${name}`, import.meta.url), 'utf8');
const METASPACE_MAX = 67_108_864;
const HEAP_MAX = 44_761_088;

describe('the recorded memory', () => {
  it.each([
    ['exporter-0.20.txt', readPrometheus, 15_878_672, 25_667_104],
    ['exporter-1.0.txt', readPrometheus, 14_710_080, 26_326_592],
    ['jolokia-1.7.json', readJolokia, 14_497_920, 25_365_264],
    ['jolokia-2.json', readJolokia, 14_533_440, 26_331_072],
  ] as const)('of %s is read', (name, read, metaspace, heap) => {
    expect(read(recorded(name))).toEqual({
      answer: 'ok',
      value: {
        metaspace: { usedBytes: metaspace, maxBytes: METASPACE_MAX },
        heapAfterGc: { usedBytes: heap, maxBytes: HEAP_MAX },
      },
    });
  });

  it('of the lab is read, before its first collection', () => {
    expect(readPrometheus(recorded('lab.txt'))).toEqual({
      answer: 'ok',
      value: {
        metaspace: { usedBytes: 658_032, maxBytes: METASPACE_MAX },
        heapAfterGc: { usedBytes: 0, maxBytes: 111_869_952 },
      },
    });
  });

  it('of a pool that there is not is an error', () => {
    expect(readJolokia(recorded('jolokia-404.json'))).toMatchObject({ cause: 'status' });
  });
});
