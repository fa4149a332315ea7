/** What a fresh reading says against the acts of a move, and what nobody needs to ask. */
import { describe, expect, it } from 'vitest';
import type { MoveAct } from '../src/core/acts.ts';
import type { Inventory, Reading, Target } from '../src/core/observation.ts';
import type { SideName } from '../src/core/sides.ts';
import { INITIAL_STATE } from '../src/core/step.ts';
import { Eyes } from '../src/eyes.ts';
import { type Fresh, readAgain, whyNot } from '../src/last-moment.ts';
import { addressOf, idOf, instance, inventoryOf, POLICY } from './core/world.ts';
import { FakeFleet } from './fakes/fleet.ts';
import { VirtualClock } from './fakes/virtual-clock.ts';

const TAGGED: Reading<Inventory> = { ok: true, value: inventoryOf([instance(1)]) };
const UNTAGGED: Reading<Inventory> = {
  ok: true,
  value: inventoryOf([instance(1)], { groupTagged: false }),
};
const UNREAD: Reading<Inventory> = { ok: false, error: 'AWS is away' };

const ACTS: readonly MoveAct[] = [
  { kind: 'scale', side: 'green', min: 3, desired: 3 },
  { kind: 'suspend', side: 'green', processes: ['AZRebalance'] },
  { kind: 'preview', side: 'green' },
  { kind: 'switch', side: 'green' },
  { kind: 'carry', side: 'green', job: 1, undoes: null, from: [], to: [] },
  { kind: 'restore', side: 'green', job: 1, to: [] },
  { kind: 'keep', side: 'green', nodes: [] },
];
const RELEASING: readonly MoveAct[] = [
  { kind: 'unsuspend', side: 'green', processes: ['AZRebalance'] },
  { kind: 'endPreview', side: 'green' },
  { kind: 'endCarry', side: 'green', job: 1 },
];

const planOf = (...acts: readonly MoveAct[]) =>
  ({ kind: 'act', acts, lastLook: false, reason: 'a test', nextCheckAtMs: 0 }) as const;

const check = (act: MoveAct, change: Partial<Fresh> = {}) =>
  whyNot(
    {
      sides: { blue: TAGGED, green: TAGGED },
      routing: { ok: true, value: { side: 'blue', preview: null } },
      ...change,
    },
    INITIAL_STATE,
    planOf(act),
  );

describe.each(ACTS.map((act) => [act.kind, act] as const))('%s', (kind, act) => {
  it('is done when its group can be read and is tagged', () => {
    expect(check(act)).toBeNull();
  });

  it('is not done when its group cannot be read, or is not tagged (I2, I11)', () => {
    expect(check(act, { sides: { blue: TAGGED, green: UNREAD } })).toMatchObject({
      rail: 'I2',
      reason: expect.stringContaining('green side: AWS is away'),
    });
    expect(check(act, { sides: { blue: TAGGED, green: UNTAGGED } })).toMatchObject({
      rail: 'I11',
      reason: expect.stringContaining('quorate:fleet'),
    });
  });

  it('asks of the other side only where it touches that as well', () => {
    const no = check(act, { sides: { blue: UNREAD, green: TAGGED } });
    expect(no === null).toBe(kind !== 'carry');
  });
});

const NODE = { instanceId: idOf(1), address: addressOf(1) };
const MOVED = { instanceId: idOf(1), address: '10.0.0.99' };
const STRANGER = { instanceId: idOf(7), address: addressOf(1) };

describe.each<[string, (node: Target) => MoveAct]>([
  [
    'carry, from',
    (node) => ({ kind: 'carry', side: 'green', job: 1, undoes: null, from: [node], to: [NODE] }),
  ],
  [
    'carry, to',
    (node) => ({ kind: 'carry', side: 'green', job: 1, undoes: null, from: [NODE], to: [node] }),
  ],
  ['restore', (node) => ({ kind: 'restore', side: 'green', job: 1, to: [node] })],
  ['keep', (node) => ({ kind: 'keep', side: 'blue', nodes: [node] })],
  ['dismiss', (node) => ({ kind: 'dismiss', side: 'blue', node })],
])('%s a node', (_name, act) => {
  it('that the group has under its address is right', () => {
    expect(check(act(NODE))).toBeNull();
  });

  it('is wrong when its address is another one now, or it is nobody of the group (I11, I12)', () => {
    expect(check(act(MOVED))).toMatchObject({ rail: 'I12' });
    expect(check(act(STRANGER))).toMatchObject({ rail: 'I11' });
  });
});

describe('switch', () => {
  const act: MoveAct = { kind: 'switch', side: 'green' };

  it.each<SideName>(['blue', 'green'])('is done while users go to %s', (side) => {
    expect(check(act, { routing: { ok: true, value: { side, preview: null } } })).toBeNull();
  });

  it('is taken up again when it has come half way', () => {
    const half = { side: null, preview: null, isHalf: true } as const;
    expect(check(act, { routing: { ok: true, value: half } })).toBeNull();
  });

  it('is not done when somebody else has changed it, or when nobody knows', () => {
    const changed = { ok: true, value: { side: null, preview: null } } as const;
    expect(check(act, { routing: changed })).toMatchObject({ rail: 'I5' });
    const unknown = { ok: false, error: 'throttled' } as const;
    expect(check(act, { routing: unknown })).toMatchObject({ rail: 'I2' });
  });
});

it.each(RELEASING)('$kind is always right', (act) => {
  const unknown = { ok: false, error: 'throttled' } as const;
  const sides = { blue: UNREAD, green: UNREAD };
  expect(check(act, { sides, routing: unknown })).toBeNull();
});

it('reads again what the acts rest on, and no more', async () => {
  const clock = new VirtualClock(0);
  const fleet = new FakeFleet(clock, { sights: {} });
  const asked: string[] = [];
  const deps = {
    ...fleet.deps(),
    inventory: {
      read: async (side: SideName) => {
        asked.push(side);
        return await Promise.resolve(TAGGED);
      },
    },
    move: {
      routing: async () => {
        asked.push('routing');
        return await Promise.resolve({ ok: true, value: { side: 'blue', preview: null } } as const);
      },
      courier: async () => await Promise.resolve({ ok: true, value: null } as const),
      vault: async () => await Promise.resolve({ ok: true, value: null } as const),
    },
  };
  const common = { fleet: 'api', policy: POLICY, deps, dueAtMs: 0, pause: null, orders: [] };
  const reads = async (...acts: readonly MoveAct[]): Promise<readonly string[]> => {
    asked.length = 0;
    await readAgain({ ...common, eyes: new Eyes() }, INITIAL_STATE, acts);
    return asked.toSorted();
  };
  expect(await reads(...RELEASING)).toEqual([]);
  expect(await reads({ kind: 'switch', side: 'green' })).toEqual(['green', 'routing']);
  expect(
    await reads({ kind: 'carry', side: 'green', job: 1, undoes: null, from: [], to: [] }),
  ).toEqual(['blue', 'green']);
});
