/** The headers of `HEAD /hazelcast/health`. The body of a GET would wait for other members; never ask for it. */
import type { IncomingHttpHeaders } from 'node:http';
import type { MemberHealth } from '../../core/observation.ts';
import type { Verdict } from './attempt.ts';
import { wrong } from './failure.ts';

const WORD = /^[A-Za-z_]{1,32}$/;
const COUNT = /^[0-9]{1,6}$/;

/** 5.7 sends `Hazelcast-NodeState`; some documents leave the prefix out. */
const header = (headers: IncomingHttpHeaders, name: string, pattern: RegExp): string | null => {
  const value = headers[`hazelcast-${name}`] ?? headers[name];
  return typeof value === 'string' && pattern.test(value) ? value : null;
};

export const readHealth = (headers: IncomingHttpHeaders): Verdict<MemberHealth> => {
  const nodeState = header(headers, 'nodestate', WORD);
  const clusterState = header(headers, 'clusterstate', WORD);
  const clusterSize = header(headers, 'clustersize', COUNT);
  if (nodeState === null || clusterState === null || clusterSize === null) {
    return wrong('garbage', 'not the health headers of a Hazelcast member');
  }
  return { answer: 'ok', value: { nodeState, clusterState, clusterSize: Number(clusterSize) } };
};
