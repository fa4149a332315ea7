import { describe, expect, it } from 'vitest';
import type { ActOutcome } from '../../src/core/acts.ts';
import { describeTick } from '../../src/core/describe.ts';
import type { Plan, State } from '../../src/core/model.ts';
import { settle } from '../../src/core/settle.ts';
import { type Stepped, step } from '../../src/core/step.ts';
import * as w from './world.ts';

const { T0, POLICY, actsOf: acts, firstAct, withVictim } = w;

const done = (kind: ActOutcome['kind'], more: Partial<ActOutcome> = {}): ActOutcome => ({
  kind,
  startedAtMs: T0,
  finishedAtMs: T0,
  outcome: 'done',
  detail: '',
  commandId: kind === 'kill' ? 'command-1' : null,
  fence: 1,
  hosts: [],
  ...more,
});

const describeProgress = ({ nodes, cluster, symptoms, plan, state }: Stepped): string =>
  describeTick({
    nowMs: T0,
    inventory: { ok: false, error: 'not read' },
    nodes,
    cluster,
    symptoms,
    plan,
    inFlight: state.inFlight,
    retirement: state.retirement,
    failover: state.failover,
    carried: null,
    outcome: null,
  });

describe('the ladder', () => {
  const start = () => firstAct(withVictim(w.hung))!;
  const confirmed = (outcomes: ActOutcome[] = [done('deregister'), done('kill')]): State =>
    settle(POLICY, start().state, { kind: 'acted', confirmed: true, outcomes }, T0 + 12_000);
  const next = (state: State, atMs: number, scene: w.Scene) =>
    step(POLICY, state, w.observationAt(atMs, scene));

  it('begins with a last look, deregistration and kill under a new fence number', () => {
    const { plan, state } = start();
    expect(plan).toMatchObject({ kind: 'act', lastLook: true });
    expect(acts(plan)).toEqual(['deregister', 'kill']);
    expect(state.inFlight).toMatchObject({ fence: 1, instanceId: 'i-3', confirmedAtMs: null });
    expect(state.fence).toBe(1);
    expect(plan).toMatchObject({
      acts: [
        {},
        { fence: 1, startedBeforeMs: T0 + 1_000, notAfterMs: T0 + 11_000 + POLICY.killDeadlineMs },
      ],
    });
  });

  it('replaces once every core member has dropped the victim in two rounds', () => {
    const gone = withVictim(w.killed, [1, 2]);
    const first = next(confirmed(), T0 + 13_000, gone);
    expect(acts(first.plan)).toEqual([]);
    const second = next(first.state, T0 + 14_000, gone);
    expect(acts(second.plan)).toEqual(['replace']);
    expect(second.state.inFlight?.evictedAtMs).toBe(T0 + 14_000);
  });

  it('takes the word of a majority only for proof that the victim is out', () => {
    const alone: w.Scene = { sights: { 1: w.works(1, 2), 2: w.hung, 3: w.killed } };
    const steps = w.play([{ fromMs: T0 + 13_000, scene: alone }], T0 + 16_000, {
      state: confirmed(),
    });
    expect(steps.at(-1)?.state.inFlight?.evictedAtMs).toBeNull();
  });

  /** Every act from then on, a tick a second, each of them taken by AWS. */
  const climbed = (state: State, [fromS, toS]: readonly [number, number], scene: w.Scene) => {
    const told: { readonly s: number; readonly kind: string; readonly plan: Plan }[] = [];
    let current = state;
    for (let s = fromS; s <= toS; s += 1) {
      const { plan, state: planned } = next(current, T0 + s * 1_000, scene);
      current = planned;
      if (plan.kind !== 'act') continue;
      told.push(...plan.acts.map(({ kind }) => ({ s, kind, plan })));
      const outcomes = plan.acts.map((act) =>
        done(act.kind, {
          commandId: `command-${s}`,
          hosts: 'hosts' in act ? act.hosts : [],
        }),
      );
      const outcome = { kind: 'acted', confirmed: plan.lastLook, outcomes } as const;
      current = settle(POLICY, current, outcome, T0 + s * 1_000);
    }
    return told;
  };
  const kindsOf = (told: readonly { readonly s: number; readonly kind: string }[]) =>
    told.map(({ s, kind }) => `${s} ${kind}`);

  it('waits for proof, asks its peers, twice when they are silent, undoes that and replaces without proof', () => {
    const told = climbed(confirmed(), [13, 24], withVictim(w.hung));
    expect(kindsOf(told)).toEqual(['15 fence', '20 fence', '22 replace', '22 lift']);
    expect(told.at(-1)?.plan).toMatchObject({
      reason: expect.stringMatching(/no proof .* its peers could not shut it out/),
    });
  });

  it('goes on at once when the host has no agent, and says so', () => {
    const state = confirmed([
      done('deregister'),
      done('kill', { outcome: 'failed', detail: 'InvalidInstanceId', commandId: null }),
    ]);
    const { plan } = next(state, T0 + 13_000, withVictim(w.hung));
    expect(acts(plan)).toEqual(['fence']);
    expect(plan).toMatchObject({ reason: expect.stringContaining('InvalidInstanceId') });
  });

  it('goes on when the host refused the kill', () => {
    const scene = {
      ...withVictim(w.hung),
      more: {
        commands: [w.result(3, 'command-1', { status: 'failed', detail: 'refused: late by 3 s' })],
      },
    };
    const { plan } = next(confirmed(), T0 + 14_000, scene);
    expect(acts(plan)).toEqual(['fence']);
    expect(plan).toMatchObject({ reason: expect.stringContaining('refused: late') });
  });

  it.each(['unknown', 'deferred'] as const)(
    'asks again, under the same fence number, when the kill was %s',
    (outcome) => {
      const state = confirmed([done('deregister'), done('kill', { outcome, commandId: null })]);
      const { plan } = next(state, T0 + 13_000, withVictim(w.hung));
      expect(acts(plan)).toEqual(['kill']);
      expect(plan).toMatchObject({ lastLook: false, acts: [{ fence: 1 }] });
    },
  );

  const replacing = (outcome: ActOutcome['outcome'] = 'done'): State => {
    const gone = withVictim(w.killed, [1, 2]);
    const planned = next(next(confirmed(), T0 + 13_000, gone).state, T0 + 14_000, gone).state;
    return settle(
      POLICY,
      planned,
      { kind: 'acted', confirmed: false, outcomes: [done('replace', { outcome })] },
      T0 + 14_000,
    );
  };
  const going = (more: Parameters<typeof w.instance>[1]): w.Scene => ({
    ...withVictim(w.killed, [1, 2]),
    instances: [w.instance(1), w.instance(2), w.instance(3, more)],
  });

  it('ends with the termination of the instance, not with the newcomer', () => {
    const waiting = next(replacing(), T0 + 20_000, going({ lifecycle: 'Terminating:Wait' }));
    expect(waiting.state.inFlight).not.toBeNull();
    const ended = next(
      waiting.state,
      T0 + 22_000,
      going({ ec2State: 'terminated', lifecycle: 'Terminated' }),
    );
    expect(ended.state.inFlight).toBeNull();
    expect(ended.state.kills).toHaveLength(1);
  });

  it('has its peers shut it out when its instance is gone and they list it still', () => {
    const scene = (listed: readonly number[]): w.Scene => ({
      sights: { 1: w.works(...listed), 2: w.works(...listed), 4: w.works(...listed) },
      instances: [1, 2, 4]
        .map((n) => w.instance(n))
        .concat(w.instance(3, { ec2State: 'terminated', lifecycle: 'Terminated', address: '' })),
      inventory: { desired: 3 },
    });
    const ghost = next(confirmed(), T0 + 14_000, scene([1, 2, 3, 4]));
    const orders = [{ hosts: ['i-1'] }, { hosts: ['i-2'] }];
    expect(ghost.plan).toMatchObject({ acts: orders });
    const outcomes = orders.map((hosts) => done('fence', { ...hosts, commandId: 'c' }));
    const told = { kind: 'acted', confirmed: false, outcomes } as const;
    const asked = settle(POLICY, ghost.state, told, T0 + 14_000);
    const waiting = next(asked, T0 + 15_000, scene([1, 2, 4]));
    expect(waiting.state.inFlight).not.toBeNull();
    expect(describeProgress(waiting)).toContain(
      'eviction 1 of i-3 waits for its peers to shut it out',
    );
    const dropped = next(waiting.state, T0 + 16_000, scene([1, 2, 4]));
    expect(dropped.state.inFlight).toBeNull();
    // Nobody may refuse the address any more: EC2 gives it to the next instance.
    expect(acts(next(dropped.state, T0 + 17_000, scene([1, 2, 4])).plan)).toEqual(['lift', 'lift']);
    // Not for somebody else who has been given the address.
    const reused = scene([1, 2, 3, 4]);
    const heir = w.instance(4, { address: w.addressOf(3) });
    const instances = reused.instances!.map((each) => (each.instanceId === 'i-4' ? heir : each));
    expect(next(asked, T0 + 16_000, { ...reused, instances }).state.inFlight).toBeNull();
  });

  it('asks again when the answer to replace was lost and nothing is happening', () => {
    expect(acts(next(replacing('unknown'), T0 + 15_000, going({})).plan)).toEqual(['replace']);
    expect(
      acts(next(replacing('unknown'), T0 + 15_000, going({ lifecycle: 'Terminating' })).plan),
    ).toEqual([]);
  });

  it('terminates by force when replacing was refused or takes too long', () => {
    expect(acts(next(replacing('failed'), T0 + 15_000, going({})).plan)).toEqual(['terminate']);
    const overdue = { ...replacing(), lastTickMs: T0 + 620_000 };
    expect(
      acts(next(overdue, T0 + 621_000, going({ lifecycle: 'Terminating:Wait' })).plan),
    ).toEqual(['terminate']);
  });

  it('stands down when the last look finds the victim working', () => {
    const { state } = start();
    const settled = settle(
      POLICY,
      state,
      { kind: 'stoodDown', reason: 'works', untouched: true },
      T0 + 12_000,
    );
    expect(settled.inFlight).toBeNull();
    expect(settled.kills).toHaveLength(0);
  });

  it('looks again after a death between commit and act', () => {
    const { plan } = next(start().state, T0 + 13_000, withVictim(w.hung));
    expect(plan).toMatchObject({ kind: 'act', lastLook: true });
    expect(acts(plan)).toEqual(['deregister', 'kill']);
  });

  it('says so while it judges anew after a death and a gap', () => {
    const stepped = next(start().state, T0 + 30_000, withVictim(w.hung));
    expect(acts(stepped.plan)).toEqual([]);
    expect(describeProgress(stepped)).toContain(
      'eviction 1 of i-3 stopped half way and is judged anew',
    );
  });

  it('puts a node back that works again after a death between commit and act', () => {
    const { plan, state } = next(start().state, T0 + 13_000, w.HEALTHY_THREE);
    expect(acts(plan)).toEqual(['register']);
    const answered = (outcome: ActOutcome['outcome']) =>
      settle(
        POLICY,
        state,
        { kind: 'acted', confirmed: false, outcomes: [done('register', { outcome })] },
        T0 + 14_000,
      );
    expect(answered('done').inFlight).toBeNull();
    // Until AWS has answered it is not done.
    expect(acts(next(answered('deferred'), T0 + 14_000, w.HEALTHY_THREE).plan)).toEqual([
      'register',
    ]);
    expect(acts(next(state, T0 + 14_000, w.HEALTHY_THREE).plan)).toEqual(['register']);
  });

  it('holds an eviction in flight while paused', () => {
    const pause = { by: 'ops', reason: 'stop', atMs: T0, untilMs: null };
    const { plan, state } = next(confirmed(), T0 + 18_000, {
      ...withVictim(w.hung),
      more: { pause },
    });
    expect(plan).toMatchObject({ kind: 'hold', holds: [{ rail: 'I5' }] });
    expect(state.inFlight).not.toBeNull();
  });
});
