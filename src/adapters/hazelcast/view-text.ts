/**
 * `GET /hazelcast/rest/cluster` before 4.0: plain text, one line a member, in the order in which they joined.
 *
 * 2.6: `Cluster [2] {` and `Member [10.0.0.1]:5701 this`; 3.12: `Members {size:2, ver:2} [` and
 * `Member [10.0.0.1]:5701 - 5a0b... this`; between them `Members [2] {`.
 */
import { isIPv4 } from 'node:net';
import type { View, ViewMember } from '../../core/observation.ts';
import type { Verdict } from './attempt.ts';
import { wrong } from './failure.ts';
import { MEMBERS_MAX, withoutRepeats } from './view.ts';

export interface TextView extends View {
  /** Whether the member lists itself, as one that has joined does. */
  readonly hasSelf: boolean;
}

const HEADING =
  /^\s{0,8}(?:Cluster|Members) (?:\[\d{1,6}\] \{|\{size:\d{1,6}, ver:\d{1,9}\} \[)\r?\n/;
const MEMBER =
  /^\tMember \[([0-9.]{7,15})\]:\d{1,5}(?: - ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}))?( this)?(?: lite)?\r?$/gm;

export const readTextView = (body: string): Verdict<TextView> => {
  if (!HEADING.test(body)) return wrong('garbage', 'not the text of a member list');
  const listed = [...body.matchAll(MEMBER)];
  if (listed.length > MEMBERS_MAX) return wrong('garbage', `more than ${MEMBERS_MAX} members`);
  const members = listed.flatMap(([, address = '', uuid = '']): readonly ViewMember[] =>
    isIPv4(address) ? [{ address, uuid }] : [],
  );
  const hasSelf = listed.some(([, , , self]) => self !== undefined);
  return { answer: 'ok', value: { members: withoutRepeats(members), hasSelf } };
};
