import { afterEach, describe, expect, it } from 'vitest';
import { clampDeadline, look } from '../../src/adapters/hazelcast/look.ts';
import { preview } from '../../src/adapters/hazelcast/preview.ts';
import { localObserver } from '../../src/adapters/system/local-observer.ts';
import type { Fleet } from '../../src/config/fleet.ts';
import type { LookReply } from '../../src/observation-wire.ts';
import type { LookRequest } from '../../src/ports.ts';
import { NO_QUESTIONS } from '../questions.ts';
import { fleetAt, healthy, Nodes } from './nodes.ts';

const nodes = new Nodes();
afterEach(async () => {
  await nodes.stop();
});

/** For nodes that are silent by design; long enough that a busy machine does not itself stand still for half of it. */
const SHORT_MS = 1_000;

type Seen = Extract<LookReply, { sighted: boolean }>;

const PROBER = { look, preview };

const requestOf = (addresses: readonly string[], more: Partial<LookRequest> = {}): LookRequest => ({
  fleet: 'shop',
  side: 'blue',
  nodes: addresses.map((address, index) => ({ instanceId: `i-${index}`, address })),
  balancerAddresses: [],
  probeDeadlineMs: 5_000,
  questions: NO_QUESTIONS,
  ...more,
});

const round = async (fleet: Fleet, request: LookRequest): Promise<LookReply> =>
  await look(fleet, request, new AbortController().signal);

const seen = async (fleet: Fleet, request: LookRequest): Promise<Seen> => {
  const reply = await round(fleet, request);
  if ('failed' in reply) throw new Error(reply.failed);
  return reply;
};

describe('a round', () => {
  it('over 200 nodes, each tenth hanging, sees every one of them', async () => {
    const address = (n: number): string => `127.20.0.${n + 1}`;
    const all = Array.from({ length: 200 }, (_, n) => n);
    const isHanging = (n: number): boolean => n % 10 === 0;
    const first = await nodes.start(() => undefined, { address: address(0) });
    for (const n of all.slice(1)) {
      await nodes.start(isHanging(n) ? () => undefined : healthy, {
        address: address(n),
        port: first.port,
      });
    }
    // The longest there is: a busy machine has to answer for 180 nodes.
    const request = requestOf(all.map(address), { probeDeadlineMs: 5_000 });
    const { sights, sighted } = await seen(fleetAt(first.port), request);
    expect(sighted).toBe(true);
    const verdicts = all.map((n) => sights[`i-${n}`]?.health.answer);
    expect(verdicts).toEqual(all.map((n) => (isHanging(n) ? 'silent' : 'ok')));
  });

  it('asks no node outside the networks of the fleet, and leaves it without a sight', async () => {
    const inside = await nodes.start(healthy, { address: '127.20.0.1' });
    const outside = await nodes.start(healthy, { address: '127.21.0.1', port: inside.port });
    const fleet = fleetAt(inside.port, { networks: ['127.20.0.0/16'] });
    const reply = await seen(
      fleet,
      requestOf([inside.address, outside.address, '', 'localhost', '::1', '127.20.0.1/8']),
    );
    expect(Object.keys(reply.sights)).toEqual(['i-0']);
    expect(reply.refused).toEqual(['i-1', 'i-2', 'i-3', 'i-4', 'i-5']);
    expect(outside.requests).toEqual([]);
  });

  it('in which every node is outside the networks says so instead of showing a dead cluster', async () => {
    const fleet = fleetAt(5701, { networks: ['10.0.0.0/8'] });
    expect(await round(fleet, requestOf(['127.0.0.1', '']))).toEqual({
      failed:
        'every node is outside the networks of fleet shop (10.0.0.0/8), for example 127.0.0.1',
    });
  });

  it.each([
    [0, 100],
    [-1, 100],
    [1_000, 1_000],
    [1e12, 5_000],
  ])('asked for a deadline of %d ms takes %d ms', (wantedMs, expectedMs) => {
    expect(clampDeadline(wantedMs)).toBe(expectedMs);
  });

  it('of an observer that stood still itself blames no node', async () => {
    const node = await nodes.start(() => undefined);
    const reply = round(fleetAt(node.port), requestOf([node.address], { probeDeadlineMs: 200 }));
    await new Promise((resolve) => setTimeout(resolve, 50));
    const untilMs = performance.now() + 600;
    while (performance.now() < untilMs);
    expect(await reply).toMatchObject({ failed: expect.stringContaining('stood still') });
  });
});

describe('the self-test', () => {
  it('is passed when any node answers, were it by refusing', async () => {
    const node = await nodes.nobody();
    const reply = await seen(fleetAt(node.port), requestOf([node.address]));
    expect(reply).toMatchObject({
      sighted: true,
      sights: { 'i-0': { tcp: { cause: 'refused' } } },
    });
  });

  it('is not passed by silence alone, nor by an application that the fleet does not have', async () => {
    const node = await nodes.swallowing();
    const request = requestOf([node.address], { probeDeadlineMs: SHORT_MS });
    expect(await seen(fleetAt(node.port), request)).toMatchObject({ sighted: false });
    expect(await seen(fleetAt(node.port, { application: null }), request)).toMatchObject({
      sighted: false,
      sights: { 'i-0': { tcp: { answer: 'silent', cause: 'connectTimeout' } } },
    });
  });

  it('is passed when the balancer answers although no node does', async () => {
    const node = await nodes.swallowing();
    const reply = await seen(
      fleetAt(node.port),
      // Nothing listens on ports 80 and 443 there, so its kernel refuses: the way is open.
      requestOf([node.address], { probeDeadlineMs: SHORT_MS, balancerAddresses: ['127.30.0.1'] }),
    );
    expect(reply).toMatchObject({
      sighted: true,
      sights: { 'i-0': { tcp: { answer: 'silent' } } },
    });
  });

  it('tries no balancer outside the networks, and of nothing at all sees nothing', async () => {
    const fleet = fleetAt(5701, { networks: ['127.20.0.0/16'] });
    const reply = await seen(fleet, requestOf([], { balancerAddresses: ['127.30.0.1'] }));
    expect(reply).toEqual({ sighted: false, sights: {}, crossings: [], refused: [] });
  });
});

describe('an observer in this process', () => {
  it('gives the round under its own name', async () => {
    const node = await nodes.start(healthy);
    const observer = localObserver('here', fleetAt(node.port), PROBER);
    const { signal } = new AbortController();
    expect(await observer.look(requestOf([node.address]), signal)).toMatchObject({
      observer: 'here',
      sighted: true,
      sights: { 'i-0': { health: { answer: 'ok' } } },
    });
  });

  it('says that it was broken off, and leaves the nodes', async () => {
    const node = await nodes.start(() => undefined);
    const observer = localObserver('here', fleetAt(node.port), PROBER);
    const tick = new AbortController();
    const reply = observer.look(requestOf([node.address]), tick.signal);
    tick.abort();
    expect(await reply).toEqual({ observer: 'here', failed: 'the round was broken off' });
  });

  it('passes on why it saw nothing', async () => {
    const observer = localObserver('here', fleetAt(1, { networks: ['10.0.0.0/8'] }), PROBER);
    const reply = await observer.look(requestOf(['127.0.0.1']), new AbortController().signal);
    expect(reply).toMatchObject({ observer: 'here', failed: expect.stringMatching(/outside/) });
  });
});
