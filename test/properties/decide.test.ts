/** What holds for every decision, whatever was seen: properties of `step` and `settle` alone. */
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ActOutcome } from '../../src/core/acts.ts';
import type { Outcome, Plan, State } from '../../src/core/model.ts';
import type { Instance, Observation, Round, Sight } from '../../src/core/observation.ts';
import { settle } from '../../src/core/settle.ts';
import { INITIAL_STATE, type Stepped, step } from '../../src/core/step.ts';
import * as w from '../core/world.ts';

const { EVICTIONS_ONLY: POLICY, T0 } = w;
const NUMBERS = [1, 2, 3, 4, 5];
const NUM_RUNS = 100;

/** Mostly the usual, so that stories get somewhere. */
const mostly = <T>(usual: T, rare: fc.Arbitrary<T>, weight = 12): fc.Arbitrary<T> =>
  fc.oneof({ weight, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: rare });

const works = w.works(...NUMBERS);
const views = fc.subarray(NUMBERS, { minLength: 1 }).map((lists) => w.works(...lists));
const sight = fc.oneof(
  fc.constantFrom<Sight>(w.hung, w.zombie, w.killed, w.vanished, works),
  views,
);
const instance = (n: number): fc.Arbitrary<Instance> =>
  fc
    .record({
      target: mostly<Instance['target']>('healthy', fc.constantFrom('unhealthy', 'draining')),
      lifecycle: mostly('InService', fc.constantFrom('Terminating:Wait', 'Pending')),
      ec2State: mostly('running', fc.constantFrom('shutting-down', 'terminated', 'stopped')),
      tagged: mostly(true, fc.constant(false)),
    })
    .map((more) => w.instance(n, more));

/** One moment: for some nodes something that lasts, for others the usual; and how the controller is. */
const moment = fc.record({
  afterMs: fc.constantFrom(1_000, 1_000, 2_500, 5_000, 12_000),
  a: fc.record(Object.fromEntries(NUMBERS.map((n) => [n, mostly<Sight>(works, sight)]))),
  b: fc.record(Object.fromEntries(NUMBERS.map((n) => [n, mostly<Sight>(works, sight)]))),
  instances: fc.tuple(...NUMBERS.map(instance)),
  leftOut: mostly<readonly number[]>([], fc.subarray(NUMBERS)),
  blind: mostly<'a' | 'b' | 'both' | null>(null, fc.constantFrom('a', 'b', 'both')),
  readable: mostly(true, fc.constant(false)),
  lateMs: mostly(0, fc.constant(3_000)),
  paused: mostly(false, fc.constant(true)),
});
type Moment = typeof moment extends fc.Arbitrary<infer M> ? M : never;

/** A node that has something for most of a story: without it nothing would ever become ripe. */
const illness = fc.record({
  node: fc.constantFrom(...NUMBERS),
  sight: fc.constantFrom<Sight>(w.hung, w.zombie, w.killed, w.vanished),
  from: fc.nat(10),
  to: fc.integer({ min: 15, max: 45 }),
});
type Illness = typeof illness extends fc.Arbitrary<infer I> ? I : never;

const outcome = fc.oneof(
  { weight: 4, arbitrary: fc.constant('done' as const) },
  {
    weight: 2,
    arbitrary: fc.constantFrom('failed' as const, 'deferred' as const, 'unknown' as const),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom('works' as const, 'prevented' as const, 'died' as const),
  },
);

const story = fc.record({
  moments: fc.array(moment, { minLength: 30, maxLength: 45 }),
  illnesses: fc.array(illness, { minLength: 1, maxLength: 3 }),
  outcomes: fc.array(outcome, { minLength: 8, maxLength: 8 }),
});
type Story = typeof story extends fc.Arbitrary<infer S> ? S : never;

const observationOf = (
  nowMs: number,
  index: number,
  { moment: m, illnesses }: { moment: Moment; illnesses: readonly Illness[] },
): Observation => {
  const ill = Object.fromEntries(
    illnesses
      .filter(({ from, to }) => from <= index && index < to)
      .map(({ node, sight: has }) => [node, has]),
  );
  const round = (name: 'a' | 'b'): Round =>
    m.blind === 'both' || m.blind === name
      ? { observer: name, failed: 'timed out' }
      : w.round(name, { ...m[name], ...ill });
  const present = m.instances.filter((_, at) => !m.leftOut.includes(at + 1));
  return w.observationAt(nowMs, {
    sights: {},
    instances: present,
    inventory: { desired: 5 },
    more: {
      dueAtMs: nowMs - m.lateMs,
      rounds: [round('a'), round('b')],
      pause: m.paused ? { by: 'ops', reason: 'test', atMs: nowMs, untilMs: null } : null,
      ...(m.readable ? {} : { inventory: { ok: false, error: 'Throttling' } }),
    },
  });
};

const outcomeOf = (
  plan: Extract<Plan, { kind: 'act' }>,
  was: Story['outcomes'][number],
  untouched: boolean,
): Outcome | null => {
  if (was === 'died') return null;
  if (was === 'works' && plan.lastLook) return { kind: 'stoodDown', reason: 'works', untouched };
  if (was === 'works' || was === 'prevented') {
    return { kind: 'prevented', rail: 'I2', reason: 'unclear', untouched };
  }
  const outcomes = plan.acts.map(
    (act): ActOutcome => ({
      kind: act.kind,
      fence: 'fence' in act ? act.fence : null,
      hosts: 'hosts' in act ? act.hosts : [],
      startedAtMs: 0,
      finishedAtMs: 0,
      outcome: was,
      detail: was,
      commandId: null,
    }),
  );
  return { kind: 'acted', confirmed: plan.lastLook, outcomes };
};

interface Moved {
  readonly before: State;
  readonly observation: Observation;
  readonly stepped: Stepped;
}

const HEALTHY: w.Scene = {
  sights: Object.fromEntries(NUMBERS.map((n) => [n, works])),
  inventory: { desired: 5 },
};

/** Every step of a story, after twenty quiet seconds. */
const told = ({ moments, illnesses, outcomes }: Story): readonly Moved[] => {
  const quiet = w.play([{ fromMs: T0 - 20_000, scene: HEALTHY }], T0);
  let state = quiet.at(-1)?.state ?? INITIAL_STATE;
  let nowMs = T0;
  let acts = 0;
  return moments.map((each, index) => {
    nowMs += each.afterMs;
    const before = state;
    const observation = observationOf(nowMs, index, { moment: each, illnesses });
    const stepped = step(POLICY, before, observation);
    state = stepped.state;
    if (stepped.plan.kind === 'act') {
      const was = outcomes[acts % outcomes.length] ?? 'done';
      const came = outcomeOf(stepped.plan, was, before.inFlight === null);
      acts += 1;
      if (came !== null) state = settle(POLICY, state, came, nowMs);
    }
    return { before, observation, stepped };
  });
};

const isDisruptive = (plan: Plan): boolean =>
  plan.kind === 'act' && plan.acts.some(({ kind }) => kind !== 'register' && kind !== 'lift');

/** Does nothing, or only lets go of what peers refuse. */
const restores = (plan: Plan): boolean =>
  plan.kind !== 'act' || plan.acts.every(({ kind }) => kind === 'lift');

const everyStep = (check: (moved: Moved) => void): void => {
  fc.assert(
    fc.property(story, (each) => told(each).forEach(check)),
    { numRuns: NUM_RUNS },
  );
};

describe('every decision', () => {
  it('is tried here with evictions, holds and undoings, or the rest means nothing', () => {
    const kinds = new Set<string>();
    everyStep(({ stepped: { plan } }) => {
      if (plan.kind === 'act') for (const { kind } of plan.acts) kinds.add(kind);
      else if (plan.kind === 'hold') for (const { rail } of plan.holds) kinds.add(rail);
    });
    expect([...kinds].sort()).toEqual(
      expect.arrayContaining([
        'I2',
        'I3',
        'I5',
        'deregister',
        'fence',
        'kill',
        'lift',
        'register',
        'replace',
      ]),
    );
  });

  it('is the same for the same input, also after a round trip through JSON (I7)', () => {
    everyStep(({ before, observation, stepped }) => {
      const copy = JSON.parse(JSON.stringify({ before, observation })) as Moved;
      expectSame(step(POLICY, copy.before, copy.observation), stepped);
      expectSame(JSON.parse(JSON.stringify(stepped.state)), stepped.state);
    });
  });

  it('acts on nothing when blind, late, paused, in shadow or without an inventory (I2, I5)', () => {
    everyStep(({ before, observation }) => {
      const { nowMs, rounds } = observation;
      const pause = { by: 'ops', reason: 'test', atMs: nowMs, untilMs: null };
      const worse: readonly Partial<Observation>[] = [
        { rounds: rounds.map(({ observer }) => ({ observer, failed: 'timed out' })) },
        { dueAtMs: nowMs - 2_001 },
        { pause },
        { inventory: { ok: false, error: 'Throttling' } },
      ];
      for (const change of worse) {
        expect(restores(step(POLICY, before, { ...observation, ...change }).plan)).toBe(true);
      }
      const shadow = { ...POLICY, mode: 'shadow' } as const;
      expect(restores(step(shadow, before, observation).plan)).toBe(true);
    });
  });

  it('is no more disruptive when less is known of anybody', () => {
    everyStep(({ before, observation, stepped }) => {
      if (isDisruptive(stepped.plan)) return;
      for (const n of NUMBERS) {
        const rounds = observation.rounds.map((round) => without(round, w.idOf(n)));
        expect(isDisruptive(step(POLICY, before, { ...observation, rounds }).plan)).toBe(false);
      }
    });
  });

  it('has one eviction in flight, of whom it acts on, under a fence number that only grows (I1, I6)', () => {
    everyStep(({ before, stepped: { plan, state } }) => {
      expect(state.fence - before.fence).toBeGreaterThanOrEqual(0);
      expect(state.fence - before.fence).toBeLessThanOrEqual(1);
      if (plan.kind !== 'act' || !isDisruptive(plan)) return;
      const acts = plan.acts.filter(({ kind }) => kind !== 'lift');
      const targets = acts.map(w.instanceOf);
      expect(new Set(targets)).toEqual(new Set([state.inFlight?.instanceId]));
      expect(state.inFlight?.fence).toBe(before.inFlight?.fence ?? before.fence + 1);
    });
  });

  it('begins only with what belongs to the fleet and leaves a majority of the seats (I3, I11)', () => {
    everyStep(({ before, observation, stepped: { plan, state, cluster } }) => {
      if (plan.kind !== 'act' || !isDisruptive(plan)) return;
      if (before.inFlight !== null || !observation.inventory.ok) return;
      // Beside it an earlier fence may be let go.
      const acts = plan.acts.filter(({ kind }) => kind !== 'lift');
      const [id] = acts.map(w.instanceOf);
      const { departed, instances } = observation.inventory.value;
      const target = instances.find((each) => each.instanceId === id);
      const isGone =
        target === undefined ||
        target.ec2State === 'terminated' ||
        departed.includes(target.instanceId);
      // Of a ghost nothing is left to be taken out; only its address may be shut out.
      const mayAct = isGone
        ? acts.every(({ kind }) => kind === 'fence')
        : target?.tagged && !target.lifecycle.startsWith('Term');
      expect(mayAct).toBe(true);
      const left = state.seats.filter(
        ({ instanceId }) =>
          instanceId !== null && instanceId !== id && cluster.core.includes(instanceId),
      );
      expect(left.length * 2).toBeGreaterThan(state.seats.length);
    });
  });
});

/** As `toEqual`, which takes most of the time of thousands of steps, and is asked only for what it says of a difference. */
const expectSame = (one: unknown, other: unknown): void => {
  if (!isDeepStrictEqual(one, other)) expect(one).toEqual(other);
};

const without = (round: Round, instanceId: string): Round =>
  'failed' in round
    ? round
    : {
        ...round,
        sights: Object.fromEntries(
          Object.entries(round.sights).filter(([id]) => id !== instanceId),
        ),
      };
