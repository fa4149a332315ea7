import { describe, expect, it } from 'vitest';
import type { State } from '../../src/core/model.ts';
import { DEFAULT_POLICY } from '../../src/core/policy.ts';
import { step } from '../../src/core/step.ts';
import * as w from './world.ts';

const { T0, POLICY, firstAct, withVictim } = w;

describe('rails', () => {
  const ripe = T0 + 15_000;
  const holdsOf = (scene: w.Scene, policy = POLICY, state: State = w.quorate()) => {
    const last = w.play([{ fromMs: T0 + 1_000, scene }], ripe, { state, policy }).at(-1);
    return last?.plan.kind === 'hold' ? last.plan.holds.map(({ rail }) => rail) : [last?.plan.kind];
  };

  it('I2: an inventory error holds', () => {
    const scene = {
      ...withVictim(w.hung),
      more: { inventory: { ok: false, error: 'Throttling' } as const },
    };
    const state = w
      .play([{ fromMs: T0 + 1_000, scene: withVictim(w.hung) }], T0 + 10_000, {
        state: w.quorate(),
      })
      .at(-1)!.state;
    const { plan, cluster } = step(POLICY, state, w.observationAt(T0 + 11_000, scene));
    expect(plan.kind).toBe('watch');
    expect(cluster).toMatchObject({ condition: 'Unknown', because: 'Throttling' });
  });

  it('I2: a blind round names nothing and restarts the timers', () => {
    const scene = {
      ...withVictim(w.hung),
      more: { rounds: [{ observer: 'probe-a', failed: 'timed out' }] },
    };
    const state = w
      .play([{ fromMs: T0 + 1_000, scene: withVictim(w.hung) }], T0 + 10_000, {
        state: w.quorate(),
      })
      .at(-1)!.state;
    const blind = step(POLICY, state, w.observationAt(T0 + 11_000, scene));
    expect(blind.cluster.condition).toBe('Blind');
    const next = step(POLICY, blind.state, w.observationAt(T0 + 12_000, withVictim(w.hung)));
    expect(next.plan.kind).toBe('watch');
  });

  it('I2: a late tick holds', () => {
    const state = w
      .play([{ fromMs: T0 + 1_000, scene: withVictim(w.hung) }], T0 + 10_000, {
        state: w.quorate(),
      })
      .at(-1)!.state;
    const late = w.observationAt(T0 + 13_500, {
      ...withVictim(w.hung),
      more: { dueAtMs: T0 + 11_000 },
    });
    expect(step(POLICY, state, late).plan).toMatchObject({ kind: 'hold', holds: [{ rail: 'I2' }] });
  });

  it('I2: one observer alone holds, and acts with AWS as a witness', () => {
    const one = (target: 'healthy' | 'unhealthy'): w.Scene => {
      const scene = withVictim(w.hung);
      return {
        ...scene,
        instances: [w.instance(1), w.instance(2), w.instance(3, { target })],
        more: {
          rounds: [w.round('probe-a', scene.sights), { observer: 'probe-b', failed: 'timed out' }],
        },
      };
    };
    expect(firstAct(one('healthy'))).toBeUndefined();
    expect(firstAct(one('unhealthy'))).toBeDefined();
  });

  it('I3: two sick of three is no majority', () => {
    const scene: w.Scene = { sights: { 1: w.works(1, 2, 3), 2: w.hung, 3: w.hung } };
    expect(holdsOf(scene)).toContain('I3');
  });

  it('I3: newcomers do not count towards the majority', () => {
    // Seats 1-3; 1 works, 2 and 3 hang, 4 and 5 have just joined.
    const lists = [1, 2, 3, 4, 5];
    const scene: w.Scene = {
      sights: {
        1: w.works(...lists),
        2: w.hung,
        3: w.hung,
        4: w.works(...lists),
        5: w.works(...lists),
      },
    };
    const state = w.quorate();
    const steps = w.play([{ fromMs: T0 + 1_000, scene }], T0 + 10_000, {
      state,
      policy: { ...POLICY, silenceToleranceMs: 6_000 },
    });
    expect(steps.some(({ plan }) => plan.kind === 'act')).toBe(false);
  });

  it('I3: a member that failed a moment ago does not count either', () => {
    const wavering: w.Scene = { sights: { 1: w.works(1, 2, 3), 2: w.zombie, 3: w.hung } };
    const steps = w.play(
      [
        { fromMs: T0 + 1_000, scene: withVictim(w.hung) },
        { fromMs: T0 + 9_000, scene: wavering },
        { fromMs: T0 + 10_000, scene: withVictim(w.hung) },
      ],
      T0 + 20_000,
      { state: w.quorate() },
    );
    expect(steps.find(({ nowMs }) => nowMs === T0 + 14_000)?.plan).toMatchObject({
      kind: 'hold',
      holds: [{ rail: 'I3' }],
    });
    expect(steps.find(({ plan }) => plan.kind === 'act')?.nowMs).toBe(T0 + 15_000);
  });

  it('I5: shadow mode decides and does nothing', () => {
    expect(holdsOf(withVictim(w.hung), DEFAULT_POLICY)).toEqual(['I5']);
  });

  it('I5: a pause holds until it ends', () => {
    const pause = { by: 'ops', reason: 'release', atMs: T0, untilMs: T0 + 20_000 };
    const scene = { ...withVictim(w.hung), more: { pause } };
    expect(holdsOf(scene)).toEqual(['I5']);
    expect(firstAct(scene)?.nowMs).toBe(T0 + 20_000);
  });

  it('I9: a seat is not killed twice within its window', () => {
    const state = { ...w.quorate(), kills: [{ atMs: T0 - 300_000, seat: 3, instanceId: 'i-old' }] };
    expect(holdsOf(withVictim(w.hung), POLICY, state)).toEqual(['I9']);
  });

  it('I9: taking up the eviction of the same instance again is no second kill in its seat', () => {
    const state = { ...w.quorate(), kills: [{ atMs: T0 - 300_000, seat: 3, instanceId: 'i-3' }] };
    expect(holdsOf(withVictim(w.hung), POLICY, state)).toEqual(['act']);
  });

  it('I9: a budget of nothing blocks without an end', () => {
    const policy = { ...POLICY, fleetKillsMax: 0 };
    const steps = w.play([{ fromMs: T0 + 1_000, scene: withVictim(w.hung) }], ripe, {
      state: w.quorate(),
      policy,
    });
    expect(steps.at(-1)?.plan).toMatchObject({ holds: [{ rail: 'I9', untilMs: null }] });
  });

  it('I9: three kills an hour are the budget of the fleet', () => {
    const kills = [1, 2, 9].map((seat) => ({ atMs: T0 - 1_000_000, seat, instanceId: 'i-old' }));
    expect(holdsOf(withVictim(w.hung), POLICY, { ...w.quorate(), kills })).toEqual(['I9']);
  });

  it('I11: an instance without the tag is never touched', () => {
    const instances = [w.instance(1), w.instance(2), w.instance(3, { tagged: false })];
    expect(holdsOf({ ...withVictim(w.hung), instances })).toEqual(['I11']);
    expect(holdsOf({ ...withVictim(w.hung), inventory: { groupTagged: false } })).toEqual(['I11']);
  });

  it('I12: an address that two instances claim selects nobody', () => {
    const instances = [
      w.instance(1),
      w.instance(2),
      w.instance(3),
      w.instance(4, { address: w.addressOf(3) }),
    ];
    const scene = { ...withVictim(w.hung), instances };
    expect(holdsOf(scene)).toContain('I12');
  });

  it('I1: a second sick node waits for the first eviction', () => {
    const scene: w.Scene = {
      sights: Object.fromEntries(
        [1, 2, 3, 4, 5].map((n) => [n, n > 3 ? w.hung : w.works(1, 2, 3, 4, 5)]),
      ),
    };
    const healthy: w.Scene = {
      sights: Object.fromEntries([1, 2, 3, 4, 5].map((n) => [n, w.works(1, 2, 3, 4, 5)])),
    };
    const state = w.play([{ fromMs: T0 - 20_000, scene: healthy }], T0).at(-1)!.state;
    const steps = w.play([{ fromMs: T0 + 1_000, scene }], T0 + 12_000, { state });
    const targets = new Set(
      steps.flatMap(({ plan }) => (plan.kind === 'act' ? plan.acts.map(w.instanceOf) : [])),
    );
    expect(targets.size).toBe(1);
  });

  it('I7: the same policy, state and observation give the same plan', () => {
    const state = w
      .play([{ fromMs: T0 + 1_000, scene: withVictim(w.hung) }], T0 + 10_000, {
        state: w.quorate(),
      })
      .at(-1)!.state;
    const observation = w.observationAt(T0 + 11_000, withVictim(w.hung));
    const copy = JSON.parse(JSON.stringify({ state, observation })) as {
      state: State;
      observation: typeof observation;
    };
    expect(step(POLICY, copy.state, copy.observation)).toEqual(step(POLICY, state, observation));
  });
});
