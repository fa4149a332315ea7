import { describe, expect, it } from 'vitest';
import { SCENARIOS, THEMES } from '../../lab/scenarios/all.ts';
import { shortcomings } from '../../lab/verdict.ts';
import { cured, untouched } from '../tools/results.ts';

const spared = { evictedAtMs: null, replacedAtMs: null };

describe('what a run promises', () => {
  it('is a cure, from the lists to a whole fleet', () => {
    expect(shortcomings(cured(13_000))).toEqual([]);
    expect(shortcomings(cured(13_000, { ...spared, recoveredAtMs: null }))).toEqual([
      'the victim is still in the cluster',
      'the instance was not replaced',
      'the fleet is not whole again',
    ]);
  });

  it('is nothing without Quorate', () => {
    for (const controller of ['off', 'aws-only', 'aws-only-deep', 'detach'] as const) {
      expect(shortcomings(untouched({ controller, wronglyKilled: 2 }))).toEqual([]);
    }
  });

  it('is to hold still where nobody may be touched', () => {
    const held = cured(6_000, { ...spared, scenario: 'short-pause' });
    expect(shortcomings(held)).toEqual([]);
    const act = { tMs: 1, kind: 'kill', target: 'i-1', outcome: 'done' };
    expect(shortcomings({ ...held, acts: [act] })).toEqual([
      'it should have held still, and did: kill',
    ]);
  });

  it('is that users are served by a whole fleet, where it may stay as it was', () => {
    const stayed = cured(13_000, { ...spared, scenario: 'abort-after-switch' });
    const calls = { total: 9, failed: 0, perSecond: 200 };
    expect(shortcomings({ ...stayed, calls })).toEqual([]);
    expect(shortcomings({ ...stayed, calls, recoveredAtMs: null })).toEqual([
      'the fleet is not whole again',
    ]);
  });

  it('is that no call fails, where none has a reason to', () => {
    const blocked = cured(0, { ...spared, scenario: 'probers-blocked-from-one-node' });
    expect(shortcomings({ ...blocked, calls: { total: 9, failed: 0, perSecond: 60 } })).toEqual([]);
    expect(shortcomings({ ...blocked, calls: { total: 9, failed: 2, perSecond: 60 } })).toEqual([
      '2 calls failed, and none may',
    ]);
  });

  it('is never to harm anybody', () => {
    const sessions = { ...cured(0).sessions, lost: 1, resurrected: 3 };
    const harmful = cured(13_000, {
      wronglyEvicted: 1,
      wronglyKilled: 2,
      sessions,
      railsBroken: ['I3'],
    });
    expect(shortcomings(harmful)).toHaveLength(5);
  });
});

describe('the scenarios', () => {
  it('have names of their own, and each is told under one theme', () => {
    const names = SCENARIOS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(THEMES.every(({ scenarios }) => scenarios.length > 0)).toBe(true);
  });

  it.each(SCENARIOS)('$name: promises what can be kept', (scenario) => {
    const { mustSpare = false, serves = false, goalMs, passes, story } = scenario;
    const isCuredInTime = goalMs !== undefined;
    // Who must be spared, or serves all the time, is not cured.
    expect(isCuredInTime && (mustSpare || serves)).toBe(false);
    // A fault that lasts must be cured by somebody, or the fleet is never whole again.
    expect(mustSpare && !serves && passes === undefined).toBe(false);
    expect(story.length).toBeGreaterThan(100);
  });
});
