import { describe, expect, it } from 'vitest';
import { lastLook } from '../../src/core/last-look.ts';
import * as w from './world.ts';

const { T0, withVictim } = w;
const nodeAt = (steps: ReturnType<typeof w.play>, n: number) =>
  steps.at(-1)?.nodes.find(({ instanceId }) => instanceId === w.idOf(n));

describe('a healthy cluster', () => {
  it('is Quorate once its members have been stable, and is left alone', () => {
    const steps = w.play([{ fromMs: T0, scene: w.HEALTHY_THREE }], T0 + 30_000);
    expect(steps.at(-1)?.cluster.condition).toBe('Quorate');
    expect(steps.at(-1)?.state.seats).toHaveLength(3);
    expect(steps.every(({ plan }) => plan.kind === 'watch')).toBe(true);
  });

  it('has no quorum base before members were stable', () => {
    const [first] = w.play([{ fromMs: T0, scene: w.HEALTHY_THREE }], T0);
    expect(first?.cluster).toMatchObject({
      condition: 'Forming',
      because: 'no member has been stable yet',
    });
  });

  it('grows its base by stable joiners only, so scaling from 3 to 6 is no loss of quorum', () => {
    const numbers = [1, 2, 3, 4, 5, 6];
    const six: w.Scene = {
      sights: Object.fromEntries(numbers.map((n) => [n, w.works(...numbers)])),
      instances: numbers.map((n) => w.instance(n, n > 3 ? { launchedAtMs: T0 - 60_000 } : {})),
    };
    const steps = w.play([{ fromMs: T0 + 1_000, scene: six }], T0 + 30_000, { state: w.quorate() });
    expect(steps[2]?.state.seats).toHaveLength(3);
    expect(steps.at(-1)?.state.seats).toHaveLength(6);
    expect(steps.every(({ cluster }) => cluster.condition === 'Quorate')).toBe(true);
  });

  it('counts a newcomer in the place of an instance that drains, not on top of it', () => {
    const draining: w.Scene = {
      sights: { 1: w.works(1, 2, 4), 2: w.works(1, 2, 4), 3: w.killed, 4: w.works(1, 2, 4) },
      instances: [1, 2, 4]
        .map((n) => w.instance(n))
        .concat(w.instance(3, { lifecycle: 'Terminating' })),
      inventory: { desired: 3 },
    };
    const steps = w.play([{ fromMs: T0 + 1_000, scene: draining }], T0 + 20_000, {
      state: w.quorate(),
    });
    expect(steps.every(({ state }) => state.seats.length === 3)).toBe(true);
    expect(steps.at(-1)?.cluster).toMatchObject({ core: ['i-1', 'i-2', 'i-4'] });
    expect(
      steps
        .at(-1)
        ?.state.seats.map(({ instanceId }) => instanceId)
        .sort(),
    ).toEqual(['i-1', 'i-2', 'i-4']);
  });

  it('shrinks its base only when the desired capacity was lowered', () => {
    const two = (desired: number): w.Scene => ({
      sights: { 1: w.works(1, 2), 2: w.works(1, 2) },
      inventory: { desired },
    });
    const lost = w.play([{ fromMs: T0 + 1_000, scene: two(3) }], T0 + 10_000, {
      state: w.quorate(),
    });
    expect(lost.at(-1)?.state.seats).toHaveLength(3);
    const scaledIn = w.play([{ fromMs: T0 + 1_000, scene: two(2) }], T0 + 10_000, {
      state: w.quorate(),
    });
    expect(scaledIn.at(-1)?.state.seats).toHaveLength(2);
  });
});

describe('conditions', () => {
  const cases: Record<string, { scene: w.Scene; condition: string }> = {
    'a hung member that the others list is a Zombie': {
      scene: withVictim(w.hung),
      condition: 'Zombie',
    },
    'a member that closes connections and is listed is a Zombie': {
      scene: withVictim(w.zombie),
      condition: 'Zombie',
    },
    'a killed member that nobody lists is Dead': {
      scene: withVictim(w.killed, [1, 2]),
      condition: 'Dead',
    },
    'a host that only our probes cannot reach is Unreachable': {
      scene: withVictim(w.vanished),
      condition: 'Unreachable',
    },
    'a host that our probes and the load balancer cannot reach is a Zombie': {
      scene: {
        ...withVictim(w.vanished),
        instances: [w.instance(1), w.instance(2), w.instance(3, { target: 'unhealthy' })],
      },
      condition: 'Zombie',
    },
    'a member leaving the group is nobody to judge': {
      scene: {
        ...withVictim(w.hung),
        instances: [w.instance(1), w.instance(2), w.instance(3, { lifecycle: 'Terminating:Wait' })],
      },
      condition: 'Unknown',
    },
  };
  it.each(Object.entries(cases))('%s', (_name, { scene, condition }) => {
    const steps = w.play([{ fromMs: T0 + 1_000, scene }], T0 + 11_000, { state: w.quorate() });
    expect(nodeAt(steps, 3)?.condition).toBe(condition);
  });

  it('keeps its condition within the tolerance and tells the suspicion', () => {
    const steps = w.play([{ fromMs: T0 + 1_000, scene: withVictim(w.hung) }], T0 + 5_000, {
      state: w.quorate(),
    });
    expect(nodeAt(steps, 3)).toMatchObject({
      condition: 'Healthy',
      suspicion: { evidence: 'silence', sinceMs: T0 + 1_000, ripeAtMs: T0 + 11_000 },
    });
  });

  it('is Unreachable when only one of two observers reaches it for long', () => {
    const scene = withVictim(w.works(1, 2, 3));
    const rounds = [
      w.round('probe-a', scene.sights),
      w.round('probe-b', withVictim(w.vanished).sights),
    ];
    const steps = w.play(
      [{ fromMs: T0 + 1_000, scene: { ...scene, more: { rounds } } }],
      T0 + 20_000,
      { state: w.quorate() },
    );
    expect(nodeAt(steps, 3)?.condition).toBe('Unreachable');
    expect(steps.every(({ plan }) => plan.kind === 'watch')).toBe(true);
  });

  it('calls a newcomer Starting within its grace, and Dead after it', () => {
    const scene: w.Scene = {
      sights: { 1: w.works(1, 2), 2: w.works(1, 2), 4: w.killed },
      instances: [w.instance(1), w.instance(2), w.instance(4, { launchedAtMs: T0 - 280_000 })],
    };
    const steps = w.play([{ fromMs: T0 + 1_000, scene }], T0 + 40_000, { state: w.quorate() });
    expect(steps[5]?.nodes[2]?.condition).toBe('Starting');
    expect(nodeAt(steps, 4)?.condition).toBe('Dead');
  });

  it('does not take a member whose REST API is off for a zombie', () => {
    const scene = withVictim(w.zombie);
    const steps = w.play([{ fromMs: T0, scene }], T0 + 40_000);
    expect(nodeAt(steps, 3)).toMatchObject({ condition: 'Unknown' });
    expect(steps.some(({ plan }) => plan.kind === 'act')).toBe(false);
  });
});

describe('lastLook', () => {
  const round = (observer: string, sight: Parameters<typeof w.withVictim>[0]) =>
    w.round(observer, { 3: sight });
  const state = w
    .play([{ fromMs: T0 + 1_000, scene: withVictim(w.hung) }], T0 + 9_000, {
      state: w.quorate(),
    })
    .at(-1)!.state;
  const look = (rounds: Parameters<typeof lastLook>[2]) =>
    lastLook(state, { instanceId: 'i-3', condition: 'Zombie' }, rounds);

  it('takes only good answers to everybody who reached it as life', () => {
    const good = round('a', w.works(1, 2, 3));
    expect(look([good, round('b', w.works(1, 2, 3))])).toBe('works');
    expect(look([good, round('b', w.vanished)])).toBe('works');
    expect(look([round('a', w.vanished), round('b', w.hung)])).toBe('fails');
    expect(look([round('b', w.hung)])).toBe('fails');
  });

  it('is unclear when nobody looked, or one saw it working and another did not', () => {
    expect(look([{ observer: 'a', failed: 'timed out' }])).toBe('unclear');
    expect(look([round('a', w.works(1, 2, 3)), round('b', w.hung)])).toBe('unclear');
  });
});

describe('a member that answers now and then', () => {
  const scene = (a: 'hung' | 'works', b: 'hung' | 'works'): w.Scene => {
    const sight = { hung: w.hung, works: w.works(1, 2, 3) };
    const rounds = [
      w.round('probe-a', withVictim(sight[a]).sights),
      w.round('probe-b', withVictim(sight[b]).sights),
    ];
    return { ...withVictim(w.hung), more: { rounds } };
  };
  const alternating = (until: number) =>
    w.play(
      Array.from({ length: 40 }, (_, i) => ({
        fromMs: T0 + (i + 1) * 1_000,
        scene: i % 2 === 0 ? scene('hung', 'works') : scene('works', 'hung'),
      })),
      until,
      { state: w.quorate() },
    );

  it('is evicted when both observers have failed with it for the tolerance and no round was good', () => {
    const act = alternating(T0 + 30_000).find(({ plan }) => plan.kind === 'act');
    expect(act?.nowMs).toBe(T0 + 12_000);
  });

  it('is left alone when only one observer ever fails with it', () => {
    const steps = w.play([{ fromMs: T0 + 1_000, scene: scene('works', 'hung') }], T0 + 30_000, {
      state: w.quorate(),
    });
    expect(nodeAt(steps, 3)?.condition).toBe('Unreachable');
    expect(steps.every(({ plan }) => plan.kind === 'watch')).toBe(true);
  });
});
