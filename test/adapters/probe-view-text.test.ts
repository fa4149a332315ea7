import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readTextView } from '../../src/adapters/hazelcast/view-text.ts';

const UUID = '6229b977-4e09-42e8-a68b-6353f17209c5';
const END = '}\n\nConnectionCount: 1\nAllConnectionCount: 1\n';
const text = (...lines: string[]): string =>
  `Cluster [${lines.length}] {\n${lines.map((line) => `\t${line}\n`).join('')}${END}`;
const read = (body: string): unknown => {
  const view = readTextView(body);
  return view.answer === 'ok' ? view.value : `${view.answer}/${view.cause}`;
};

describe('a member list in plain text', () => {
  it('of 2.6 keeps the order, tells no uuid, and knows itself', () => {
    expect(read(text('Member [10.0.0.2]:5701', 'Member [10.0.0.1]:5701 this'))).toEqual({
      members: [
        { address: '10.0.0.2', uuid: '' },
        { address: '10.0.0.1', uuid: '' },
      ],
      hasSelf: true,
    });
  });

  it('of 3.12 tells uuids', () => {
    const body = `\n\nMembers {size:2, ver:3} [\n\tMember [10.0.0.1]:5701 - ${UUID} this\n\tMember [10.0.0.2]:5701 - ${UUID.replace('6', '7')} lite\n]\n\nConnectionCount: 2\nAllConnectionCount: 6\n`;
    expect(read(body)).toEqual({
      members: [
        { address: '10.0.0.1', uuid: UUID },
        { address: '10.0.0.2', uuid: UUID.replace('6', '7') },
      ],
      hasSelf: true,
    });
  });

  it('of the lines between them is read as well', () => {
    const body = `\n\nMembers [1] {\n\tMember [10.0.0.1]:5701 this\n}\n`;
    expect(read(body)).toEqual({ members: [{ address: '10.0.0.1', uuid: '' }], hasSelf: true });
  });

  it('may be empty, or without the member itself', () => {
    expect(read(text())).toEqual({ members: [], hasSelf: false });
    expect(read(text('Member [10.0.0.1]:5701'))).toMatchObject({ hasSelf: false });
  });

  it.each([
    ['a name', 'Member [localhost]:5701'],
    ['an octet too large', 'Member [10.0.0.256]:5701'],
    ['no port', 'Member [10.0.0.3]'],
    ['something behind', 'Member [10.0.0.3]:5701 that'],
    ['a broken uuid', 'Member [10.0.0.3]:5701 - 6229b977 this'],
  ])('leaves out a line with %s', (_, bad) => {
    expect(read(text(bad, 'Member [10.0.0.9]:5701 this'))).toMatchObject({
      members: [{ address: '10.0.0.9' }],
    });
  });

  it('mentions an address once, at its first place', () => {
    const body = text('Member [10.0.0.2]:1', 'Member [10.0.0.1]:1', 'Member [10.0.0.2]:2');
    expect(read(body)).toMatchObject({
      members: [{ address: '10.0.0.2' }, { address: '10.0.0.1' }],
    });
  });

  it('of 1,000 is read, of more is garbage', () => {
    const of = (count: number): string =>
      text(...Array.from({ length: count }, (_, n) => `Member [10.1.${n >> 8}.${n & 255}]:5701`));
    expect(read(of(1_000))).toMatchObject({ members: { length: 1_000 } });
    expect(read(of(1_001))).toBe('wrong/garbage');
  });

  it.each([
    ['nothing', ''],
    ['JSON', '{"members":[]}'],
    ['a page', '<html>Cluster [3] {</html>'],
    ['a heading too late', `${' '.repeat(100)}${text()}`],
  ])('is not %s', (_, body) => {
    expect(read(body)).toBe('wrong/garbage');
  });

  it('is never thrown at, and only addresses remain', () => {
    const line = fc.oneof(
      fc.string(),
      fc.ipV4().map((ip) => `Member [${ip}]:5701`),
      fc.tuple(fc.ipV4(), fc.string()).map(([ip, rest]) => `Member [${ip}]:5701${rest}`),
    );
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const view = readTextView(text(...lines));
        if (view.answer !== 'ok') return;
        for (const { address, uuid } of view.value.members) {
          expect(address).toMatch(/^[0-9.]{7,15}$/);
          expect(uuid).toMatch(/^([0-9a-f-]{36})?$/);
        }
      }),
    );
  });
});
