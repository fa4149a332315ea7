import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration } from '../../src/config/duration.ts';
import { nearest } from '../../src/config/nearest.ts';
import { POLICY_FIELDS } from '../../src/config/policy-fields.ts';
import { DEFAULT_POLICY } from '../../src/core/policy.ts';

describe('durations', () => {
  const table = { '500ms': 500, '10s': 10_000, '5m': 300_000, '2h': 7_200_000, '0s': 0 };

  for (const [text, ms] of Object.entries(table)) {
    it(`${text} is ${ms} ms`, () => expect(parseDuration(text)).toBe(ms));
  }

  for (const text of ['', '5', '5 s', '-5s', '1.5s', '5S', '5sec', 's', '1m30s', '1e3s']) {
    it(`${JSON.stringify(text)} is none`, () => expect(parseDuration(text)).toBeNull());
  }

  it('survive a round trip', () => {
    fc.assert(
      fc.property(fc.nat({ max: 999_999_999 }), (ms) => {
        expect(parseDuration(formatDuration(ms))).toBe(ms);
      }),
    );
  });
});

describe('the nearest word', () => {
  const words = ['group', 'networks', 'member', 'mode'];
  const table: Readonly<Record<string, string | null>> = {
    grop: 'group',
    Group: 'group',
    netwroks: 'networks',
    members: 'member',
    mdoe: 'mode',
    application: null,
    xy: null,
  };

  for (const [word, expected] of Object.entries(table)) {
    it(`${word} means ${expected}`, () => expect(nearest(word, words)).toBe(expected));
  }
});

describe('policy names', () => {
  it('are the numbers of the policy without their unit, all of them', () => {
    expect(POLICY_FIELDS.map(({ key }) => key).toSorted()).toEqual(
      Object.entries(DEFAULT_POLICY)
        .filter(([, value]) => typeof value === 'number')
        .map(([key]) => key)
        .toSorted(),
    );
  });
});
