import { describe, expect, it } from 'vitest';
import { createBackOff } from '../../lab/clients/back-off.ts';
import type { Call } from '../../lab/clients/call.ts';
import { readUserData, writeUserData } from '../../lab/host/user-data.ts';
import { flipsOf } from '../../lab/measure/flips.ts';
import { leftovers, type Sides } from '../../lab/scenarios/sides.ts';
import { createDepartures } from '../../lab/stage/departures.ts';

const call = (servedBy: string | null, startMs: number, durationMs = 10): Call => ({
  startMs,
  durationMs,
  user: 1,
  kind: 'read',
  result: 200,
  failed: false,
  servedBy,
});
const sideOf = (address: string): string | null =>
  ({ b1: 'blue', b2: 'blue', g1: 'green' })[address] ?? null;

describe('how often users change sides', () => {
  it('is not at all while one side serves them, whoever of it', () => {
    expect(flipsOf([call('b1', 0), call('b2', 20), call(null, 40), call('b1', 60)], sideOf)).toBe(
      0,
    );
    expect(flipsOf([], sideOf)).toBe(0);
  });

  it('is once for a switch, calls that were under way included', () => {
    const calls = [
      call('b1', 0),
      call('b2', 10, 50),
      call('g1', 20),
      call('b1', 25),
      call('g1', 70),
    ];
    expect(flipsOf(calls, sideOf)).toBe(1);
  });

  it('is every time for users who alternate', () => {
    const calls = ['b1', 'g1', 'b1', 'g1'].map((server, at) => call(server, at * 20));
    expect(flipsOf(calls, sideOf)).toBe(3);
  });

  it('is not told by calls that failed', () => {
    expect(flipsOf([call('b1', 0), { ...call('g1', 20), failed: true }], sideOf)).toBe(0);
  });
});

describe('who left the lists', () => {
  const GROUPS = new Map([
    ['a', 'blue'],
    ['b', 'blue'],
    ['c', 'blue'],
  ]);
  const started = () => {
    let nowMs = 0;
    const departures = createDepartures(() => nowMs);
    const whole = ['a', 'b', 'c'];
    departures.note(new Map(whole.map((each) => [each, whole])), GROUPS);
    return {
      departures,
      note: (atMs: number, lists: Record<string, readonly string[] | null>, groups = GROUPS) => {
        nowMs = atMs;
        departures.note(new Map(Object.entries(lists)), groups);
      },
    };
  };

  it('is who is missed by one of its own side, from then on', () => {
    const { departures, note } = started();
    note(10, { a: ['a', 'b'], b: ['a', 'b'], c: null });
    note(20, { a: ['a', 'b'], b: ['a', 'b'], c: null });
    expect([departures.of('a'), departures.of('c'), departures.of('x')]).toEqual([null, 10, null]);
  });

  it('is not who is left alone, nor whoever another side never knew', () => {
    const { departures, note } = started();
    note(10, { a: ['a'], b: null, c: null });
    const both = new Map([...GROUPS, ['g', 'green']]);
    note(20, { a: ['a'], b: null, c: null, g: ['g'] }, both);
    expect(departures.of('a')).toBeNull();
    expect(departures.of('b')).toBe(10);
  });

  it('is everybody who is off, once anybody tells', () => {
    const { departures, note } = started();
    note(10, {}, new Map());
    expect(departures.of('a')).toBeNull();
    note(20, { g: ['g'] }, new Map([['g', 'green']]));
    expect(departures.of('a')).toBe(20);
  });

  it('is not who comes back', () => {
    const { departures, note } = started();
    note(10, { a: ['a', 'b'], b: ['a', 'b'], c: null });
    note(20, { a: ['a', 'b', 'c'], b: ['a', 'b', 'c'], c: ['a', 'b', 'c'] });
    expect(departures.of('c')).toBeNull();
  });
});

describe('a client that is logged out', () => {
  it('rests longer each time, never at once, and begins anew when it worked', () => {
    const least = createBackOff(() => 0);
    const rests = Array.from({ length: 6 }, () => least.nextMs());
    expect(rests).toEqual([500, 1_000, 2_000, 4_000, 5_000, 5_000]);
    least.end();
    expect(least.nextMs()).toBe(500);
    expect(createBackOff(() => 1).nextMs()).toBe(1_000);
  });
});

describe('user data', () => {
  it('is variables, one a line', () => {
    const variables = { CLUSTER_NAME: 'api-green', BOOT_DELAY_MS: '80000', EMPTY: '' };
    expect(readUserData(writeUserData(variables))).toEqual(variables);
    expect(readUserData('')).toEqual({});
    expect(() => readUserData('#!/bin/bash')).toThrow('#!/bin/bash is no variable');
  });
});

describe('what is left of a move', () => {
  const group = (name: string, size: number, suspended: readonly string[] = []) => ({
    name,
    desired: size,
    min: size,
    members: new Map(Array.from({ length: size }, (_, at) => [`i-${at}`, {}])),
    suspended: new Map(suspended.map((process) => [process, 'somebody'])),
  });
  const sides = (
    groups: readonly ReturnType<typeof group>[],
    users: string | null,
    header: { name: string; value: string } | null = null,
  ): Sides => ({
    region: {
      rules: () => [{ priority: 1, header, forward: [] }],
      scaling: { groups: new Map(groups.map((each) => [each.name, each])) },
    },
    routing: { now: () => users },
  });

  it('is nothing when one side has the users, and the other is empty', () => {
    expect(leftovers(sides([group('api-servers', 3)], 'api-servers'))).toEqual([]);
    const both = [group('api-servers', 0), group('api-green', 3)];
    expect(leftovers(sides(both, 'api-green'))).toEqual([]);
  });

  it('is whatever still runs, is still suspended, still leads somewhere', () => {
    const both = [group('api-servers', 3, ['AZRebalance']), group('api-green', 3)];
    expect(leftovers(sides(both, 'api-green', { name: 'x-preview', value: 'api' }))).toEqual([
      'api-servers still has 3, and wants 3',
      'api-servers: AZRebalance still suspended',
      'the rule for x-preview is still there',
    ]);
    expect(leftovers(sides(both, null))).toContain(
      'users are sent to more than one side, or to none',
    );
  });
});
