/** How full a node's JVM is, told by its own metrics: a forecast, never a verdict. */
import type { Fleet } from '../../../config/fleet.ts';
import type { Address, Memory, Probe } from '../../../core/observation.ts';
import type { Bounds, Verdict } from '../attempt.ts';
import { wrong } from '../failure.ts';
import { ask, type Question } from '../http-probe.ts';
import { GAUGES, readGauge } from './actuator.ts';
import { POOLS, readJolokia } from './jolokia.ts';
import { poolOf } from './pools.ts';
import { readPrometheus } from './prometheus.ts';

type Source = NonNullable<Fleet['memory']>;

/** A page with every metric of a large application has some 300 KB. */
const BODY_BYTES_MAX = 1024 * 1024;

const question = <T>(path: string, read: (body: string) => Verdict<T>): Question<T> => ({
  method: 'GET',
  path,
  bodyBytesMax: BODY_BYTES_MAX,
  isExpected: (status) => status === 200,
  read: ({ body }) => read(body),
});

/** Never rejects. */
export const askMemory = async (
  source: Source,
  address: Address,
  bounds: Bounds,
): Promise<Probe<Memory>> => {
  const endpoint = { address, port: source.port };
  switch (source.format) {
    case 'prometheus':
      return await ask(endpoint, bounds, question(source.path, readPrometheus));
    case 'jolokia':
      return await ask(endpoint, bounds, question(`${source.path}${POOLS}`, readJolokia));
    case 'actuator':
      return await askActuator(source, address, bounds);
  }
};

/** One gauge after the other, all within the one deadline. What comes after the first is missing where a JVM has none. */
const askActuator = async (
  { port, path }: Source,
  address: Address,
  bounds: Bounds,
): Promise<Probe<Memory>> => {
  const begunMs = performance.now();
  const tookMs = (): number => Math.round(performance.now() - begunMs);
  const gauge = async (name: string): Promise<Probe<number | null>> => {
    const deadlineMs = Math.max(1, bounds.deadlineMs - (performance.now() - begunMs));
    const asked = question(`${path}${name}`, readGauge);
    return await ask({ address, port }, { ...bounds, deadlineMs }, asked);
  };
  const used = await gauge(GAUGES.metaspaceUsed);
  if (used.answer !== 'ok') return used;
  const max = amountOf(await gauge(GAUGES.metaspaceMax));
  // 0 until the first collection.
  const live = amountOf(await gauge(GAUGES.liveData)) || null;
  const liveMax = live === null ? null : amountOf(await gauge(GAUGES.liveDataMax));
  const metaspace = poolOf(used.value, max);
  return metaspace === null
    ? { ...wrong('garbage', 'a gauge without an amount'), tookMs: tookMs() }
    : {
        answer: 'ok',
        value: { metaspace, heapAfterGc: poolOf(live, liveMax) },
        tookMs: tookMs(),
      };
};

const amountOf = (gauge: Probe<number | null>): number | null =>
  gauge.answer === 'ok' ? gauge.value : null;
