import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readHealth } from '../../src/adapters/hazelcast/health.ts';
import { readView } from '../../src/adapters/hazelcast/view.ts';
import type { View } from '../../src/core/observation.ts';
import { recorded } from './nodes.ts';

const UUID = '2c4e64a8-7a2d-453f-ad8d-22f082a29796';
const entry = (address: unknown, uuid: unknown = UUID) => ({ address, uuid, liteMember: false });
const body = (...members: unknown[]): string => JSON.stringify({ members, connectionCount: 1 });
const addresses = (text: string): readonly string[] | string => {
  const view = readView(text);
  if (view.answer === 'ok') return view.value.members.map(({ address }) => address);
  return `${view.answer}/${view.cause}`;
};

describe('a member list', () => {
  it('keeps the order in which members joined, the master first', () => {
    const [, text = ''] = recorded('rest-cluster-2').toString().split('\r\n\r\n');
    expect(addresses(text)).toEqual(['127.77.0.1', '127.77.0.2', '127.77.0.3']);
  });

  it('may hold the member alone, or nobody before it has joined', () => {
    const [, text = ''] = recorded('rest-cluster-alone').toString().split('\r\n\r\n');
    expect(addresses(text)).toEqual(['127.77.0.1']);
    expect(addresses(body())).toEqual([]);
  });

  it.each([
    ['a name instead of an address', entry('[localhost]:5701')],
    ['an IPv6 address', entry('[::1]:5701')],
    ['an octet too large', entry('[10.0.0.256]:5701')],
    ['a leading zero', entry('[010.0.0.1]:5701')],
    ['no port', entry('[10.0.0.1]')],
    ['something behind', entry('[10.0.0.1]:5701\nhello')],
    ['a huge name', entry(`[${'9'.repeat(100_000)}]:5701`)],
    ['a number', entry(5701)],
    ['no uuid', { address: '[10.0.0.1]:5701' }],
    ['no such uuid', entry('[10.0.0.1]:5701', 'me')],
    ['null', null],
    ['a list', [['[10.0.0.1]:5701', UUID]]],
  ])('leaves out an entry with %s', (_, bad) => {
    expect(addresses(body(bad, entry('[10.0.0.9]:5701')))).toEqual(['10.0.0.9']);
    expect(addresses(body(bad))).toBe('wrong/garbage');
  });

  it('mentions an address once, at its first place', () => {
    const text = body(
      entry('[10.0.0.2]:5701'),
      entry('[10.0.0.1]:5701'),
      entry('[10.0.0.2]:5702', UUID.replace('2', '3')),
    );
    expect(readView(text)).toEqual({
      answer: 'ok',
      value: {
        members: [
          { address: '10.0.0.2', uuid: UUID },
          { address: '10.0.0.1', uuid: UUID },
        ],
      },
    });
  });

  it('of 1,000 is read, of 10,000 is garbage', () => {
    const of = (count: number): string =>
      body(
        ...Array.from({ length: count }, (_, i) =>
          entry(`[10.${i >> 16}.${(i >> 8) & 255}.${i & 255}]:5701`),
        ),
      );
    expect(addresses(of(1_000))).toHaveLength(1_000);
    expect(addresses(of(10_000))).toBe('wrong/garbage');
  });

  it.each([
    ['nothing', ''],
    ['half an answer', '{"members":[{"address":"[10.0.0.1]:5701"'],
    ['the text of a 2.x member', 'Members [2] {\n\tMember [10.0.0.1]:5701 this\n}\n'],
    ['deep nesting', '['.repeat(128 * 1024)],
    ['no list', '{"members":{"length":1}}'],
    ['a way into the prototype', '{"__proto__":{"members":[]}}'],
  ])('is not %s', (_, text) => {
    expect(addresses(text)).toBe('wrong/garbage');
  });
});

describe('whatever a node sends as a member list', () => {
  const anyEntry = fc.oneof(
    fc.anything(),
    fc.record({
      address: fc.oneof(
        fc.ipV4().map((ip) => `[${ip}]:5701`),
        fc.string(),
        fc.anything(),
      ),
      uuid: fc.oneof(fc.uuid(), fc.string(), fc.anything()),
    }),
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.uint8Array({ maxLength: 2_000 }).map((bytes) => Buffer.from(bytes).toString('utf8')),
    fc.json(),
    fc.array(anyEntry, { maxLength: 30 }).map((members) => {
      try {
        return JSON.stringify({ members }) ?? '';
      } catch {
        return '';
      }
    }),
  );

  it('is never thrown at, and only well-formed members remain', () => {
    fc.assert(
      fc.property(text, (bytes) => {
        const view = readView(bytes);
        expect(view.answer === 'wrong' ? view.cause : view.answer).toMatch(/^(ok|garbage)$/);
        const members = view.answer === 'ok' ? view.value.members : [];
        for (const { address, uuid } of members) {
          expect(address).toMatch(/^\d{1,3}(\.\d{1,3}){3}$/);
          expect(uuid).toMatch(/^[0-9a-f-]{36}$/);
        }
        expect(new Set(members.map(({ address }) => address)).size).toBe(members.length);
      }),
      { numRuns: 2_000 },
    );
  });

  it('gives the same view when it is told again', () => {
    const members = fc.uniqueArray(fc.record({ address: fc.ipV4(), uuid: fc.uuid() }), {
      selector: ({ address }) => address,
      maxLength: 50,
    });
    const told = (view: View): string =>
      body(...view.members.map(({ address, uuid }) => entry(`[${address}]:5701`, uuid)));
    fc.assert(
      fc.property(members, (list) => {
        const view = { members: list };
        expect(readView(told(view))).toEqual({ answer: 'ok', value: view });
      }),
    );
  });
});

describe('health headers', () => {
  const good = { nodestate: 'ACTIVE', clusterstate: 'FROZEN', clustersize: '3' };

  it('are read with and without their prefix', () => {
    const value = { nodeState: 'ACTIVE', clusterState: 'FROZEN', clusterSize: 3 };
    const prefixed = Object.fromEntries(
      Object.entries(good).map(([name, text]) => [`hazelcast-${name}`, text]),
    );
    expect(readHealth(good)).toEqual({ answer: 'ok', value });
    expect(readHealth(prefixed)).toEqual({ answer: 'ok', value });
  });

  it.each([
    ['a missing state', { ...good, nodestate: undefined }],
    ['an endless state', { ...good, nodestate: 'A'.repeat(10_000) }],
    ['a state for the terminal', { ...good, clusterstate: '\x1b[2J' }],
    ['a negative size', { ...good, clustersize: '-1' }],
    ['a size in words', { ...good, clustersize: 'NaN' }],
  ])('with %s are garbage', (_, headers) => {
    expect(readHealth(headers)).toMatchObject({ answer: 'wrong', cause: 'garbage' });
  });
});
