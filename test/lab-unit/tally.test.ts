import { expect, it } from 'vitest';
import { tallyOf } from '../../lab/tally.ts';
import { cured } from '../tools/results.ts';

it('many runs end with a line each, those that came to nothing among them', () => {
  const lines = tallyOf([
    { scenario: 'hung-member', result: cured(13_500), problems: [] },
    { scenario: 'ghost', result: null, problems: ['its logs are there'] },
  ]);
  expect(lines[0]).toMatch(/^ok {6}hung-member {2}mitigated {2}13\.5 s, \d+ failed calls/);
  expect(lines[1]).toMatch(/^FAILED {2}ghost {8}no result\n +its logs are there$/);
  expect(lines.at(-1)).toBe('1 of 2 went as they should');
});
