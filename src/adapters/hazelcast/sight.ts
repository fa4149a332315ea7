/**
 * All probes of one node, within one deadline.
 *
 * Never `GET /hazelcast/health` nor `cluster-safe`: while one member is sick they hang on every
 * member, and would turn one sick node into a total failure.
 */
import type { Fleet } from '../../config/fleet.ts';
import type { Address, MemberHealth, Probe, Sight, View } from '../../core/observation.ts';
import type { Bounds, Endpoint } from './attempt.ts';
import { readHealth } from './health.ts';
import { ask, type Question } from './http-probe.ts';
import { readView } from './view.ts';

/** 1,000 members, the most that is read, are about 140 KB. */
const VIEW_BYTES_MAX = 256 * 1024;
/** A check that users' traffic depends on is small; one that is not still gets an answer: `tooLarge`. */
const APPLICATION_BYTES_MAX = 64 * 1024;

const HEALTH: Question<MemberHealth> = {
  method: 'HEAD',
  path: '/hazelcast/health',
  bodyBytesMax: 0,
  isExpected: (status) => status === 200,
  read: ({ headers }) => readHealth(headers),
};

const VIEW: Question<View> = {
  method: 'GET',
  path: '/hazelcast/rest/cluster',
  bodyBytesMax: VIEW_BYTES_MAX,
  isExpected: (status) => status === 200,
  read: ({ body }) => readView(body),
};

const applicationQuestion = (path: string): Question<null> => ({
  method: 'GET',
  path,
  bodyBytesMax: APPLICATION_BYTES_MAX,
  isExpected: (status) => status >= 200 && status < 300,
  read: () => ({ answer: 'ok', value: null }),
});

export type Watched = Pick<Fleet, 'member' | 'application'>;

/** Never rejects. A fleet without an application to call gives `ok` after 0 ms for it. */
export const sightOf = async (fleet: Watched, address: Address, bounds: Bounds): Promise<Sight> => {
  const [member, application] = await Promise.all([
    memberSight({ address, port: fleet.member.port }, bounds),
    fleet.application === null
      ? { answer: 'ok' as const, value: null, tookMs: 0 }
      : ask(
          { address, port: fleet.application.port },
          bounds,
          applicationQuestion(fleet.application.path),
        ),
  ]);
  return {
    ...member,
    canary: { answer: 'none', why: 'off' },
    application,
    memory: null,
    safe: null,
  };
};

/**
 * Health first, then the view in what is left of the deadline.
 *
 * - A hung process accepts nothing, and its kernel ignores us once 101 connections wait (Hazelcast's
 *   backlog is 100): silence after a handshake would become silence of the host. So a node that is
 *   silent is not asked twice; the view is then as silent as the health.
 * - The TCP probe is the handshake of the health probe: a connection without a request would leave two
 *   lines in the member's log each time.
 */
const memberSight = async (
  endpoint: Endpoint,
  bounds: Bounds,
): Promise<Pick<Sight, 'tcp' | 'health' | 'view'>> => {
  const begunMs = performance.now();
  let connectedMs: number | null = null;
  const health = await ask(endpoint, bounds, HEALTH, () => {
    connectedMs = Math.round(performance.now() - begunMs);
  });
  const tcp = tcpOf(health, connectedMs);
  if (health.answer === 'silent') return { tcp, health, view: health };
  const deadlineMs = Math.max(1, bounds.deadlineMs - (performance.now() - begunMs));
  return { tcp, health, view: await ask(endpoint, { ...bounds, deadlineMs }, VIEW) };
};

const tcpOf = (health: Probe<MemberHealth>, connectedMs: number | null): Probe<null> => {
  if (connectedMs !== null || health.answer === 'ok') {
    return { answer: 'ok', value: null, tookMs: connectedMs ?? health.tookMs };
  }
  return health;
};
