/** A majority that comes back for a moment: for how long it was lost is remembered (ADR 0011). */
import { describe, expect, it } from 'vitest';
import type { Sight } from '../../src/core/observation.ts';
import * as w from './world.ts';

const { T0, POLICY } = w;
const atS = (s: number): number => T0 + s * 1_000;
const OK = w.works(1, 2, 3);

describe('a majority that was lost for a while', () => {
  const policy = { ...POLICY, failover: 'act' as const };
  const lost = (inService: 'healthy' | 'unhealthy' = 'unhealthy'): w.Scene => ({
    sights: { 1: OK, 2: w.hung, 3: w.hung },
    instances: [1, 2, 3].map((n) => w.instance(n, n > 1 ? { target: inService } : {})),
  });
  const begunS = (
    scenes: readonly { readonly fromMs: number; readonly scene: w.Scene }[],
    untilS: number,
  ) => {
    const act = w
      .play(scenes, atS(untilS), { policy, state: w.quorate() })
      .find(({ state }) => state.failover !== null);
    return act === undefined ? null : (act.nowMs - T0) / 1_000;
  };
  const half: w.Scene = { ...lost(), sights: { 1: OK, 2: OK, 3: w.hung } };

  it('is confirmed for ten seconds in all when it comes back only for a moment', () => {
    expect(begunS([{ fromMs: atS(1), scene: lost() }], 60)).toBe(21);
    const scenes = [
      { fromMs: atS(1), scene: lost() },
      { fromMs: atS(17), scene: half },
      { fromMs: atS(18), scene: lost() },
    ];
    expect(begunS(scenes, 60)).toBe(23);
  });

  it('is confirmed anew when it came back for good, or after a time that nobody saw', () => {
    const well = [
      { fromMs: atS(1), scene: lost() },
      { fromMs: atS(17), scene: half },
      { fromMs: atS(24), scene: lost() },
    ];
    expect(begunS(well, 60)).toBeGreaterThanOrEqual(44);
    const before = w.play(
      [
        { fromMs: atS(1), scene: lost() },
        { fromMs: atS(17), scene: half },
      ],
      atS(17),
      { policy, state: w.quorate() },
    );
    const later = w
      .play([{ fromMs: atS(3_600), scene: lost() }], atS(3_660), {
        policy,
        state: before.at(-1)!.state,
      })
      .find(({ state }) => state.failover !== null);
    expect(later?.nowMs).toBe(atS(3_620));
  });
});

describe('two members', () => {
  it('are not given up in a round in which one of them answers', () => {
    const policy = { ...POLICY, failover: 'act' as const };
    const instances = [1, 2].map((n) => w.instance(n, { target: 'unhealthy' }));
    const pair = (first: Sight): w.Scene => ({ sights: { 1: first, 2: w.hung }, instances });
    const ok = w.works(1, 2);
    const well = { sights: { 1: ok, 2: ok }, instances };
    const calm = w.play([{ fromMs: atS(-20), scene: well }], T0, { policy }).at(-1)!.state;
    const scenes = [
      { fromMs: atS(1), scene: pair(w.hung) },
      { fromMs: atS(21), scene: pair(ok) },
    ];
    const { state } = w.play(scenes, atS(21), { policy, state: calm }).at(-1)!;
    expect(state.failover).toBeNull();
  });
});
