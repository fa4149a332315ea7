import { describe, expect, it } from 'vitest';
import { addressesIn } from '../../lab/stage/member-list.ts';

/** As a member of 2.6.10 answers, this one being the second. */
const PLAIN = `Cluster [3] {
\tMember [10.77.1.4]:5701
\tMember [10.77.2.4]:5701 this
\tMember [10.77.3.4]:5701
}

ConnectionCount: 1
AllConnectionCount: 3
`;
const JSON_LIST = JSON.stringify({
  members: [{ address: '[10.77.1.4]:5701' }, { address: '[10.77.2.4]:5701' }],
  connectionCount: 1,
});

describe("a member's list of members", () => {
  it('is read from plain text, oldest first, as 2.x writes it', () => {
    expect(addressesIn(PLAIN)).toEqual(['10.77.1.4', '10.77.2.4', '10.77.3.4']);
  });

  it('is read from plain text as 3.x writes it', () => {
    expect(addressesIn(`\n${PLAIN.replace('Cluster', 'Members')}`)).toHaveLength(3);
  });

  it('is read from JSON, as 4.0 and later write it', () => {
    expect(addressesIn(JSON_LIST)).toEqual(['10.77.1.4', '10.77.2.4']);
  });

  it.each([
    ['an empty answer', ''],
    ['plain text that was cut off', PLAIN.slice(0, PLAIN.indexOf('\tMember [10.77.3.4]'))],
    ['JSON that was cut off', JSON_LIST.slice(0, -5)],
    ['JSON of something else', '{"status":"fail"}'],
    ['an error page', '<html>503</html>'],
  ])('is unknown, not short, in %s', (_, answer) => {
    expect(addressesIn(answer)).toBeNull();
  });
});
