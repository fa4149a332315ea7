/** Members that work, but not with the others: islands, ghosts, and links that are cut. */
import { describe, expect, it } from 'vitest';
import { lastLook } from '../../src/core/last-look.ts';
import type { Crossing, Sight, View } from '../../src/core/observation.ts';
import { questionsFor } from '../../src/core/questions.ts';
import { step } from '../../src/core/step.ts';
import * as w from './world.ts';

const { T0, POLICY } = w;
const from = (scenes: readonly [number, w.Scene][], untilS: number) =>
  w.play(
    scenes.map(([s, scene]) => ({ fromMs: T0 + s * 1_000, scene })),
    T0 + untilS * 1_000,
    { state: w.quorate() },
  );
const node3 = (steps: ReturnType<typeof w.play>) =>
  steps.at(-1)?.nodes.find(({ instanceId }) => instanceId === 'i-3');
const kindsOf = (steps: ReturnType<typeof w.play>) => steps.flatMap(({ plan }) => w.actsOf(plan));

/** The same member under another name: its process started again. */
const renamed = (sight: Sight): Sight => {
  const view = sight.view.answer === 'ok' ? sight.view.value : { members: [] };
  const members: View['members'] = view.members.map((member) =>
    member.address === '10.0.0.3' ? { ...member, uuid: 'uuid-new' } : member,
  );
  return { ...sight, view: { answer: 'ok', tookMs: 1, value: { members } } };
};

describe('an island', () => {
  const alone = w.withVictim(w.works(3), [1, 2]);

  it('is what lost the core and runs on by itself: evicted after the tolerance of a wrong answer', () => {
    const steps = from([[1, alone]], 9);
    // Two rounds until its list counts, then the tolerance.
    const act = steps.find(({ plan }) => plan.kind === 'act');
    expect(act?.nowMs).toBe(T0 + 2_000 + POLICY.faultToleranceMs);
    expect(node3(steps)).toMatchObject({
      condition: 'Island',
      because: 'works alone, apart from the core',
    });
  });

  it('is not a process that started again and has yet to join', () => {
    const steps = from([[1, w.withVictim(renamed(w.works(3)), [1, 2])]], 60);
    expect(kindsOf(steps)).toEqual([]);
    expect(node3(steps)?.condition).toBe('Starting');
  });

  it('is one that started again and does not join within the grace', () => {
    const steps = from([[1, w.withVictim(renamed(w.works(3)), [1, 2])]], 320);
    const act = steps.find(({ plan }) => plan.kind === 'act');
    expect(act?.nowMs).toBe(T0 + 1_000 + POLICY.startupGraceMs + POLICY.faultToleranceMs);
  });

  it('stays when the last look finds it among the others again', () => {
    const { state } = from([[1, alone]], 6).at(-1)!;
    const look = (sight: Sight) =>
      lastLook(state, { instanceId: 'i-3', condition: 'Island' }, [w.round('a', { 3: sight })]);
    expect(look(w.works(3))).toBe('fails');
    expect(look(w.works(1, 2, 3))).toBe('works');
    expect(look(w.hung)).toBe('fails');
  });
});

describe('a ghost', () => {
  const gone = (lists: readonly number[]): w.Scene => ({
    sights: { 1: w.works(...lists), 2: w.works(...lists) },
    instances: [1, 2].map((n) => w.instance(n)),
    inventory: { desired: 3, departed: ['i-3'] },
  });

  it('is shut out by its peers after the tolerance: nothing else can be done to it', () => {
    const act = from([[1, gone([1, 2, 3])]], 20).find(({ plan }) => plan.kind === 'act');
    expect(act?.nowMs).toBe(T0 + 1_000 + POLICY.faultToleranceMs);
    expect(act?.nodes.at(-1)).toMatchObject({ instanceId: 'i-3', condition: 'Ghost' });
    expect(act?.plan).toMatchObject({
      lastLook: false,
      acts: [
        { kind: 'fence', hosts: ['i-1'], target: { address: '10.0.0.3' } },
        { kind: 'fence', hosts: ['i-2'], target: { address: '10.0.0.3' } },
      ],
    });
  });

  it('has hurt the others since it fell silent, not only since EC2 told of it', () => {
    const steps = from(
      [
        [1, w.withVictim(w.vanished)],
        [4, gone([1, 2, 3])],
      ],
      20,
    );
    const act = steps.find(({ plan }) => plan.kind === 'act');
    expect(act?.nowMs).toBe(T0 + 1_000 + POLICY.faultToleranceMs);
  });

  it('has left its seat, and is forgotten once nobody lists it', () => {
    const steps = from([[1, gone([1, 2])]], 20);
    expect(kindsOf(steps)).toEqual([]);
    expect(steps.at(-1)?.state.nodes['i-3']).toBeUndefined();
    expect(steps.at(-1)?.state.seats).toContainEqual({ seat: 3, instanceId: null });
  });

  it('is nobody whose address EC2 has given to another instance (I12)', () => {
    const scene = gone([1, 2, 3]);
    const heir = w.instance(4, { address: w.addressOf(3), launchedAtMs: T0 });
    const steps = from([[1, { ...scene, instances: [...scene.instances!, heir] }]], 20);
    expect(kindsOf(steps)).toEqual([]);
  });

  it('is not acted on when its instance never carried the tag (I11)', () => {
    const untagged = {
      ...w.HEALTHY_THREE,
      instances: [1, 2, 3].map((n) => w.instance(n, { tagged: n !== 3 })),
    };
    const steps = from(
      [
        [0.5, untagged],
        [1, gone([1, 2, 3])],
      ],
      20,
    );
    expect(kindsOf(steps)).toEqual([]);
    expect(steps.at(-1)?.plan).toMatchObject({ kind: 'hold', holds: [{ rail: 'I11' }] });
  });
});

const crossing = (via: number, to: number, answer: Crossing['answer']): Crossing => ({
  via: w.idOf(via),
  to: w.idOf(to),
  answer,
});
/** Every way between the three; those that are named are cut. */
const ways = (...cut: readonly (readonly [number, number])[]): w.Scene => {
  const crossings = [1, 2, 3].flatMap((via) =>
    [1, 2, 3]
      .filter((to) => to !== via)
      .map((to) => {
        const isCut = cut.some(([a, b]) => a === via && b === to);
        return crossing(via, to, isCut ? 'silent' : 'ok');
      }),
  );
  const rounds = ['probe-a', 'probe-b'].map((name) => ({
    ...w.round(name, w.HEALTHY_THREE.sights),
    crossings,
  }));
  return { ...w.HEALTHY_THREE, more: { rounds } };
};

describe('a link between two healthy members that is cut', () => {
  it('makes both Severed, and nobody is touched', () => {
    const steps = from([[1, ways([2, 3], [3, 2])]], 60);
    expect(kindsOf(steps)).toEqual([]);
    expect(steps.at(-1)?.cluster.condition).toBe('Degraded');
    expect(steps.at(-1)?.nodes).toMatchObject([
      { condition: 'Healthy' },
      { condition: 'Severed', because: 'works, but its link to i-3 is cut' },
      { condition: 'Severed' },
    ]);
  });

  it('is forgotten when it is whole again', () => {
    const steps = from(
      [
        [1, ways([2, 3], [3, 2])],
        [20, ways()],
      ],
      24,
    );
    expect(steps.at(-1)?.cluster.condition).toBe('Quorate');
  });

  it('is no link but the member when no peer reaches it: it hurts them all', () => {
    const steps = from([[1, ways([1, 3], [2, 3], [3, 1], [3, 2])]], 20);
    const act = steps.find(({ plan }) => plan.kind === 'act');
    expect(act?.nowMs).toBe(T0 + 1_000 + POLICY.silenceToleranceMs);
    expect(act?.nodes[2]).toMatchObject({
      condition: 'Zombie',
      because: 'works for us, but none of its peers reaches it',
    });
    const look = (answer: Crossing['answer']) =>
      lastLook(act!.state, { instanceId: 'i-3', condition: 'Zombie' }, [
        { ...w.round('a', { 3: w.works(1, 2, 3) }), crossings: [crossing(1, 3, answer)] },
      ]);
    expect([look('silent'), look('ok'), look('none')]).toEqual(['fails', 'works', 'unclear']);
  });
});

describe('a node that none of our own observers reaches', () => {
  const seen = (answer: Crossing['answer']): w.Scene => {
    const scene = w.withVictim(w.vanished);
    const rounds = ['probe-a', 'probe-b'].map((name) => ({
      ...w.round(name, scene.sights),
      crossings: [crossing(1, 3, answer), crossing(2, 3, answer)],
    }));
    return { ...scene, more: { rounds } };
  };

  it('is left alone while its peers reach it, whatever the load balancer says', () => {
    const scene = {
      ...seen('ok'),
      instances: [1, 2, 3].map((n) => w.instance(n, { target: n === 3 ? 'unhealthy' : 'healthy' })),
    };
    const steps = from([[1, scene]], 60);
    expect(kindsOf(steps)).toEqual([]);
    expect(node3(steps)).toMatchObject({
      condition: 'Unreachable',
      because: 'cannot be reached, but its peers reach it: it is our own way that is cut',
    });
  });

  it('is lost when its peers do not reach it either, and they shut it out at once', () => {
    const act = from([[1, seen('silent')]], 20).find(({ plan }) => plan.kind === 'act');
    expect(act?.nowMs).toBe(T0 + 1_000 + POLICY.silenceToleranceMs);
    expect(act?.plan).toMatchObject({
      acts: [{ kind: 'deregister' }, { kind: 'kill' }, { kind: 'fence' }],
    });
  });

  it('is asked about: two of its peers', () => {
    const steps = from([[1, seen('none')]], 3);
    const { inventory } = w.observationAt(T0 + 3_000, w.HEALTHY_THREE);
    const { crossings } = questionsFor(steps.at(-1)!.state, inventory, T0 + 4_000);
    const about3 = crossings.filter(({ to }) => to.instanceId === 'i-3');
    expect(about3.slice(0, 2).map(({ via }) => via.instanceId)).toEqual(['i-1', 'i-2']);
  });

  it('is Unreachable when nobody else can tell', () => {
    const stepped = step(
      POLICY,
      from([[1, seen('none')]], 20).at(-1)!.state,
      w.observationAt(T0 + 21_000, seen('none')),
    );
    expect(stepped.nodes[2]?.condition).toBe('Unreachable');
    expect(stepped.plan.kind).toBe('watch');
  });
});

describe('a member that leaves out another one that works', () => {
  it.each([1, 2, 3])('costs itself its place, and nobody his life: node %i', (liar) => {
    const others = [1, 2, 3].filter((n) => n !== liar);
    const victim = others.at(-1)!;
    const lists = [1, 2, 3].filter((n) => n !== victim);
    const scene: w.Scene = {
      sights: Object.fromEntries(
        [1, 2, 3].map((n) => [n, n === liar ? w.works(...lists) : w.works(1, 2, 3)]),
      ),
    };
    const steps = from([[1, scene]], 40);
    expect(kindsOf(steps)).toEqual([]);
    const { nodes, cluster } = steps.at(-1)!;
    expect(cluster.core).toEqual(others.map(w.idOf));
    expect(nodes.find(({ instanceId }) => instanceId === w.idOf(liar))).toMatchObject({
      condition: 'Unknown',
      because: 'works, but it and the core do not list each other',
    });
  });
});
