/**
 * `GET /hazelcast/rest/cluster` before 4.0: plain text, one line a member, in the order in which they joined.
 *
 * 2.x: `Members [2] {` and `Member [10.0.0.1]:5701 this`; 3.x: `Members {size:2, ver:2} [` and
 * `Member [10.0.0.1]:5701 - 5a0b... this`.
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

const HEADING = /^\s*Members (?:\[\d{1,6}\] \{|\{size:\d{1,6}, ver:\d{1,9}\} \[)\r?\n/;
const MEMBER =
  /^\s*Member \[([0-9.]{7,15})\]:\d{1,5}(?: - ([0-9a-f-]{36}))?( this)?(?: lite)?\r?$/gm;

export const readTextView = (body: string): Verdict<TextView> => {
  if (!HEADING.test(body)) return wrong('garbage', 'not the text of a member list');
  const listed = [...body.matchAll(MEMBER)].slice(0, MEMBERS_MAX + 1);
  if (listed.length > MEMBERS_MAX) return wrong('garbage', `more than ${MEMBERS_MAX} members`);
  const members = listed.flatMap(([, address = '', uuid = '']): readonly ViewMember[] =>
    isIPv4(address) ? [{ address, uuid }] : [],
  );
  const hasSelf = listed.some(([, , , self]) => self !== undefined);
  return { answer: 'ok', value: { members: withoutRepeats(members), hasSelf } };
};
