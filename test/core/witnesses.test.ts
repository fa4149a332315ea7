import { describe, expect, it } from 'vitest';
import type { State } from '../../src/core/model.ts';
import type { Round, Sight } from '../../src/core/observation.ts';
import { type Stepped, step } from '../../src/core/step.ts';
import * as w from './world.ts';

const { T0, POLICY, withVictim } = w;

/** Who sees node 3 how; a `null` round has failed. */
interface Shown {
  readonly a: Sight | null;
  readonly b: Sight | null;
  readonly targets?: Readonly<Record<number, 'healthy' | 'unhealthy'>>;
  /** All others work; with five nodes I3 is not in the way. */
  readonly others?: Readonly<Record<number, Sight>>;
}

const ALL = [1, 2, 3, 4, 5];
const OK = w.works(...ALL);

const sceneOf = ({ a, b, targets = {}, others = {} }: Shown): w.Scene => {
  const sights = Object.fromEntries(ALL.map((n) => [n, others[n] ?? OK]));
  const seen = (observer: string, sight: Sight | null): Round =>
    sight === null ? { observer, failed: 'timed out' } : w.round(observer, { ...sights, 3: sight });
  return {
    sights,
    instances: ALL.map((n) => w.instance(n, { target: targets[n] ?? 'healthy' })),
    more: { rounds: [seen('probe-a', a), seen('probe-b', b)] },
  };
};

const five = (): State =>
  w.play([{ fromMs: T0 - 20_000, scene: sceneOf({ a: OK, b: OK }) }], T0).at(-1)!.state;

/** One tick a second from T0 + 1 s; each entry lasts until the next. */
const played = (story: Readonly<Record<number, Shown>>, untilS: number) =>
  w.play(
    Object.entries(story).map(([s, shown]) => ({
      fromMs: T0 + Number(s) * 1_000,
      scene: sceneOf(shown),
    })),
    T0 + untilS * 1_000,
    { state: five() },
  );

const firstActS = (steps: readonly (Stepped & { nowMs: number })[]): number | null => {
  const act = steps.find(({ plan }) => plan.kind === 'act');
  return act === undefined ? null : (act.nowMs - T0) / 1_000;
};

describe('an observer whose way is lossy', () => {
  it.each([
    ['silence', w.hung],
    ['wrong answers', w.zombie],
    ['no connection', w.vanished],
  ])('does not make a short pause ripe: %s', (_name, sight) => {
    const story = {
      1: { a: OK, b: sight },
      60: { a: w.hung, b: sight },
      69: { a: OK, b: sight },
    };
    expect(firstActS(played(story, 90))).toBeNull();
  });

  it('counts as a witness from its own first failure on', () => {
    const steps = played({ 1: { a: OK, b: w.hung }, 60: { a: w.hung, b: w.hung } }, 90);
    expect(firstActS(steps)).toBe(70);
    expect(steps.at(-1)?.nodes[2]?.suspicion?.ripeAtMs).toBe(T0 + 70_000);
  });

  it('does not lend its wrong answers to the silence that another one meets', () => {
    expect(firstActS(played({ 1: { a: w.hung, b: w.zombie } }, 30))).toBe(11);
  });

  it('loses its voice with one good round for everybody', () => {
    const story = {
      1: { a: OK, b: w.hung },
      30: { a: OK, b: OK },
      31: { a: w.hung, b: w.hung },
    };
    expect(firstActS(played(story, 60))).toBe(41);
  });

  it('is forgiven after as long as a fault is tolerated, and not after one good answer', () => {
    const wavers = {
      1: { a: w.hung, b: w.hung },
      4: { a: OK, b: w.hung },
      6: { a: w.hung, b: w.hung },
    };
    expect(firstActS(played(wavers, 30))).toBe(11);
    const recovers = {
      ...wavers,
      4: { a: OK, b: w.hung },
      10: { a: w.hung, b: w.hung },
      6: { a: OK, b: w.hung },
    };
    expect(firstActS(played(recovers, 30))).toBe(20);
  });

  it('may miss a round without losing what it saw', () => {
    const story = {
      1: { a: w.hung, b: w.hung },
      6: { a: null, b: w.hung },
      7: { a: w.hung, b: w.hung },
    };
    expect(firstActS(played(story, 30))).toBe(11);
  });
});

describe('the load balancer as a witness', () => {
  const alone = { a: w.hung, b: null };
  const unreached = { a: w.vanished, b: w.vanished };

  it('is believed beside one observer when only the victim is in trouble', () => {
    expect(firstActS(played({ 1: { ...alone, targets: { 3: 'unhealthy' } } }, 30))).toBe(11);
  });

  it('is not believed beside one observer when it finds a working node unhealthy too', () => {
    const targets = { 3: 'unhealthy', 4: 'unhealthy' } as const;
    expect(firstActS(played({ 1: { ...alone, targets } }, 30))).toBeNull();
  });

  it('is not believed beside one observer while another node is sick: one can fail the check of all', () => {
    const targets = { 3: 'unhealthy' } as const;
    const sick = { ...alone, targets, others: { 5: w.hung } };
    expect(firstActS(played({ 1: sick }, 30))).toBeNull();
  });

  it('is believed beside two observers, because a lost host takes the check of others with it', () => {
    const targets = { 2: 'unhealthy', 3: 'unhealthy', 4: 'unhealthy' } as const;
    expect(firstActS(played({ 1: { ...unreached, targets } }, 30))).toBe(11);
    expect(firstActS(played({ 1: unreached }, 30))).toBeNull();
  });

  it('says nothing about a node that an observer sees working', () => {
    const lossy = { a: OK, b: w.hung, targets: { 3: 'unhealthy' } as const };
    const steps = played({ 1: lossy }, 60);
    expect(firstActS(steps)).toBeNull();
    expect(steps.at(-1)?.nodes[2]).toMatchObject({
      condition: 'Unreachable',
      because: expect.stringContaining('probe-a gets good answers'),
    });
  });
});

describe('what was not seen', () => {
  const hungFor = (seconds: number): State =>
    w
      .play([{ fromMs: T0 + 1_000, scene: withVictim(w.hung) }], T0 + seconds * 1_000, {
        state: w.quorate(),
      })
      .at(-1)!.state;

  it('does not stop the timers when only AWS did not answer', () => {
    const more = { inventory: { ok: false, error: 'Throttling' } as const };
    const missed = step(
      POLICY,
      hungFor(9),
      w.observationAt(T0 + 10_000, { ...withVictim(w.hung), more }),
    );
    expect(missed.plan.kind).toBe('watch');
    const { plan } = step(POLICY, missed.state, w.observationAt(T0 + 11_000, withVictim(w.hung)));
    expect(plan.kind).toBe('act');
  });

  it('does not count: a gap of more than 8 s restarts the timers', () => {
    const planAfter = (gapMs: number) =>
      step(POLICY, hungFor(4), w.observationAt(T0 + 4_000 + gapMs, withVictim(w.hung))).plan.kind;
    expect(planAfter(8_000)).toBe('act');
    expect(planAfter(8_001)).toBe('watch');
  });

  it('includes what a clock dates in the future', () => {
    const { nodes } = step(POLICY, hungFor(9), w.observationAt(T0 - 60_000, withVictim(w.hung)));
    expect(nodes[2]?.suspicion?.sinceMs).toBe(T0 - 60_000);
  });
});
