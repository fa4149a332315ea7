import { describe, expect, it } from 'vitest';
import type { Sight } from '../../src/core/observation.ts';
import { step } from '../../src/core/step.ts';
import * as w from './world.ts';

const { T0, POLICY, firstAct, withVictim } = w;

describe('tolerances', () => {
  it('acts on silence after 10 s and not before', () => {
    expect(firstAct(withVictim(w.hung))?.nowMs).toBe(T0 + 11_000);
  });

  it('acts on wrong answers after 5 s', () => {
    expect(firstAct(withVictim(w.zombie))?.nowMs).toBe(T0 + 6_000);
  });

  /** Node 3 hangs from 1 s on and answers well in the given seconds; the first act, in s. */
  const firstActS = (wellS: readonly (readonly [number, number])[], untilS = 40): number | null => {
    const scenes = [{ fromMs: T0 + 1_000, scene: withVictim(w.hung) }];
    for (const [fromS, toS] of wellS) {
      scenes.push({ fromMs: T0 + fromS * 1_000, scene: w.HEALTHY_THREE });
      scenes.push({ fromMs: T0 + toS * 1_000, scene: withVictim(w.hung) });
    }
    const act = w
      .play(scenes, T0 + untilS * 1_000, { state: w.quorate() })
      .find(({ plan }) => plan.kind === 'act');
    return act === undefined ? null : (act.nowMs - T0) / 1_000;
  };

  it('stand still while it answers well now and then, and go on where they stood', () => {
    expect(firstActS([])).toBe(11);
    // From the last bad round until the next one nothing counts.
    expect(firstActS([[9, 10]])).toBe(13);
    expect(
      firstActS([
        [4, 5],
        [9, 11],
      ]),
    ).toBe(15);
  });

  it('start again after good answers for as long as it had failed', () => {
    expect(firstActS([[4, 7]])).toBe(17);
    expect(firstActS([[4, 6]])).toBe(14);
  });

  it('start again after good answers for as long as a fault is tolerated', () => {
    expect(firstActS([[10, 15]])).toBe(25);
    expect(firstActS([[10, 14]])).toBe(16);
  });

  it('start again with every pause of one that pauses half of the time', () => {
    const pauses = Array.from({ length: 20 }, (_, n) => [n * 2 + 2, n * 2 + 3] as const);
    expect(firstActS(pauses)).toBeNull();
  });

  it('start again with the first good answer of a new process', () => {
    const again = (n: number): Sight => {
      const view = w.viewOf(1, 2, 3);
      const members = view.answer === 'ok' ? view.value.members : [];
      const renamed = members.map((each) =>
        each.address === w.addressOf(3) ? { ...each, uuid: `uuid-3-${n}` } : each,
      );
      return { ...w.works(), view: { answer: 'ok', value: { members: renamed }, tookMs: 3 } };
    };
    const steps = w.play(
      [
        { fromMs: T0 + 1_000, scene: withVictim(w.killed) },
        { fromMs: T0 + 5_000, scene: withVictim(again(1)) },
        { fromMs: T0 + 6_000, scene: withVictim(w.killed) },
      ],
      T0 + 30_000,
      { state: w.quorate() },
    );
    expect(steps.find(({ plan }) => plan.kind === 'act')?.nowMs).toBe(T0 + 11_000);
  });

  it('are over again with the next bad round of one who was past them, until it has answered for long enough', () => {
    const policy = { ...POLICY, mode: 'shadow' } as const;
    const conditionsAt = (badS: number): readonly (string | undefined)[] =>
      w
        .play(
          [
            { fromMs: T0 + 1_000, scene: withVictim(w.hung) },
            { fromMs: T0 + 12_000, scene: w.HEALTHY_THREE },
            { fromMs: T0 + badS * 1_000, scene: withVictim(w.hung) },
          ],
          T0 + badS * 1_000,
          { state: w.quorate(), policy },
        )
        .slice(-2)
        .map(({ nodes }) => nodes[2]?.condition);
    expect(conditionsAt(16)).toEqual(['Healthy', 'Zombie']);
    expect(conditionsAt(18)).toEqual(['Healthy', 'Healthy']);
  });

  it('starts again after a blind period', () => {
    const state = w
      .play([{ fromMs: T0 + 1_000, scene: withVictim(w.hung) }], T0 + 9_000, { state: w.quorate() })
      .at(-1)!.state;
    const after = step(POLICY, state, w.observationAt(T0 + 30_000, withVictim(w.hung)));
    expect(after.plan.kind).toBe('watch');
    expect(after.nodes[2]?.suspicion?.sinceMs).toBe(T0 + 30_000);
  });

  it('looks again so that a silent round ends when the tolerance does', () => {
    const steps = w.play([{ fromMs: T0 + 1_000, scene: withVictim(w.hung) }], T0 + 10_400, {
      state: w.quorate(),
    });
    expect(steps.at(-1)?.plan.nextCheckAtMs).toBe(T0 + 11_000 - POLICY.probeDeadlineMs);
  });
});
