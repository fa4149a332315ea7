/**
 * `GET /hazelcast/health/cluster-safe`: are all backups of the partitions that this member owns complete?
 * It waits for other members and hangs while one is sick: a gate before the next kill, never a verdict.
 */
import type { HazelcastLine } from '../../config/fleet.ts';
import type { Probe } from '../../core/observation.ts';
import type { Bounds, Endpoint } from './attempt.ts';
import { ask, type Question } from './http-probe.ts';

const SAFE: Question<boolean> = {
  method: 'GET',
  path: '/hazelcast/health/cluster-safe',
  bodyBytesMax: 1_024,
  isExpected: (status) => status === 200 || status === 503,
  read: ({ status }) => ({ answer: 'ok', value: status === 200 }),
};

/** Never rejects. `null`: this line of Hazelcast cannot say. */
export const askSafe = async (
  version: HazelcastLine,
  endpoint: Endpoint,
  bounds: Bounds,
): Promise<Probe<boolean> | null> =>
  version === '2.x' || version === '3.x' ? null : await ask(endpoint, bounds, SAFE);
