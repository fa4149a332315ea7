/** The two questions that a member answers from its own memory, in the words of its line of Hazelcast. */
import type { HazelcastLine } from '../../config/fleet.ts';
import type { MemberHealth, Probe, Sight, View } from '../../core/observation.ts';
import type { Bounds, Endpoint } from './attempt.ts';
import { wrong } from './failure.ts';
import { readHealth } from './health.ts';
import { ask, type Question } from './http-probe.ts';
import { readView } from './view.ts';
import { readTextView, type TextView } from './view-text.ts';

/** 1,000 members, the most that is read, are about 140 KB. */
const VIEW_BYTES_MAX = 256 * 1024;

const HEALTH: Question<MemberHealth> = {
  method: 'HEAD',
  path: '/hazelcast/health',
  bodyBytesMax: 0,
  isExpected: (status) => status === 200,
  read: ({ headers }) => readHealth(headers),
};

const CLUSTER = {
  method: 'GET',
  path: '/hazelcast/rest/cluster',
  bodyBytesMax: VIEW_BYTES_MAX,
  isExpected: (status: number) => status === 200,
} as const;
const VIEW: Question<View> = { ...CLUSTER, read: ({ body }) => readView(body) };
const TEXT_VIEW: Question<TextView> = { ...CLUSTER, read: ({ body }) => readTextView(body) };

/** `view` is `null` when it was not asked yet. */
type HealthAnswers = Pick<Sight, 'tcp' | 'health'> & { readonly view: Probe<View> | null };

/**
 * Never rejects.
 *
 * - A hung process accepts nothing, and its kernel ignores us once 101 connections wait (Hazelcast's
 *   backlog is 100): silence after a handshake would become silence of the host. So a node that is
 *   silent is not asked twice; the view is then as silent as the health.
 * - The TCP probe is the handshake of the health probe: a connection without a request would leave two
 *   lines in the member's log each time.
 * - 2.x has no health: its list of members stands for it, and a member that lists itself is active.
 */
export const askHealth = async (
  version: HazelcastLine,
  endpoint: Endpoint,
  bounds: Bounds,
): Promise<HealthAnswers> => {
  const begunMs = performance.now();
  let connectedMs: number | null = null;
  const onConnect = (): void => {
    connectedMs = Math.round(performance.now() - begunMs);
  };
  if (version === '2.x') {
    const view = await ask(endpoint, bounds, TEXT_VIEW, onConnect);
    return { tcp: tcpOf(view, connectedMs), health: healthOf(view), view };
  }
  const health = await ask(endpoint, bounds, HEALTH, onConnect);
  const view = health.answer === 'silent' ? health : null;
  return { tcp: tcpOf(health, connectedMs), health, view };
};

/** Never rejects. */
export const askView = async (
  version: HazelcastLine,
  endpoint: Endpoint,
  bounds: Bounds,
): Promise<Probe<View>> =>
  version === '2.x' || version === '3.x'
    ? await ask(endpoint, bounds, TEXT_VIEW)
    : await ask(endpoint, bounds, VIEW);

const tcpOf = (first: Probe<unknown>, connectedMs: number | null): Probe<null> =>
  connectedMs !== null || first.answer === 'ok'
    ? { answer: 'ok', value: null, tookMs: connectedMs ?? first.tookMs }
    : first;

/** 2.x has no states of member or cluster: whoever has joined is active. */
const healthOf = (view: Probe<TextView>): Probe<MemberHealth> => {
  if (view.answer !== 'ok') return view;
  const { hasSelf, members } = view.value;
  return hasSelf
    ? {
        ...view,
        value: { nodeState: 'ACTIVE', clusterState: 'ACTIVE', clusterSize: members.length },
      }
    : { ...wrong('garbage', 'a list of members without itself'), tookMs: view.tookMs };
};
