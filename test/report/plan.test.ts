import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { PlanReport, planOf } from '../../src/report/plan.ts';
import {
  HEALTHY_THREE,
  hung,
  POLICY,
  play,
  quorate,
  T0,
  withVictim,
  works,
} from '../core/world.ts';
import { lookAt } from './look.ts';

/** As the row is after node 3 has hung for as long as this. */
const hungFor = (ms: number) =>
  play([{ fromMs: T0 + 1_000, scene: withVictim(hung) }], T0 + ms, { state: quorate() }).at(-1)!
    .state;

const SHADOW = { ...POLICY, mode: 'shadow' } as const;

describe('the plan', () => {
  it('of a healthy fleet is to watch', () => {
    const report = planOf(lookAt(HEALTHY_THREE));

    expect(report).toMatchObject({
      verdict: 'fine',
      cluster: {
        condition: 'Quorate',
        meaning: 'every seat is held by a working member of the core',
      },
      next: { acts: [], reason: 'nothing is due', holds: [] },
      unheld: null,
      troubles: [],
      nextCheckAtMs: T0 + 1_000 + POLICY.tickEveryMs,
      caveats: [],
    });
    expect(report.sentence).toMatch(/^Quorate: .* watching\.$/);
  });

  it('tells how much tolerance is left before there is anything to do', () => {
    const report = planOf(lookAt(withVictim(hung), { state: hungFor(4_000), nowMs: T0 + 5_000 }));

    expect(report.next.acts).toEqual([]);
    expect(report.troubles).toEqual([
      expect.objectContaining({
        instanceId: 'i-3',
        condition: 'Healthy',
        leftMs: 6_000,
        holds: [],
      }),
    ]);
  });

  it('tells what the next tick would do, in order, and that it would look once more', () => {
    const report = planOf(lookAt(withVictim(hung), { state: hungFor(10_000), nowMs: T0 + 11_000 }));

    expect(report).toMatchObject({
      verdict: 'unhealthy',
      next: {
        acts: [
          { kind: 'deregister', instanceId: 'i-3', address: '10.0.0.3' },
          { kind: 'kill', instanceId: 'i-3', address: '10.0.0.3' },
        ],
        lastLook: true,
        holds: [],
      },
      troubles: [{ instanceId: 'i-3', condition: 'Zombie', leftMs: 0 }],
    });
    expect(report.sentence).toContain('about to deregister and kill');
  });

  it('in shadow tells what holds it, and what it would do otherwise', () => {
    const look = lookAt(withVictim(hung), {
      state: hungFor(10_000),
      nowMs: T0 + 11_000,
      policy: SHADOW,
    });

    const { next, unheld, troubles } = planOf(look);

    expect(next).toMatchObject({
      acts: [],
      holds: [{ rail: 'I5', reason: 'the fleet is in shadow mode' }],
    });
    expect(unheld?.acts.map(({ kind }) => kind)).toEqual(['deregister', 'kill']);
    expect(troubles[0]?.holds.map(({ rail }) => rail)).toEqual(['I5']);
  });

  it('while paused tells both as well', () => {
    const pause = { by: 'ops', reason: 'deploy', atMs: T0, untilMs: null };
    const scene = { ...withVictim(hung), more: { pause } };
    const look = lookAt(scene, { state: hungFor(10_000), nowMs: T0 + 11_000 });

    const { next, unheld } = planOf(look);

    expect(next.holds).toMatchObject([{ rail: 'I5', reason: 'paused by ops: deploy' }]);
    expect(unheld?.acts).toHaveLength(2);
  });

  it('tells every rail that holds, not the first', () => {
    const state = hungFor(10_000);
    const kills = [{ atMs: T0 + 5_000, seat: null, instanceId: 'i-9' }];
    const look = lookAt(
      { ...withVictim(hung), inventory: { groupTagged: false } },
      { state: { ...state, kills }, nowMs: T0 + 11_000 },
    );

    const { next, troubles } = planOf(look);

    expect(next.holds.map(({ rail }) => rail)).toEqual(['I9', 'I11']);
    expect(next.holds[0]).toMatchObject({ untilMs: T0 + 5_000 + POLICY.cooldownMs });
    expect(troubles[0]?.holds).toEqual(next.holds);
  });

  it('says that tolerances begin anew when the last tick is long ago, and that nobody watches', () => {
    const look = lookAt(withVictim(hung), {
      state: hungFor(10_000),
      nowMs: T0 + 600_000,
      lease: null,
    });

    const { next, caveats } = planOf(look);

    expect(next.acts).toEqual([]);
    expect(caveats).toEqual([
      'the last tick was 590 s ago: tolerances begin anew',
      'nobody watches now: what is due waits for the next minute',
    ]);
  });

  it('says so when an observer saw nothing, and when the look was late', () => {
    const scene = {
      ...withVictim(hung),
      more: { rounds: [{ observer: 'probe-a', failed: 'throttled' }], startedAtMs: T0 },
    };

    const { caveats, verdict } = planOf(lookAt(scene, { nowMs: T0 + 5_000 }));

    expect(verdict).toBe('unknown');
    expect(caveats).toEqual([
      'probe-a saw nothing',
      'looking took 5 s: the loop would not act on what is that old',
    ]);
  });

  it('says so when no canary has been connected for long, and what to set', () => {
    const canary = { answer: 'none', why: 'notConnected' } as const;
    const sights = { 1: works(1, 2, 3), 2: works(1, 2, 3), 3: works(1, 2, 3) };
    const scene = {
      sights: Object.fromEntries(
        Object.entries(sights).map(([n, sight]) => [n, { ...sight, canary }]),
      ),
    };
    const mute = (ms: number) => ({
      state: { ...quorate(), muteSinceMs: T0 - ms },
      nowMs: T0 + 1_000,
    });

    const [connecting, lasting, heard] = [
      planOf(lookAt(scene, mute(28_000))),
      planOf(lookAt(scene, mute(29_000))),
      planOf(lookAt(HEALTHY_THREE, mute(29_000))),
    ];

    expect([connecting.caveats, heard.caveats]).toEqual([[], []]);
    expect(lasting.caveats).toEqual([
      'stuck members cannot be named: for 30 s no canary has got a connection to any member; set member.cluster in the fleets file to the cluster name that the members have, or member.canary to off',
    ]);
    expect(lasting.verdict).toBe('fine');
  });

  it('survives its way over the wire', () => {
    const report = planOf(lookAt(withVictim(hung), { state: hungFor(10_000), nowMs: T0 + 11_000 }));

    expect(v.parse(PlanReport, JSON.parse(JSON.stringify(report)))).toEqual(report);
  });
});
