import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import type { Eviction, State } from '../../src/core/model.ts';
import type { Sight } from '../../src/core/observation.ts';
import { ExplainReport, explain } from '../../src/report/explain.ts';
import {
  HEALTHY_THREE,
  hung,
  instance,
  observationAt,
  POLICY,
  play,
  quorate,
  type Scene,
  T0,
  vanished,
  withVictim,
  works,
  zombie,
} from '../core/world.ts';
import { lookAt } from './look.ts';

const hungFor = (ms: number, scene: Scene = withVictim(hung)): State =>
  play([{ fromMs: T0 + 1_000, scene }], T0 + ms, { state: quorate() }).at(-1)!.state;

/** Node 3 as `explain` tells it. */
const third = (look: ReturnType<typeof lookAt>) => {
  const report = explain(look, 'i-3');
  const [node] = report?.nodes ?? [];
  if (report === null || node === undefined) throw new Error('no node 3');
  return node;
};

describe('explain', () => {
  it('tells a healthy node: evidence, lists, what AWS says, and that nothing is next', () => {
    const report = explain(lookAt(HEALTHY_THREE), null);

    expect(report).toMatchObject({
      verdict: 'fine',
      cluster: { condition: 'Quorate' },
      caveats: [],
    });
    expect(report?.nodes).toHaveLength(3);
    expect(report?.nodes[0]).toEqual({
      instanceId: 'i-1',
      address: '10.0.0.1',
      condition: 'Healthy',
      meaning: 'works and is listed by the core',
      because: 'works and is in the core',
      sinceMs: expect.any(Number),
      evidence: ['probe-a', 'probe-b'].map((observer) => ({
        observer,
        says: 'works',
        answers: [
          { probe: 'tcp', answer: 'connects in 1 ms' },
          { probe: 'health', answer: 'ACTIVE in 2 ms' },
          { probe: 'view', answer: 'lists 3 in 3 ms' },
          { probe: 'canary', answer: 'off' },
          { probe: 'application', answer: 'answers in 1 ms' },
        ],
      })),
      streaks: [],
      lists: ['10.0.0.1', '10.0.0.2', '10.0.0.3'],
      listedBy: ['i-2', 'i-3'],
      aws: ['EC2 running', 'Auto Scaling InService', 'load balancer healthy', 'agent online'],
      holds: [],
      next: 'nothing, looked at again in 2.5 s',
    });
  });

  it('tells each observer’s tolerance, and what happens when it is over', () => {
    const node = third(lookAt(withVictim(hung), { state: hungFor(4_000), nowMs: T0 + 5_000 }));

    expect(node.streaks).toEqual(
      ['probe-a', 'probe-b'].map((observer) => ({
        observer,
        evidence: 'silence',
        sinceMs: T0 + 1_000,
        leftMs: 6_000,
        reached: true,
        quietSinceMs: null,
      })),
    );
    expect(node.next).toBe(
      'in 6 s its tolerance is over; if it still fails then and the witnesses agree, it is evicted',
    );
  });

  it('tells an observer’s tolerance by its own evidence', () => {
    const rounds = observationAt(T0, withVictim(hung)).rounds;
    const other = observationAt(T0, withVictim(zombie)).rounds[1]!;
    const more = { rounds: [rounds[0]!, other] };
    const node = third(lookAt({ ...withVictim(hung), more }));

    expect(node.streaks.map(({ evidence, leftMs }) => [evidence, leftMs])).toEqual([
      ['silence', POLICY.silenceToleranceMs],
      ['fault', POLICY.faultToleranceMs],
    ]);
    expect(node.evidence.map(({ answers }) => answers[1]?.answer)).toEqual([
      'no answer in 1000 ms',
      'closed without an answer',
    ]);
  });

  it('tells a zombie that is about to go', () => {
    const node = third(lookAt(withVictim(hung), { state: hungFor(10_000), nowMs: T0 + 11_000 }));

    expect(node).toMatchObject({
      condition: 'Zombie',
      meaning: 'fails on its own evidence, yet others list it: it hurts them',
      listedBy: ['i-1', 'i-2'],
      holds: [],
      next: 'at the next tick: deregister and kill, after a last look that may still let it off',
    });
  });

  it('tells which rails hold it, and for how long', () => {
    const kills = [{ atMs: T0 + 5_000, seat: null, instanceId: 'i-9' }];
    const state = { ...hungFor(10_000), kills };
    const node = third(lookAt(withVictim(hung), { state, nowMs: T0 + 11_000 }));

    expect(node.holds).toMatchObject([{ rail: 'I9', untilMs: T0 + 35_000 }]);
    expect(node.next).toMatch(/^nothing; held back by I9: .*the cooldown, 24 s more$/);
  });

  it('tells that another eviction is in flight (I1)', () => {
    const inFlight = {
      fence: 4,
      instanceId: 'i-2',
      address: '10.0.0.2',
      rungs: [],
    } as unknown as Eviction;
    const node = third(
      lookAt(withVictim(hung), { state: { ...hungFor(10_000), inFlight }, nowMs: T0 + 11_000 }),
    );

    expect(node.holds[0]).toEqual({
      rail: 'I1',
      instanceId: 'i-3',
      reason: 'i-2 is on its way out: one at a time',
      untilMs: null,
    });
  });

  it('tells an eviction that is under way by its last rung', () => {
    const scene = withVictim(hung);
    const state = play([{ fromMs: T0 + 1_000, scene }], T0 + 11_000, { state: quorate() }).at(
      -1,
    )!.state;
    const inFlight = { ...state.inFlight!, confirmedAtMs: T0 + 11_000 };

    const node = third(lookAt(scene, { state: { ...state, inFlight }, nowMs: T0 + 11_500 }));

    expect(node.next).toMatch(/kill/);
  });

  it('tells why a node is left alone when nobody gets through to it', () => {
    const node = third(
      lookAt(withVictim(vanished), {
        state: hungFor(10_000, withVictim(vanished)),
        nowMs: T0 + 11_000,
      }),
    );

    expect(node).toMatchObject({
      condition: 'Unreachable',
      next: expect.stringMatching(/^nothing while it is Unreachable/),
    });
    expect(node.streaks.every(({ reached }) => !reached)).toBe(true);
    expect(node.evidence[0]).toMatchObject({ says: 'unreached' });
    expect(node.evidence[0]?.answers[0]).toEqual({
      probe: 'tcp',
      answer: 'no connection in 1000 ms',
    });
  });

  it('tells a replacement in good order by what it waits for', () => {
    const order = {
      id: 'r-1',
      kind: 'replace',
      instanceId: 'i-3',
      by: 'ops',
      reason: 'old',
      atMs: T0,
    } as const;
    const asked = lookAt({ ...HEALTHY_THREE, more: { orders: [order] } });
    const { state } = asked.stepped;
    const instances = [instance(1), instance(2), instance(3, { lifecycle: 'Standby' })];
    const begun = lookAt({ ...HEALTHY_THREE, instances }, { state, nowMs: T0 + 2_000 });

    expect(third(asked).next).toBe('at the next tick: enterStandby');
    expect(third(begun).next).toBe('replaced in good order: waits for a spare to work in the core');
  });

  it('tells an order that waits for the next tick', () => {
    const order = {
      id: 'r-1',
      kind: 'replace',
      instanceId: 'i-3',
      by: 'ops',
      reason: 'slow',
      atMs: T0,
    } as const;
    const look = lookAt({ ...HEALTHY_THREE, more: { orders: [order] } });
    const undecided = {
      ...look,
      stepped: { ...look.stepped, plan: { kind: 'watch', nextCheckAtMs: T0 } as const },
    };

    expect(third(undecided).next).toBe('the order to replace it is decided at the next tick');
  });

  it('tells who else is at work on the group', () => {
    const otherActors = [{ kind: 'instanceRefresh', detail: 'instance refresh 7' }] as const;
    const node = third(lookAt({ ...HEALTHY_THREE, inventory: { otherActors } }));

    expect(node.holds).toMatchObject([
      { rail: 'I5', reason: expect.stringContaining('instance refresh 7') },
    ]);
  });

  it('tells what AWS has against it, and that the tag is missing', () => {
    const impairments = [
      { kind: 'scheduledEvent', code: 'instance-retirement', atMs: T0 },
    ] as const;
    const sick = instance(3, {
      tagged: false,
      agentOnline: false,
      target: 'unhealthy',
      impairments,
    });
    const node = third(lookAt({ ...HEALTHY_THREE, instances: [instance(1), instance(2), sick] }));

    expect(node.aws).toEqual([
      'EC2 running',
      'Auto Scaling InService',
      'load balancer unhealthy',
      'agent lost',
      expect.stringContaining('instance-retirement'),
      'no tag quorate:fleet',
    ]);
    expect(node.holds.map(({ rail }) => rail)).toContain('I11');
  });

  it('tells every kind of answer in words', () => {
    const pool = { usedBytes: 45 * 1024 * 1024, maxBytes: 64 * 1024 * 1024 };
    const sight: Sight = {
      ...works(1, 2, 3),
      health: { answer: 'wrong', cause: 'status', detail: '503', tookMs: 4 },
      canary: { answer: 'silent', partition: 17, forMs: 1_200 },
      application: { answer: 'wrong', cause: 'refused', detail: '', tookMs: 1 },
      memory: { answer: 'ok', value: { metaspace: pool, heapAfterGc: null }, tookMs: 3 },
      safe: { answer: 'ok', value: false, tookMs: 9 },
    };
    const node = third(lookAt({ sights: { 1: works(1, 2, 3), 2: works(1, 2, 3), 3: sight } }));

    expect(node.evidence[0]?.answers).toEqual([
      { probe: 'tcp', answer: 'connects in 1 ms' },
      { probe: 'health', answer: 'wrong status: 503' },
      { probe: 'view', answer: 'lists 3 in 3 ms' },
      { probe: 'canary', answer: 'partition 17 silent for 1200 ms' },
      { probe: 'application', answer: 'refused' },
      { probe: 'memory', answer: 'metaspace 45 of 64 MiB in 3 ms' },
      { probe: 'safe', answer: 'no in 9 ms' },
    ]);
  });

  it('does not know a node of another fleet, and survives its way over the wire', () => {
    const report = explain(lookAt(withVictim(hung)), null);

    expect(explain(lookAt(HEALTHY_THREE), 'i-9')).toBeNull();
    expect(v.parse(ExplainReport, JSON.parse(JSON.stringify(report)))).toEqual(report);
  });
});
