import { afterEach, describe, expect, it } from 'vitest';
import { readGauge } from '../../src/adapters/hazelcast/memory/actuator.ts';
import { readJolokia } from '../../src/adapters/hazelcast/memory/jolokia.ts';
import { askMemory } from '../../src/adapters/hazelcast/memory/memory.ts';
import { readPrometheus } from '../../src/adapters/hazelcast/memory/prometheus.ts';
import type { Memory, Probe } from '../../src/core/observation.ts';
import { drips, type Manners, Nodes, says } from './nodes.ts';

const nodes = new Nodes();
afterEach(async () => {
  await nodes.stop();
});

const pools = (metaspace: Memory['metaspace'], heapAfterGc: Memory['heapAfterGc'] = null) => ({
  answer: 'ok',
  value: { metaspace, heapAfterGc },
});
const pool = (usedBytes: number, maxBytes: number | null = null) => ({ usedBytes, maxBytes });

describe('a page in Prometheus text', () => {
  it.each<[string, string, ReturnType<typeof pools>]>([
    [
      'of Micrometer',
      `# HELP jvm_memory_used_bytes The amount of used memory
# TYPE jvm_memory_used_bytes gauge
jvm_memory_used_bytes{area="nonheap",id="CodeCache"} 1.1E7
jvm_memory_used_bytes{area="nonheap",id="Metaspace"} 5.5705112E7
jvm_memory_max_bytes{area="nonheap",id="Metaspace"} 6.7108864E7
jvm_memory_used_bytes{area="heap",id="G1 Old Gen"} 9.0E7
jvm_memory_max_bytes{area="heap",id="G1 Old Gen"} 1.6777216E8
jvm_gc_live_data_size_bytes 4.2E7
jvm_gc_max_data_size_bytes 1.6777216E8
`,
      pools(pool(55_705_112, 67_108_864), pool(42_000_000, 167_772_160)),
    ],
    [
      'of Micrometer before its first collection, with a comma too many, and no limit',
      `jvm_gc_live_data_size_bytes 0.0
jvm_memory_max_bytes{area="nonheap",id="Metaspace",} -1.0
jvm_memory_used_bytes{area="nonheap",id="Metaspace",} 4.5481984E7
jvm_memory_used_bytes{area="heap",id="PS Old Gen",} 1.0E8
`,
      pools(pool(45_481_984), pool(100_000_000)),
    ],
    [
      'of the JMX exporter before 1.0',
      `jvm_memory_bytes_used{area="heap",} 9.9E9
jvm_memory_bytes_used{area="nonheap",} 9.9E9
jvm_memory_pool_bytes_used{pool="Metaspace",} 1.2345678E7
jvm_memory_pool_bytes_max{pool="Metaspace",} 6.4E7
jvm_memory_pool_bytes_used{pool="Tenured Gen",} 7.0E7
jvm_memory_pool_bytes_max{pool="Tenured Gen",} 1.0E8
jvm_memory_pool_collection_used_bytes{pool="Tenured Gen",} 3.0E7
`,
      pools(pool(12_345_678, 64_000_000), pool(30_000_000, 100_000_000)),
    ],
    [
      'of the JMX exporter since 1.0, whose totals are called as Micrometer calls its pools',
      `jvm_memory_used_bytes{area="heap"} 9.9E9
jvm_memory_used_bytes{area="nonheap"} 9.9E9
jvm_memory_pool_used_bytes{pool="Metaspace"} 12345678
jvm_memory_pool_max_bytes{pool="Metaspace"} -1
jvm_memory_pool_used_bytes{pool="ZHeap"} 50
jvm_memory_pool_collection_used_bytes{pool="ZHeap"} 0
`,
      pools(pool(12_345_678), pool(50)),
    ],
    [
      'of the PermGen that it had in the incident, Windows line ends and times',
      'jvm_memory_pool_bytes_used{pool="CMS Perm Gen",} 8.0E7 1395066363000\r\njvm_memory_pool_bytes_max{pool="CMS Perm Gen",} 8.388608E7\r\n',
      pools(pool(80_000_000, 83_886_080)),
    ],
    [
      'with quotes, braces and backslashes in other labels',
      String.raw`http{path="/a\"} \\ {b}",id="x"} 7
jvm_memory_used_bytes{area="non\"heap}",id="Metaspace"} 5
`,
      pools(pool(5)),
    ],
    [
      'that tells of the heap only',
      'jvm_memory_used_bytes{area="heap",id="Shenandoah"} 5',
      pools(null, pool(5)),
    ],
  ])('%s is read', (_, page, expected) => {
    expect(readPrometheus(page)).toEqual(expected);
  });

  it.each(['Perm Gen', 'PS Perm Gen', 'G1 Perm Gen', 'CMS Perm Gen', 'Metaspace'])(
    'tells of classes by the pool %s',
    (name) => {
      const page = `jvm_memory_used_bytes{area="nonheap",id="${name}"} 5`;
      expect(readPrometheus(page)).toEqual(pools(pool(5)));
    },
  );

  it.each(['NaN', '+Inf', '-Inf', '-5', 'many', '', '1e400', '0x'])(
    'with %s for an amount tells of no amount',
    (amount) => {
      const page = `jvm_memory_used_bytes{id="Metaspace"} ${amount}\njvm_memory_used_bytes{id="ZHeap"} 5`;
      expect(readPrometheus(page)).toEqual(pools(null, pool(5)));
    },
  );

  it.each([
    ['nothing', ''],
    ['another page', '<html><body>login</body></html>'],
    ['metrics of something else', 'node_memory_MemFree_bytes 5\n# TYPE x gauge\n'],
    [
      'totals alone',
      'jvm_memory_bytes_used{area="nonheap",} 5\njvm_memory_used_bytes{area="heap"} 5',
    ],
    ['half a line', 'jvm_memory_used_bytes{area="nonheap",id="Metaspace'],
    ['a way into the prototype', '__proto__{id="Metaspace"} 5\nconstructor{id="Metaspace"} 5'],
  ])('that is %s is garbage', (_, page) => {
    expect(readPrometheus(page)).toMatchObject({ answer: 'wrong', cause: 'garbage' });
  });

  it('cannot be made to take long', () => {
    const page = `jvm_memory_used_bytes{${'a="\\\\",'.repeat(100_000)}`;
    expect(readPrometheus(page)).toMatchObject({ answer: 'wrong' });
  });
});

describe('an answer of Jolokia', () => {
  const answer = (value: unknown, status = 200): string =>
    JSON.stringify({ request: { type: 'read' }, value, timestamp: 1, status });
  const bean = (name: string) => `java.lang:name=${name},type=MemoryPool`;

  it('tells of all pools, those without a collection included', () => {
    const body = answer({
      [bean('Metaspace')]: { Usage: { used: 5, max: -1, init: 0 }, CollectionUsage: null },
      'java.lang:type=MemoryPool,name=G1 Old Gen': {
        Usage: { used: 90, max: 100 },
        CollectionUsage: { used: 40, max: 100 },
      },
    });
    expect(readJolokia(body)).toEqual(pools(pool(5), pool(40, 100)));
  });

  it('that is an error with HTTP status 200 is one', () => {
    const body = JSON.stringify({ error_type: 'x', error: 'no such bean', status: 404 });
    expect(readJolokia(body)).toMatchObject({ cause: 'status', detail: 'Jolokia says 404' });
  });

  it.each([
    ['nothing', ''],
    ['no JSON', '<html>'],
    ['no pools', answer({})],
    ['pools that are numbers', answer({ [bean('Metaspace')]: 5 })],
    ['another attribute', answer({ used: 5 })],
  ])('that is %s is garbage', (_, body) => {
    expect(readJolokia(body)).toMatchObject({ answer: 'wrong', cause: 'garbage' });
  });
});

describe('a gauge of Actuator', () => {
  const gauge = (value: unknown, statistic = 'VALUE'): string =>
    JSON.stringify({ name: 'jvm.memory.used', measurements: [{ statistic, value }] });

  it.each([
    ['an amount', gauge(1.2e8), 120_000_000],
    ['an amount in the words of its first versions', gauge(5, 'Value'), 5],
    ['no limit', gauge(-1), null],
  ])('is %s', (_, body, expected) => {
    expect(readGauge(body)).toEqual({ answer: 'ok', value: expected });
  });

  it.each(['', '{}', gauge('5'), gauge(5, 'COUNT'), '{"measurements":[]}'])('is not %s', (body) => {
    expect(readGauge(body)).toMatchObject({ answer: 'wrong', cause: 'garbage' });
  });
});

describe('a node that is asked for its memory', () => {
  const PATIENT_MS = 10_000;
  const http = (body: string, status = '200 OK'): string =>
    `HTTP/1.1 ${status}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  const ask = async (
    manners: Manners,
    format: 'prometheus' | 'actuator' | 'jolokia',
    deadlineMs = PATIENT_MS,
  ): Promise<{ memory: Probe<Memory>; requests: readonly string[] }> => {
    const node = await nodes.start(manners);
    const source = { port: node.port, path: '/m', format };
    const bounds = { deadlineMs, signal: new AbortController().signal };
    return { memory: await askMemory(source, node.address, bounds), requests: node.requests };
  };
  const gauges =
    (values: Readonly<Record<string, number>>): Manners =>
    (socket, head) => {
      const name = Object.keys(values).find((each) => head.includes(`/m/${each}`));
      const measurements = [{ statistic: 'VALUE', value: values[name ?? ''] }];
      socket.end(
        name === undefined ? http('', '404 Not Found') : http(JSON.stringify({ measurements })),
      );
    };

  it('gets one GET for Prometheus text, and one for Jolokia', async () => {
    const text = await ask(says(http('jvm_memory_used_bytes{id="Metaspace"} 5')), 'prometheus');
    expect(text).toMatchObject({ memory: pools(pool(5)), requests: ['GET /m'] });
    const jolokia = await ask(says(http('{"status":403}')), 'jolokia');
    expect(jolokia).toMatchObject({
      memory: { answer: 'wrong', cause: 'status' },
      requests: ['GET /m/read/java.lang:type=MemoryPool,name=*/Usage,CollectionUsage'],
    });
  });

  it('gets one GET a gauge of Actuator', async () => {
    const values = {
      'jvm.memory.used': 50,
      'jvm.memory.max': 100,
      'jvm.gc.live': 30,
      'jvm.gc.max': 90,
    };
    expect(await ask(gauges(values), 'actuator')).toMatchObject({
      memory: pools(pool(50, 100), pool(30, 90)),
      requests: [
        'GET /m/jvm.memory.used?tag=area:nonheap&tag=id:Metaspace',
        'GET /m/jvm.memory.max?tag=area:nonheap&tag=id:Metaspace',
        'GET /m/jvm.gc.live.data.size',
        'GET /m/jvm.gc.max.data.size',
      ],
    });
  });

  it('may have no limit and no collections to tell of', async () => {
    const { memory } = await ask(gauges({ 'jvm.memory.used': 50 }), 'actuator');
    expect(memory).toMatchObject(pools(pool(50)));
  });

  it('without Metaspace among its gauges answers with the wrong status', async () => {
    const { memory } = await ask(gauges({}), 'actuator');
    expect(memory).toMatchObject({ answer: 'wrong', cause: 'status', detail: 'HTTP 404' });
  });

  it('that sends without end, or byte by byte, costs a limit or the deadline', async () => {
    const big = await ask(says(http('x'.repeat(2 * 1024 * 1024))), 'prometheus');
    expect(big.memory).toMatchObject({ answer: 'wrong', cause: 'tooLarge' });
    const slow = await ask(drips(http('x'.repeat(4_000))), 'actuator', 300);
    expect(slow.memory).toMatchObject({ answer: 'silent', cause: 'answerTimeout' });
  });
});
