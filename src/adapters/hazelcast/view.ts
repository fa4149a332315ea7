/**
 * The body of `GET /hazelcast/rest/cluster` since 4.0: whom a member lists. What it says is evidence about that
 * member and may be a lie, so only what is well formed is kept, and never more than a cluster can have.
 */
import { isIPv4 } from 'node:net';
import * as v from 'valibot';
import type { View, ViewMember } from '../../core/observation.ts';
import { parseJson } from '../../parse-json.ts';
import type { Verdict } from './attempt.ts';
import { wrong } from './failure.ts';

/** Far above any real cluster (the largest known have some hundreds), far below what would hurt us. */
export const MEMBERS_MAX = 1_000;

const Cluster = v.object({ members: v.pipe(v.array(v.unknown()), v.maxLength(MEMBERS_MAX)) });

/** `[10.0.0.1]:5701`; the port is not kept, because a node is one address. */
const Member = v.object({
  address: v.pipe(v.string(), v.regex(/^\[[0-9.]{7,15}\]:[0-9]{1,5}$/)),
  uuid: v.pipe(v.string(), v.uuid(), v.toLowerCase()),
});

export const readView = (body: string): Verdict<View> => {
  const cluster = v.safeParse(Cluster, parseJson(body), { abortEarly: true });
  if (!cluster.success) return wrong('garbage', `not a member list of at most ${MEMBERS_MAX}`);
  const listed = cluster.output.members;
  const members = withoutRepeats(listed.flatMap(readMember));
  // A member that has yet to join may list nobody; a list of nothing but nonsense is no list.
  return listed.length > 0 && members.length === 0
    ? wrong('garbage', 'lists no member with an IPv4 address and a uuid')
    : { answer: 'ok', value: { members } };
};

const readMember = (entry: unknown): readonly ViewMember[] => {
  const member = v.safeParse(Member, entry, { abortEarly: true });
  if (!member.success) return [];
  const address = member.output.address.slice(1, member.output.address.indexOf(']'));
  return isIPv4(address) ? [{ address, uuid: member.output.uuid }] : [];
};

/** No two members of a cluster share an address; the first mention keeps its place in the join order. */
export const withoutRepeats = (members: readonly ViewMember[]): readonly ViewMember[] => {
  const seen = new Map<string, ViewMember>();
  for (const member of members) {
    if (!seen.has(member.address)) seen.set(member.address, member);
  }
  return [...seen.values()];
};
