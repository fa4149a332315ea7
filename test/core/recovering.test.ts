/** A member that answers well again, for good or now and then: what is counted, what is begun, and what goes on (ADR 0011). */
import { describe, expect, it } from 'vitest';
import type { State } from '../../src/core/model.ts';
import type { Crossing, Round, Sight } from '../../src/core/observation.ts';
import { type Stepped, step } from '../../src/core/step.ts';
import * as w from './world.ts';

const { T0, POLICY, withVictim } = w;
const ALL = [1, 2, 3, 4, 5];
const atS = (s: number): number => T0 + s * 1_000;
const OK = w.works(1, 2, 3);

/** What is shown from `fromS` to `toS`, a tick a second, until somebody acts. */
const until = (
  state: State,
  [fromS, toS]: readonly [number, number],
  shown: (s: number) => w.Scene,
): (Stepped & { readonly s: number }) | null => {
  let current = state;
  for (let s = fromS; s <= toS; s += 1) {
    const stepped = step(POLICY, current, w.observationAt(atS(s), shown(s)));
    if (stepped.plan.kind === 'act') return { ...stepped, s };
    current = stepped.state;
  }
  return null;
};

/** Node 3 under another name of its process. */
const renamed = (uuid: string, more: Partial<Sight> = {}): Sight => {
  const members = [1, 2, 3].map((n) => ({
    address: w.addressOf(n),
    uuid: n === 3 ? uuid : `uuid-${n}`,
  }));
  return { ...OK, view: { answer: 'ok', value: { members }, tookMs: 3 }, ...more };
};

describe('one that answers every other second', () => {
  const fickle = (s: number): w.Scene => withVictim(s % 2 === 0 ? w.hung : OK);

  it('is put back when it was about to be evicted, and keeps nobody from being evicted', () => {
    const scene = (sights: Readonly<Record<number, Sight>>): w.Scene => ({
      sights: Object.fromEntries(ALL.map((n) => [n, sights[n] ?? w.works(...ALL)])),
    });
    const calm = w.play([{ fromMs: atS(-20), scene: scene({}) }], T0).at(-1)!.state;
    const begun = until(calm, [1, 20], () => scene({ 3: w.hung }))!;
    expect(w.actsOf(begun.plan)).toEqual(['deregister', 'kill']);
    const shown = (s: number): w.Scene =>
      scene({ 3: s % 2 === 0 ? w.hung : w.works(...ALL), ...(s > 60 ? { 5: w.zombie } : {}) });
    const back = until(begun.state, [40, 60], shown)!;
    expect(w.actsOf(back.plan)).toEqual(['register']);
    const other = until({ ...back.state, inFlight: null }, [back.s + 1, 120], shown);
    expect(other?.state.inFlight?.instanceId).toBe('i-5');
  });

  it('is replaced in good order when people say so in a second in which it answers', () => {
    const order = {
      id: 'o',
      kind: 'replace',
      instanceId: 'i-3',
      by: 'ana',
      reason: 'its heap',
      atMs: atS(2),
    } as const;
    const before = step(POLICY, w.quorate(), w.observationAt(atS(1), withVictim(w.hung)));
    const scene = { ...w.HEALTHY_THREE, more: { orders: [order] } };
    const { plan, state } = step(POLICY, before.state, w.observationAt(atS(2), scene));
    expect(w.actsOf(plan)).toEqual(['enterStandby']);
    // No spare ever comes: it is put back in the end.
    const standing = (s: number): w.Scene => ({
      ...fickle(s),
      instances: [w.instance(1), w.instance(2), w.instance(3, { lifecycle: 'Standby' })],
    });
    const undone = until(state, [3, 1_300], standing);
    expect(undone?.state.retirement?.phase).toBe('undo');
  });

  it('is evicted all the same when no peer reaches it', () => {
    const crossings = [1, 2].map(
      (via): Crossing => ({ via: w.idOf(via), to: 'i-3', answer: 'silent' }),
    );
    const shown = (s: number): w.Scene => {
      const scene = fickle(s);
      const rounds = ['probe-a', 'probe-b'].map(
        (name): Round => ({ ...w.round(name, scene.sights), crossings }),
      );
      return { ...scene, more: { rounds } };
    };
    expect(until(w.quorate(), [1, 60], shown)).not.toBeNull();
  });
});

describe('what is counted', () => {
  it('is what was seen: a bad look every nine seconds is no eviction', () => {
    const looks = [
      [1, w.hung],
      [6, OK],
      [10, w.hung],
      [15, OK],
      [19, w.hung],
    ] as const;
    let state = w.quorate();
    for (const [s, sight] of looks) {
      const stepped = step(POLICY, state, w.observationAt(atS(s), withVictim(sight)));
      expect(stepped.plan.kind).toBe('watch');
      state = stepped.state;
    }
  });

  it('makes no lost majority of one bad round of everybody', () => {
    const all = { sights: { 1: w.zombie, 2: w.zombie, 3: w.zombie } };
    const bad = step(POLICY, w.quorate(), w.observationAt(atS(1), all));
    const good = step(POLICY, bad.state, w.observationAt(atS(6), w.HEALTHY_THREE));
    expect(good.cluster.condition).toBe('Quorate');
  });

  it('is paid back by good answers: a pause of minutes ago evicts nobody who answers four rounds of five', () => {
    const pause = { by: 'ana', reason: 'x', untilMs: atS(600), atMs: T0 };
    const shown = (s: number): w.Scene => ({
      ...withVictim(s <= 12 || s % 5 === 0 ? w.hung : OK),
      more: { pause },
    });
    expect(until(w.quorate(), [1, 660], shown)).toBeNull();
  });

  it('leaves a core of those who answer three rounds of four', () => {
    const ok = w.works(...ALL);
    const scene = (bad: readonly number[]): w.Scene => ({
      sights: Object.fromEntries(ALL.map((n) => [n, bad.includes(n) ? w.hung : ok])),
    });
    const policy = { ...POLICY, mode: 'shadow' } as const;
    let state = w.play([{ fromMs: atS(-20), scene: scene([]) }], T0, { policy }).at(-1)!.state;
    const sizes: number[] = [];
    for (let s = 1; s < 120; s += 1) {
      const bad = s <= 15 ? ALL : [1, 2 + (s % 4)];
      const stepped = step(policy, state, w.observationAt(atS(s), scene(bad)));
      state = stepped.state;
      sizes.push(stepped.cluster.core.length);
    }
    expect(Math.min(...sizes.slice(30))).toBe(3);
  });

  it('is not what only the canary says: long work and one hiccup evict nobody', () => {
    const stuck: Sight = { ...OK, canary: { answer: 'silent', partition: 7, forMs: 600 } };
    const shown = (s: number): w.Scene => withVictim(s === 1 ? w.hung : s % 5 === 0 ? OK : stuck);
    expect(until(w.quorate(), [1, 60], shown)).toBeNull();
  });

  it('is not what the process before it did', () => {
    const health: Sight['health'] = {
      answer: 'ok',
      value: { nodeState: 'STARTING', clusterState: 'ACTIVE', clusterSize: 3 },
      tookMs: 2,
    };
    const shown = (s: number): w.Scene => {
      if (s < 4) return withVictim(w.zombie);
      if (s === 4) return withVictim(renamed('new', { health }));
      return withVictim(s < 7 ? renamed('new') : w.hung);
    };
    expect(until(w.quorate(), [1, 40], shown)?.s).toBe(17);
  });

  it.each([
    ['refuses', w.killed, 11],
    ['has another name', null, 11],
  ] as const)(
    'is not what the process before it did: it %s in the round that resumes',
    (_how, sight, actS) => {
      const health: Sight['health'] = {
        answer: 'ok',
        value: { nodeState: 'STARTING', clusterState: 'ACTIVE', clusterSize: 3 },
        tookMs: 2,
      };
      const next = sight ?? renamed('new', { health });
      const shown = (s: number): w.Scene =>
        withVictim(s < 5 ? w.zombie : s === 5 ? OK : s === 6 || sight !== null ? next : w.hung);
      expect(until(w.quorate(), [1, 40], shown)?.s).toBe(actS);
    },
  );

  it('is since when it failed, and not since when an observer lost its way', () => {
    const shown = (s: number): w.Scene => ({
      ...withVictim(OK),
      more: {
        rounds: [
          w.round('probe-a', withVictim(s < 300 ? OK : w.zombie).sights),
          w.round('probe-b', withVictim(w.vanished).sights),
        ],
      },
      instances: [w.instance(1), w.instance(2), w.instance(3, { target: 'unhealthy' })],
    });
    const act = until(w.quorate(), [1, 400], shown);
    const kill =
      act?.plan.kind === 'act' ? act.plan.acts.find(({ kind }) => kind === 'kill') : null;
    expect(kill).toMatchObject({ startedBeforeMs: atS(300) });
  });

  it('is not what it did before it was gone, where members do not name themselves', () => {
    const nameless = (third: Sight): w.Scene => {
      const members = [1, 2, 3].map((n) => ({ address: w.addressOf(n), uuid: '' }));
      const bare: Sight = { ...OK, view: { answer: 'ok', value: { members }, tookMs: 3 } };
      return { sights: { 1: bare, 2: bare, 3: third === OK ? bare : third } };
    };
    const calm = w.play([{ fromMs: atS(-20), scene: nameless(OK) }], T0).at(-1)!.state;
    const shown = (s: number): w.Scene => nameless(s < 5 ? w.killed : s < 8 ? OK : w.hung);
    expect(until(calm, [1, 40], shown)?.s).toBe(18);
  });
});

describe('two observers', () => {
  const seenBy = (a: Sight, b: Sight): w.Scene => ({
    ...withVictim(OK),
    more: {
      rounds: [w.round('probe-a', withVictim(a).sights), w.round('probe-b', withVictim(b).sights)],
    },
  });
  const SHADOW = { ...POLICY, mode: 'shadow' } as const;

  it('both have complained for a whole tolerance, also when one is content after good rounds', () => {
    const shown = (s: number): w.Scene =>
      s < 12 ? withVictim(w.hung) : s < 14 ? w.HEALTHY_THREE : seenBy(w.hung, OK);
    let state = w.quorate();
    const conditions: (string | undefined)[] = [];
    for (let s = 1; s <= 25; s += 1) {
      const stepped = step(SHADOW, state, w.observationAt(atS(s), shown(s)));
      state = stepped.state;
      conditions.push(stepped.nodes[2]?.condition);
    }
    // Five seconds after the last that it saw of it, it is content.
    expect(conditions.slice(12, 17)).toEqual([
      'Healthy',
      'Zombie',
      'Zombie',
      'Zombie',
      'Unreachable',
    ]);
    expect(conditions.at(-1)).toBe('Unreachable');
  });

  it('count for themselves: one is owed nothing of what the other one saw', () => {
    const shown = (s: number): w.Scene => {
      const a = s === 10 ? OK : w.hung;
      return seenBy(a, s === 8 || s === 9 || s >= 15 ? w.hung : OK);
    };
    expect(until(w.quorate(), [1, 40], shown)?.s).toBe(25);
  });

  it('are not believed where one of them has lost its way since', () => {
    const shown = (s: number): w.Scene =>
      seenBy(s === 6 ? OK : w.hung, s < 6 ? w.hung : s < 11 ? OK : w.vanished);
    expect(until(w.quorate(), [1, 60], shown)).toBeNull();
  });

  it('find nobody guilty whom they lose by turns', () => {
    const byTurns = (s: number): w.Scene =>
      s % 3 === 0 ? seenBy(w.hung, OK) : s % 3 === 1 ? seenBy(OK, w.hung) : w.HEALTHY_THREE;
    expect(until(w.quorate(), [1, 300], byTurns)).toBeNull();
  });
});

describe('ticks', () => {
  it('do not follow each other without a pause when the decisive round finds it well', () => {
    let state = w.quorate();
    let nowMs = atS(1);
    let ticks = 0;
    while (nowMs < atS(16)) {
      const isSick = nowMs < atS(10.4);
      const tookMs = isSick ? 500 : 5;
      const stepped = step(POLICY, state, {
        ...w.observationAt(nowMs + tookMs, isSick ? withVictim(w.hung) : w.HEALTHY_THREE),
        dueAtMs: nowMs,
        startedAtMs: nowMs,
      });
      state = stepped.state;
      ticks += 1;
      nowMs = Math.max(stepped.plan.nextCheckAtMs, nowMs + tookMs);
    }
    expect(ticks).toBeLessThan(30);
  });
});
