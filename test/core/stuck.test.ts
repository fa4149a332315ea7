/** Members whose partition threads do no work while they answer everything else. */
import { describe, expect, it } from 'vitest';
import type { Canary, Sight } from '../../src/core/observation.ts';
import { lastQuestions, questionsFor } from '../../src/core/questions.ts';
import * as w from './world.ts';

const { T0, POLICY } = w;
const works = w.works(1, 2, 3);
const silentFor = (forMs: number): Canary => ({ answer: 'silent', partition: 17, forMs });
const stuck: Sight = { ...works, canary: silentFor(500) };
const OK: Canary = { answer: 'ok', partition: 17, tookMs: 3 };
const conditionOf = (steps: ReturnType<typeof w.play>) =>
  steps.at(-1)?.nodes.find(({ instanceId }) => instanceId === 'i-3');
const from = (scenes: readonly [number, w.Scene][], untilS: number) =>
  w.play(
    scenes.map(([s, scene]) => ({ fromMs: T0 + s * 1_000, scene })),
    T0 + untilS * 1_000,
    { state: w.quorate() },
  );

describe('a member that is stuck', () => {
  it('gets its name after the tolerance of a wrong answer, and is evicted', () => {
    const act = w.firstAct(w.withVictim(stuck));
    expect(act?.nowMs).toBe(T0 + 1_000 + POLICY.faultToleranceMs);
    expect(act?.plan).toMatchObject({ acts: [{ kind: 'deregister' }, { kind: 'kill' }] });
    expect(act?.nodes[2]).toMatchObject({
      condition: 'Stuck',
      because: 'answers, but does no work in partition 17, yet the core lists it',
    });
  });

  it('is not whoever is silent altogether: a long pause keeps its own tolerance', () => {
    const pause = from(
      [
        [1, w.withVictim(stuck)],
        [2, w.withVictim(w.hung)],
        [8, w.HEALTHY_THREE],
      ],
      30,
    );
    expect(pause.every(({ plan }) => plan.kind === 'watch')).toBe(true);
  });

  it('has its whole tolerance when nobody reached it before: that may have been our own way', () => {
    const steps = from(
      [
        [1, w.withVictim(w.vanished)],
        [9, w.withVictim(stuck)],
      ],
      20,
    );
    const act = steps.find(({ plan }) => plan.kind === 'act');
    expect(act?.nowMs).toBe(T0 + 9_000 + POLICY.faultToleranceMs);
  });

  it('is not whoever answers one of two observers', () => {
    const rounds = [
      w.round('probe-a', { 1: works, 2: works, 3: stuck }),
      w.round('probe-b', { 1: works, 2: works, 3: { ...works, canary: OK } }),
    ];
    const steps = from([[1, { ...w.HEALTHY_THREE, more: { rounds } }]], 30);
    expect(steps.every(({ plan }) => plan.kind !== 'act')).toBe(true);
    expect(conditionOf(steps)?.condition).toBe('Unreachable');
  });

  it('is well again when its canary is answered late', () => {
    const steps = from(
      [
        [1, w.withVictim(stuck)],
        [4, w.withVictim({ ...works, canary: OK })],
      ],
      20,
    );
    expect(steps.every(({ plan }) => plan.kind === 'watch')).toBe(true);
    expect(conditionOf(steps)).toMatchObject({ condition: 'Healthy', suspicion: null });
  });

  it.each(['off', 'notConnected', 'noPartition', 'resting'] as const)(
    'is nobody of whom the canary says nothing (%s)',
    (why) => {
      const steps = from([[1, w.withVictim({ ...works, canary: { answer: 'none', why } })]], 30);
      expect(conditionOf(steps)?.condition).toBe('Healthy');
    },
  );

  it('is a Zombie, not stuck, when it is out of memory', () => {
    const canary: Canary = { answer: 'outOfMemory', partition: 17, detail: 'Metaspace' };
    const act = w.firstAct(w.withVictim({ ...works, canary }));
    expect(act?.nowMs).toBe(T0 + 1_000 + POLICY.faultToleranceMs);
    expect(act?.nodes[2]).toMatchObject({ condition: 'Zombie' });
  });

  it('is asked for the same partition again, and once more before an act', () => {
    const { state } = from([[1, w.withVictim(stuck)]], 3).at(-1)!;
    const inventory = w.observationAt(T0 + 3_000, w.HEALTHY_THREE).inventory;
    expect(questionsFor(state, inventory, T0 + 4_000)).toMatchObject({
      confirm: { 'i-3': 17 },
      isLast: false,
      turn: T0 / 1_000 + 4,
    });
    const target = { instanceId: 'i-3', address: '10.0.0.3' };
    expect(lastQuestions(state, inventory, target, T0 + 4_000)).toMatchObject({
      confirm: { 'i-3': 17 },
      isLast: true,
    });
  });
});
