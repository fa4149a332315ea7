/** What a member answers to `/hazelcast/rest/cluster`: JSON since 4.0, plain text before. Pure. */
import * as v from 'valibot';

const json = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ members: v.array(v.object({ address: v.string() })) }),
);

/** @returns the addresses listed, oldest first; `null` when this is no whole list. */
export const addressesIn = (answer: string): readonly string[] | null =>
  answer.trimStart().startsWith('{') ? fromJson(answer) : fromText(answer);

/** `[10.77.1.4]:5701` */
const HOST = /\[([^\]]*)\]/;

const fromJson = (answer: string): readonly string[] | null => {
  const parsed = v.safeParse(json, answer);
  if (!parsed.success) return null;
  return parsed.output.members.map(({ address }) => HOST.exec(address)?.[1] ?? address);
};

/** A head with their number, then a line for each: `Cluster [2] {\n\tMember [10.77.1.4]:5701\n\t... this\n}`; 3.x says `Members`. */
const fromText = (answer: string): readonly string[] | null => {
  const count = /^\s*(?:Cluster|Members) \[(\d+)\] \{/.exec(answer)?.[1];
  const found = [...answer.matchAll(/^\s*Member \[([^\]]*)\]/gm)].map(([, host = '']) => host);
  return count !== undefined && found.length === Number(count) ? found : null;
};
