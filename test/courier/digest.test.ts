import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { digestOf, isSame } from '../../src/courier/digest.ts';

const bytes = (length: number): Buffer =>
  Buffer.from(Array.from({ length }, (_, n) => (n * 37 + length) % 256));

describe('a digest', () => {
  it.each([0, 1, 40, 300, 5_000])('of %i bytes is the beginning of their SHA-256', (length) => {
    const { high, low } = digestOf(bytes(length));
    const whole = createHash('sha256').update(bytes(length)).digest();
    expect([high, low]).toEqual([whole.readUInt32LE(0), whole.readUInt32LE(4)]);
  });

  it('tells two values apart in either half', () => {
    const one = digestOf(bytes(40));
    expect(isSame(one, digestOf(bytes(40)))).toBe(true);
    expect(isSame(one, { ...one, high: one.high ^ 1 })).toBe(false);
    expect(isSame(one, { ...one, low: one.low ^ 1 })).toBe(false);
  });
});
