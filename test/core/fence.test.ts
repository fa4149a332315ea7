/** Rung 3: peers shut out a victim whose own host does nothing. */
import { describe, expect, it } from 'vitest';
import type { ActOutcome } from '../../src/core/acts.ts';
import { ordersOf } from '../../src/core/fence.ts';
import type { FencedHost } from '../../src/core/ledger.ts';
import type { Plan, State } from '../../src/core/model.ts';
import type { CommandResult, CommandStatus, Sight } from '../../src/core/observation.ts';
import { settle } from '../../src/core/settle.ts';
import { step } from '../../src/core/step.ts';
import * as w from './world.ts';

const { T0, POLICY } = w;

/** What the hosts answer to orders of this kind, by instance id; nothing: they are silent. */
type Answers = Readonly<Record<string, CommandStatus>>;
const DONE: CommandStatus = { status: 'succeeded', detail: 'refuses it' };
const REFUSED: CommandStatus = { status: 'failed', detail: 'refused: late by 3 s' };
const ALL: Answers = { 'i-1': DONE, 'i-2': DONE, 'i-3': DONE };

interface Told {
  readonly s: number;
  readonly what: string;
}

interface Played {
  readonly told: readonly Told[];
  readonly state: State;
  readonly plans: readonly Plan[];
}

/** Plays ticks of a second; AWS takes every order, hosts answer to it 3 s later. */
const play = (
  scene: (s: number) => w.Scene,
  [fromS, toS]: readonly [number, number],
  { answers = ALL, state = w.quorate() }: { answers?: Answers; state?: State } = {},
): Played => {
  const told: Told[] = [];
  const plans: Plan[] = [];
  const orders: { readonly atS: number; readonly commandId: string; readonly kind: string }[] = [];
  let current = state;
  for (let s = fromS; s <= toS; s += 1) {
    const results = orders
      .filter(({ atS, kind }) => s >= atS + 3 && kind !== 'kill')
      .flatMap(({ commandId }) =>
        Object.entries(answers).map(
          ([instanceId, status]): CommandResult => ({ commandId, instanceId, ...status }),
        ),
      );
    const observation = w.observationAt(T0 + s * 1_000, scene(s));
    const { plan, state: next } = step(POLICY, current, { ...observation, commands: results });
    plans.push(plan);
    current = next;
    if (plan.kind !== 'act') continue;
    const outcomes = plan.acts.map((act, index): ActOutcome => {
      const commandId = `${s}-${index}`;
      const hosts = 'hosts' in act ? act.hosts : [];
      orders.push({ atS: s, commandId, kind: act.kind });
      told.push({ s, what: [act.kind, ...hosts].join(' ') });
      return {
        kind: act.kind,
        startedAtMs: 0,
        finishedAtMs: 0,
        outcome: 'done',
        detail: '',
        commandId,
        fence: 'fence' in act ? act.fence : null,
        hosts,
      };
    });
    const outcome = { kind: 'acted', confirmed: plan.lastLook, outcomes } as const;
    current = settle(POLICY, current, outcome, T0 + s * 1_000);
  }
  return { told, plans, state: current };
};

const wordsOf = ({ told }: Played): readonly string[] => told.map(({ s, what }) => `${s} ${what}`);

/** Node `victim` vanished from 1 s on; until `outAtS` the others list it. */
const vanishing =
  (victim: number, outAtS: number, sight: Sight = w.vanished) =>
  (s: number): w.Scene => {
    const others = [1, 2, 3].filter((n) => n !== victim);
    const lists = s >= outAtS ? others : [1, 2, 3];
    return {
      sights: Object.fromEntries(
        [1, 2, 3].map((n) => [n, n === victim ? sight : w.works(...lists)]),
      ),
      instances: [1, 2, 3].map((n) =>
        w.instance(n, n === victim ? { target: 'unhealthy', agentOnline: false } : {}),
      ),
    };
  };

describe('the fence by peers', () => {
  it('begins beside the kill when nothing can be run on the host: the master alone, the others after it', () => {
    expect(wordsOf(play(vanishing(3, 13), [1, 15]))).toEqual([
      '11 deregister',
      '11 kill',
      '11 fence i-1',
      '14 replace',
      '14 fence i-2',
    ]);
    expect(wordsOf(play(vanishing(3, 99), [1, 15])).slice(2)).toEqual([
      '11 fence i-1',
      '14 fence i-2',
    ]);
  });

  it('asks all others at once when the victim is the master', () => {
    expect(wordsOf(play(vanishing(1, 14), [1, 15])).slice(2)).toEqual([
      '11 fence i-2 i-3',
      '15 replace',
    ]);
  });

  it('is completed, not undone, once somebody has dropped the master', () => {
    const half = play(vanishing(1, 99), [1, 22], { answers: { ...ALL, 'i-3': REFUSED } });
    expect(wordsOf(half).slice(2)).toEqual([
      '11 fence i-2 i-3',
      '16 fence i-3',
      // The ladder goes on meanwhile.
      '18 replace',
      '21 fence i-3',
    ]);
    const { detail } = half.state.inFlight?.rungs.find(({ rung }) => rung === 'fence') ?? {};
    expect(detail).toMatch(/^not all of its peers answered in time.*; those who refuse it go on/);
    const whole = play(vanishing(1, 27), [23, 30], { state: half.state });
    expect(whole.state.inFlight?.evictedAtMs).toBe(T0 + 28_000);
  });

  it('is undone everywhere while nobody has dropped the master', () => {
    const nobody = { 'i-2': REFUSED, 'i-3': REFUSED };
    expect(wordsOf(play(vanishing(1, 99), [1, 17], { answers: nobody })).slice(2)).toEqual([
      '11 fence i-2 i-3',
      '15 lift i-2',
      '15 lift i-3',
      '17 replace',
    ]);
  });

  it('is undone when hosts are silent, or it does not help', () => {
    const silent = play(vanishing(1, 99), [1, 18], { answers: {} });
    expect(wordsOf(silent)).toContain('18 lift i-2');
    const vain = play(vanishing(3, 99), [1, 18]);
    expect(wordsOf(vain)).toEqual(expect.arrayContaining(['18 lift i-1', '18 lift i-2']));
  });

  it('is not begun when it could only be half applied', () => {
    const scene = (s: number): w.Scene => ({
      ...vanishing(1, 99)(s),
      instances: [1, 2, 3].map((n) =>
        w.instance(n, n === 2 ? {} : { target: 'unhealthy', agentOnline: false }),
      ),
    });
    const { told, state } = play(scene, [1, 13]);
    expect(told.map(({ what }) => what)).toEqual(['deregister', 'kill']);
    expect(state.inFlight?.rungs.at(-1)).toMatchObject({
      rung: 'fence',
      outcome: 'skipped',
      detail: expect.stringContaining('i-3'),
    });
  });

  it('is not begun for a master whom somebody would go on following', () => {
    const five = [1, 2, 3, 4, 5];
    const healthy: w.Scene = {
      sights: Object.fromEntries(five.map((n) => [n, w.works(...five)])),
    };
    const state = w.play([{ fromMs: T0 - 20_000, scene: healthy }], T0).at(-1)!.state;
    const scene = (s: number): w.Scene => ({
      sights: { ...healthy.sights, 1: w.vanished, ...(s > 4 ? { 5: w.hung } : {}) },
      instances: five.map((n) =>
        w.instance(n, n === 1 ? { agentOnline: false, target: 'unhealthy' } : {}),
      ),
    });
    const played = play(scene, [1, 12], { state });
    expect(played.told.map(({ what }) => what)).toEqual(['deregister', 'kill']);
    expect(played.state.inFlight?.rungs.at(-1)?.detail).toContain(
      '10.0.0.5 would go on following it',
    );
  });

  it('stands while the victim may live, is renewed, and is lifted when its instance is gone', () => {
    const { state } = play(vanishing(3, 13), [1, 20]);
    const alive = play(vanishing(3, 13), [21, 340], { state });
    expect(alive.told.filter(({ what }) => what.startsWith('fence'))).toEqual([
      { s: 311, what: 'fence i-1 i-2' },
    ]);
    const gone = (s: number): w.Scene => {
      const { sights } = vanishing(3, 13)(s);
      const instances = [1, 2].map((n) => w.instance(n));
      return {
        sights,
        instances: [...instances, w.instance(3, { ec2State: 'terminated', address: '' })],
      };
    };
    const lifted = play(gone, [341, 350], { state: alive.state });
    expect(lifted.told.map(({ what }) => what)).toEqual(['lift i-1', 'lift i-2']);
    expect(lifted.state).toMatchObject({ fences: [], inFlight: null });
  });

  it('is lifted although the fleet is paused, and nothing else is done then', () => {
    const { state } = play(vanishing(3, 13), [1, 20]);
    const pause = { by: 'ops', reason: 'stop', atMs: T0, untilMs: null };
    const scene = (s: number): w.Scene => ({
      ...vanishing(3, 13)(s),
      instances: [1, 2].map((n) => w.instance(n)),
      inventory: { desired: 3, departed: ['i-3'] },
      more: { pause },
    });
    const played = play(scene, [21, 30], { state });
    expect(played.told.map(({ what }) => what)).toEqual(['lift i-1', 'lift i-2']);
  });

  it('is forgotten once the hosts have let go by themselves', () => {
    const { state } = play(vanishing(3, 13), [1, 20]);
    const gone = (s: number): w.Scene => ({
      ...vanishing(3, 13)(s),
      instances: [1, 2].map((n) => w.instance(n)),
      inventory: { desired: 3, departed: ['i-3'] },
    });
    const played = play(gone, [21, 640], { state, answers: {} });
    expect(played.state.fences).toEqual([]);
    expect(played.plans.at(-1)?.kind).toBe('watch');
  });
});

it('is asked of no more hosts at once than SSM takes', () => {
  const hosts = Array.from(
    { length: 120 },
    (_, n): FencedHost => ({
      instanceId: `i-${n}`,
      wanted: 'fence',
      status: 'asked',
      askedAtMs: T0,
      commandId: null,
      detail: '',
    }),
  );
  const fence = { fence: 1, instanceId: 'i-x', address: '10.0.0.9', untilMs: T0, hosts };
  const sizes = (isMaster: boolean) => ordersOf({ ...fence, isMaster }).map(({ length }) => length);
  expect(sizes(true)).toEqual([50, 50, 20]);
  expect(sizes(false)).toEqual([1, 50, 50, 19]);
});
