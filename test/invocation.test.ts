import { describe, expect, it } from 'vitest';
import { placeOf, watchUntilMs } from '../src/invocation.ts';
import { T0 } from './core/world.ts';

describe('an invocation', () => {
  it('knows its place from its ARN, alias or not', () => {
    const arn = 'arn:aws:lambda:eu-west-1:111122223333:function:quorate-test-alarm';
    const place = { account: '111122223333', region: 'eu-west-1', prefix: 'quorate-test' };

    expect([placeOf(arn), placeOf(`${arn}:live`)]).toEqual([place, place]);
  });

  it('watches for two minutes, and leaves the last tick its time', () => {
    expect([watchUntilMs(T0, 150_000), watchUntilMs(T0, 90_000)]).toEqual([
      T0 + 120_000,
      T0 + 70_000,
    ]);
  });
});
