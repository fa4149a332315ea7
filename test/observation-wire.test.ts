import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readReply, readRequest, SLICE_NODES_MAX } from '../src/observation-wire.ts';
import { NO_QUESTIONS } from './questions.ts';

const REQUEST = {
  fleet: 'shop',
  side: 'blue',
  nodes: [{ instanceId: 'i-0123456789abcdef0', address: '10.0.0.1' }],
  balancerAddresses: ['10.0.0.250'],
  probeDeadlineMs: 1_000,
  questions: NO_QUESTIONS,
};
const OK = { answer: 'ok', value: null, tookMs: 1 };
const HEALTH = { nodeState: 'ACTIVE', clusterState: 'ACTIVE', clusterSize: 3 };
const SIGHT = {
  tcp: OK,
  health: { answer: 'ok', value: HEALTH, tookMs: 1 },
  view: { answer: 'ok', value: { members: [] }, tookMs: 1 },
  application: OK,
  canary: { answer: 'none', why: 'off' },
  memory: null,
  safe: null,
};
const replyWith = (sight: unknown) => ({
  sighted: true,
  sights: { 'i-1': sight },
  crossings: [],
  refused: [],
});

describe('a request', () => {
  it('is taken as it is', () => {
    expect(readRequest(REQUEST)).toEqual({ ok: true, value: REQUEST });
  });

  it('may hold an instance that has no address any more', () => {
    const nodes = [{ instanceId: 'i-1', address: '' }];
    expect(readRequest({ ...REQUEST, nodes }).ok).toBe(true);
  });

  it.each([
    ['ports', { ...REQUEST, port: 22 }],
    ['a port of a node', { ...REQUEST, nodes: [{ ...REQUEST.nodes[0], port: 22 }] }],
    ['a path', { ...REQUEST, path: '/admin' }],
    ['networks', { ...REQUEST, networks: ['0.0.0.0/0'] }],
    ['a foreign kind of id', { ...REQUEST, nodes: [{ instanceId: '__proto__', address: '' }] }],
    [
      'too many nodes',
      { ...REQUEST, nodes: Array.from({ length: SLICE_NODES_MAX + 1 }, () => REQUEST.nodes[0]) },
    ],
    ['a host name', { ...REQUEST, balancerAddresses: ['example.com'] }],
    ['no deadline', { ...REQUEST, probeDeadlineMs: null }],
    ['an endless deadline', { ...REQUEST, probeDeadlineMs: Number.POSITIVE_INFINITY }],
    ['a fleet like a path', { ...REQUEST, fleet: '../../etc' }],
    ['nothing', undefined],
  ])('with %s is refused, and the refusal does not repeat it', (_, value) => {
    const reading = readRequest(value);
    expect(reading).toMatchObject({ ok: false });
    expect(JSON.stringify(reading)).not.toMatch(/22|admin|0\.0\.0\.0|example|etc/);
  });
});

describe('a reply', () => {
  it('is taken as it is', () => {
    expect(readReply(replyWith(SIGHT))).toEqual({ ok: true, value: replyWith(SIGHT) });
  });

  it('may list members without a uuid, as 2.x does', () => {
    const members = [{ address: '10.0.0.1', uuid: '' }];
    const sight = { ...SIGHT, view: { ...SIGHT.view, value: { members } } };
    expect(readReply(replyWith(sight))).toEqual({ ok: true, value: replyWith(sight) });
  });

  it.each([
    [
      'another word than a uuid',
      {
        ...SIGHT,
        view: { ...SIGHT.view, value: { members: [{ address: '10.0.0.1', uuid: 'me' }] } },
      },
    ],
    ['an unknown answer', { ...SIGHT, tcp: { answer: 'maybe', tookMs: 1 } }],
    ['a missing probe', { ...SIGHT, view: undefined }],
    [
      'a detail for the terminal',
      { ...SIGHT, tcp: { ...OK, answer: 'wrong', cause: 'status', detail: '\x1b' } },
    ],
    ['a negative time', { ...SIGHT, tcp: { ...OK, tookMs: -1 } }],
    [
      'a state in prose',
      { ...SIGHT, health: { ...SIGHT.health, value: { ...HEALTH, nodeState: 'a b' } } },
    ],
    [
      'a host name in a view',
      { ...SIGHT, view: { ...SIGHT.view, value: { members: [{ address: 'x', uuid: 'y' }] } } },
    ],
  ])('with %s is refused as a whole', (_, sight) => {
    expect(readReply(replyWith(sight)).ok).toBe(false);
  });
});

it('neither side throws at anything', () => {
  fc.assert(
    fc.property(fc.oneof(fc.anything(), fc.jsonValue()), (value) => {
      for (const read of [readRequest, readReply]) {
        const reading = read(value);
        expect(reading.ok ? 'fine' : reading.error).toMatch(/^[\x20-\x7e]+$/);
      }
    }),
    { numRuns: 1_000 },
  );
});
