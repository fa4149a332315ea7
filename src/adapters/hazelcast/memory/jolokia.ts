/** Jolokia: all memory pools by one GET. Its HTTP status is 200 also for an error; its own status is in the body. */
import * as v from 'valibot';
import type { Memory } from '../../../core/observation.ts';
import { parseJson } from '../../../parse-json.ts';
import type { Verdict } from '../attempt.ts';
import { wrong } from '../failure.ts';
import { bytesOf, memoryOf, type PoolUsage } from './pools.ts';

/** Below Jolokia's base path. A pattern, because PermGen has four names. */
export const POOLS = '/read/java.lang:type=MemoryPool,name=*/Usage,CollectionUsage';

const Usage = v.nullish(v.object({ used: v.number(), max: v.optional(v.number()) }));
const Answer = v.object({
  status: v.number(),
  value: v.optional(v.record(v.string(), v.object({ Usage, CollectionUsage: Usage }))),
});

export const readJolokia = (body: string): Verdict<Memory> => {
  const parsed = v.safeParse(Answer, parseJson(body), { abortEarly: true });
  if (!parsed.success) return wrong('garbage', 'not an answer of Jolokia about memory pools');
  const { status, value = {} } = parsed.output;
  if (status !== 200) return wrong('status', `Jolokia says ${status}`);
  const memory = memoryOf(Object.entries(value).flatMap(poolOf));
  return memory === null
    ? wrong('garbage', 'tells of no memory pool of a JVM')
    : { answer: 'ok', value: memory };
};

/** `java.lang:name=Metaspace,type=MemoryPool`, in either order. */
const NAME = /[:,]name=([^,]+)/;

const poolOf = ([bean, { Usage: now, CollectionUsage: after }]: readonly [
  string,
  NonNullable<v.InferOutput<typeof Answer>['value']>[string],
]): readonly PoolUsage[] => {
  const name = NAME.exec(bean)?.[1];
  if (name === undefined) return [];
  return [
    {
      name,
      used: bytesOf(now?.used),
      max: bytesOf(now?.max),
      usedAfterGc: bytesOf(after?.used),
    },
  ];
};
