/** Spring Boot Actuator: one gauge an answer, `{"measurements":[{"statistic":"VALUE","value":1.2E8}]}`. */
import * as v from 'valibot';
import { parseJson } from '../../../parse-json.ts';
import type { Verdict } from '../attempt.ts';
import { wrong } from '../failure.ts';
import { bytesOf } from './pools.ts';

const Gauge = v.object({
  measurements: v.pipe(
    v.array(v.object({ statistic: v.string(), value: v.number() })),
    v.minLength(1),
    v.maxLength(16),
  ),
});

/** Below the base path of metrics. An embedding application runs on Java 8 at least, so there is no PermGen. */
export const GAUGES = {
  metaspaceUsed: '/jvm.memory.used?tag=area:nonheap&tag=id:Metaspace',
  metaspaceMax: '/jvm.memory.max?tag=area:nonheap&tag=id:Metaspace',
  liveData: '/jvm.gc.live.data.size',
  liveDataMax: '/jvm.gc.max.data.size',
} as const;

/** Bytes; `null` for a gauge that says that there is no limit. */
export const readGauge = (body: string): Verdict<number | null> => {
  const gauge = v.safeParse(Gauge, parseJson(body), { abortEarly: true });
  const value = gauge.success
    ? gauge.output.measurements.find(({ statistic }) => statistic.toUpperCase() === 'VALUE')
    : undefined;
  return value === undefined
    ? wrong('garbage', 'not a gauge of Spring Boot Actuator')
    : { answer: 'ok', value: bytesOf(value.value) };
};
