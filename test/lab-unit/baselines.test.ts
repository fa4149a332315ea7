import { describe, expect, it } from 'vitest';
import { chooseToDetach } from '../../lab/baselines/detach/choose.ts';
import { refusalOf, runOptionsOf } from '../../lab/options.ts';

const inService = (count: number): string[] => Array.from({ length: count }, (_, at) => `i-${at}`);

describe('the function that detaches', () => {
  it.each([
    [3, 1],
    [10, 1],
    [11, 2],
    [40, 4],
  ])('takes of %i instances, all unhealthy, %i', (size, taken) => {
    const all = inService(size);
    expect(chooseToDetach({ desired: size, inService: all }, all)).toHaveLength(taken);
  });

  it('takes only what is in service and unhealthy', () => {
    const group = { desired: 3, inService: inService(3) };
    expect(chooseToDetach(group, ['i-9', 'i-2'])).toEqual(['i-2']);
    expect(chooseToDetach(group, [])).toEqual([]);
  });
});

describe('how long a run without Quorate is watched', () => {
  const capS = (name: string, controller: 'off' | 'aws-only', cap?: number): number => {
    const asked = { controller, profile: 'balanced', ssmDelay: 1_500, seed: 1 } as const;
    return (
      runOptionsOf(name, { ...asked, ...(cap === undefined ? {} : { cap }) }, 0).offCapMs / 1_000
    );
  };

  it('is a minute with nobody there, six with AWS, and what was asked for', () => {
    expect(capS('hung-member', 'off')).toBe(60);
    expect(capS('hung-member', 'aws-only')).toBe(360);
    expect(capS('hung-member', 'aws-only', 20)).toBe(20);
  });

  it("is longer than the incident's heart-beat time-out where that is the story", () => {
    expect(capS('the-incident', 'off')).toBeGreaterThan(300);
  });
});

it("a load balancer cannot ask Hazelcast 2.6 for its health, but it can today's", () => {
  expect(refusalOf('the-incident', 'aws-only-deep')).toMatch(/2\.6 has no health endpoint/);
  expect(refusalOf('the-incident', 'aws-only')).toBeNull();
  expect(refusalOf('hung-member', 'aws-only-deep')).toBeNull();
});
