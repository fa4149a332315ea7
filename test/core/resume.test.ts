/** Evictions that stopped half way: what a later tick makes of them, seconds or days after. */
import { describe, expect, it } from 'vitest';
import type { ActOutcome } from '../../src/core/acts.ts';
import type { Outcome, State } from '../../src/core/model.ts';
import { settle } from '../../src/core/settle.ts';
import { step } from '../../src/core/step.ts';
import * as w from './world.ts';

const { T0, POLICY, actsOf: acts, firstAct, withVictim } = w;

const done = (kind: ActOutcome['kind']): ActOutcome => ({
  kind,
  startedAtMs: T0,
  finishedAtMs: T0,
  outcome: 'done',
  detail: '',
  commandId: kind === 'kill' ? 'command-1' : null,
  fence: 1,
  hosts: [],
});

/** Decided at T0 + 11 s; nobody knows whether anything was done. */
const committed = (): State => firstAct(withVictim(w.hung))!.state;
/** The same with the last look behind it, at T0 + 12 s. */
const confirmed = (): State => {
  const outcomes = [done('deregister'), done('kill')];
  return settle(POLICY, committed(), { kind: 'acted', confirmed: true, outcomes }, T0 + 12_000);
};
const next = (state: State, atMs: number, scene: w.Scene) =>
  step(POLICY, state, w.observationAt(atMs, scene));
/** Ticks of a second each, until one acts or the time is over. */
const until = (state: State, [fromS, toS]: readonly [number, number], scene: w.Scene) =>
  w
    .play([{ fromMs: T0 + fromS * 1_000, scene }], T0 + toS * 1_000, { state })
    .find(({ plan }) => plan.kind === 'act');
const DAY_S = 86_400;
const without3 = (scene: w.Scene): w.Scene => ({
  ...scene,
  instances: [w.instance(1), w.instance(2)],
  inventory: { desired: 3 },
});

describe('an eviction that was committed and perhaps not begun', () => {
  it('needs the whole tolerance again after a time that nobody saw', () => {
    const act = until(committed(), [DAY_S, DAY_S + 60], withVictim(w.hung));
    expect(act?.nowMs).toBe(T0 + (DAY_S + 10) * 1_000);
    expect(act?.plan).toMatchObject({
      lastLook: true,
      acts: [{ kind: 'deregister' }, { fence: 1, startedBeforeMs: T0 + DAY_S * 1_000 }],
    });
  });

  it('asks every rail again', () => {
    const scene: w.Scene = { sights: { 1: w.works(1, 2, 3), 2: w.hung, 3: w.hung } };
    const { plan, state } = next(committed(), T0 + 13_000, scene);
    expect(plan).toMatchObject({ kind: 'hold', holds: [{ rail: 'I2' }, { rail: 'I3' }] });
    expect(state.inFlight).not.toBeNull();
  });

  it('is not undone while nobody can see', () => {
    const rounds = [{ observer: 'probe-a', failed: 'timed out' }];
    const { plan, state } = next(committed(), T0 + 13_000, {
      ...withVictim(w.hung),
      more: { rounds },
    });
    expect(plan).toMatchObject({ kind: 'hold', holds: [{ rail: 'I2' }] });
    expect(state.inFlight).not.toBeNull();
  });

  it('is undone when the witnesses no longer agree', () => {
    const rounds = [
      w.round('probe-a', w.HEALTHY_THREE.sights),
      w.round('probe-b', withVictim(w.hung).sights),
    ];
    const lossy = { ...withVictim(w.hung), more: { rounds } };
    const steps = w.play([{ fromMs: T0 + 12_000, scene: lossy }], T0 + 30_000, {
      state: committed(),
    });
    // For a while it may be one that answers now and then; only the last look can tell.
    const undone = steps.find(({ plan }) => plan.kind === 'act' && !plan.lastLook);
    expect(undone?.nowMs).toBe(T0 + 17_000);
    expect(acts(undone!.plan)).toEqual(['register']);
  });

  it('ends without an act when its instance is being taken out by others', () => {
    const leaving = {
      ...withVictim(w.hung),
      instances: [1, 2]
        .map((n) => w.instance(n))
        .concat(w.instance(3, { lifecycle: 'Terminating:Wait' })),
    };
    const { plan, state } = next(committed(), T0 + 13_000, leaving);
    expect(plan.kind).toBe('watch');
    expect(state.inFlight).toBeNull();
  });
});

describe('an eviction that was interrupted after the last look', () => {
  const later = T0 + 60_000;
  const unpaused = (scene: w.Scene) =>
    next({ ...confirmed(), lastTickMs: later - 1_000 }, later, scene);
  const stoodDown: Outcome = { kind: 'stoodDown', reason: 'works', untouched: false };

  it('looks once more before it goes on', () => {
    expect(unpaused(withVictim(w.hung)).plan).toMatchObject({
      kind: 'act',
      lastLook: true,
      acts: [{ kind: 'fence' }],
    });
  });

  it('puts back a node that works again, and then only', () => {
    const settled = settle(POLICY, unpaused(withVictim(w.hung)).state, stoodDown, later);
    expect(settled.inFlight).toMatchObject({ confirmedAtMs: null, rungs: [] });
    expect(settled.fences).toEqual([]);
    expect(settled.kills).toHaveLength(1);
    const { plan } = next(settled, later + 1_000, w.HEALTHY_THREE);
    expect(acts(plan)).toEqual(['register']);
    const failing = until(settled, [61, 120], withVictim(w.hung));
    // One good answer is no recovery.
    expect(failing?.nowMs).toBe(later + 1_000);
    expect(failing?.plan).toMatchObject({ lastLook: true });
    expect(acts(failing!.plan)).toEqual(['deregister', 'kill']);
  });

  it('asks again as long as no look is clear', () => {
    const { state } = unpaused(withVictim(w.hung));
    const prevented: Outcome = {
      kind: 'prevented',
      rail: 'I2',
      reason: 'unclear',
      untouched: false,
    };
    const { plan } = next(
      settle(POLICY, state, prevented, later),
      later + 1_000,
      withVictim(w.hung),
    );
    expect(plan).toMatchObject({ lastLook: true, acts: [{ kind: 'fence' }] });
  });

  it('does not look at what AWS is terminating already', () => {
    const { plan } = unpaused({
      ...withVictim(w.hung),
      instances: [1, 2]
        .map((n) => w.instance(n))
        .concat(w.instance(3, { lifecycle: 'Terminating:Wait' })),
    });
    expect(plan).toMatchObject({ lastLook: false, acts: [{ kind: 'fence' }] });
  });

  it('does not look at whom its peers were asked to shut out: there is no way back', () => {
    const fenced = settle(
      POLICY,
      unpaused(withVictim(w.hung)).state,
      {
        kind: 'acted',
        confirmed: true,
        outcomes: [{ ...done('fence'), commandId: 'command-2', hosts: ['i-1'] }],
      },
      later,
    );
    const back = next({ ...fenced, lastTickMs: later + 59_000 }, later + 60_000, {
      ...w.HEALTHY_THREE,
      sights: { 1: w.works(1, 2), 2: w.works(1, 2), 3: w.works(3) },
    });
    expect(back.plan).toMatchObject({ lastLook: false });
  });

  it('keeps a quorate core quorate when the victim has come back and another is gone', () => {
    const scene: w.Scene = { sights: { 1: w.works(1, 2, 3), 2: w.hung, 3: w.works(1, 2, 3) } };
    const { plan } = next(confirmed(), T0 + 18_000, scene);
    expect(plan).toMatchObject({ kind: 'hold', holds: [{ rail: 'I3' }] });
  });
});

describe('an instance that the inventory leaves out', () => {
  it('keeps its seat and its streak of work for one reading', () => {
    const missed = next(w.quorate(), T0 + 1_000, without3(w.HEALTHY_THREE));
    expect(missed.cluster.condition).toBe('Degraded');
    const back = next(missed.state, T0 + 4_000, w.HEALTHY_THREE);
    expect(back.cluster.condition).toBe('Quorate');
    expect(back.state.seats).toEqual(w.quorate().seats);
    expect(back.state.nodes['i-3']).toMatchObject({ hasWorked: true, missingSinceMs: null });
  });

  it('ends no eviction before readings 5 s apart agree', () => {
    const gone = without3(withVictim(w.killed, [1, 2]));
    const steps = w.play([{ fromMs: T0 + 13_000, scene: gone }], T0 + 20_000, {
      state: confirmed(),
    });
    const ended = steps.find(({ state }) => state.inFlight === null);
    expect(ended?.nowMs).toBe(T0 + 18_000);
    expect(ended?.state.seats.map(({ instanceId }) => instanceId)).toContain(null);
    expect(steps.every(({ plan }) => plan.kind === 'watch')).toBe(true);
  });
});

describe('a rung that AWS refuses', () => {
  const gone = withVictim(w.killed, [1, 2]);
  const refused = (): State => {
    const proven = until(confirmed(), [13, 16], gone)!;
    expect(acts(proven.plan)).toEqual(['replace']);
    const no = (kind: 'replace' | 'terminate'): Outcome => ({
      kind: 'acted',
      confirmed: false,
      outcomes: [{ ...done(kind), outcome: 'failed', detail: 'protected' }],
    });
    const replaced = settle(POLICY, proven.state, no('replace'), proven.nowMs);
    const forced = next(replaced, proven.nowMs + 1_000, gone);
    expect(acts(forced.plan)).toEqual(['terminate']);
    return settle(POLICY, forced.state, no('terminate'), proven.nowMs + 1_000);
  };

  it('is tried again when its deadline is over, not every second', () => {
    const again = until(refused(), [16, 200], gone);
    expect(again?.nowMs).toBe(T0 + 15_000 + POLICY.terminateDeadlineMs);
    expect(again?.plan).toMatchObject({ lastLook: true, acts: [{ kind: 'terminate' }] });
  });
});
