/**
 * `GET /hazelcast/health/cluster-safe`: are all backups of the partitions that this member owns complete?
 * It waits for other members and hangs while one is sick: a gate before the next kill, never a verdict.
 */
import type { HazelcastLine } from '../../config/fleet.ts';
import type { Probe } from '../../core/observation.ts';
import type { Bounds, Endpoint, Verdict } from './attempt.ts';
import { wrong } from './failure.ts';
import { type Answer, ask, type Question } from './http-probe.ts';

/** Since 3.12 by its status alone. A text would be that of 3.10, whose status is not known to say anything. */
const readSafe = ({ status, body }: Answer): Verdict<boolean> =>
  body === '' ? { answer: 'ok', value: status === 200 } : wrong('garbage', 'not a status alone');

const SAFE: Question<boolean> = {
  method: 'GET',
  path: '/hazelcast/health/cluster-safe',
  bodyBytesMax: 1_024,
  isExpected: (status) => status === 200 || status === 503,
  read: readSafe,
};

/** Never rejects. `null`: this line of Hazelcast does not say, or this release of 3.x. */
export const askSafe = async (
  version: HazelcastLine,
  endpoint: Endpoint,
  bounds: Bounds,
): Promise<Probe<boolean> | null> => {
  if (version === '2.x') return null;
  const safe = await ask(endpoint, bounds, SAFE);
  return version === '3.x' && safe.answer === 'wrong' ? null : safe;
};
