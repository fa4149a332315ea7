/** What a tick reads of the other side: nothing while all is well, and everything once it matters. */
import { describe, expect, it } from 'vitest';
import type { State } from '../src/core/model.ts';
import type { MoveNeeds } from '../src/core/move-needs.ts';
import type { SideName } from '../src/core/sides.ts';
import { INITIAL_STATE } from '../src/core/step.ts';
import { Eyes } from '../src/eyes.ts';
import { observe } from '../src/observe.ts';
import type { Deps } from '../src/ports.ts';
import { stateWith } from './contract/states.ts';
import { instance, inventoryOf, POLICY, round, T0 } from './core/world.ts';

const ROUTING = { ok: true, value: { side: 'blue', preview: 'green' } } as const;
const SILENT = { ok: true, value: null } as const;

/** Blue has instances 1 and 2, green has 5; every read is written down. */
const worldOf = (more: Partial<Deps> = {}) => {
  const asked: string[] = [];
  const deps: Pick<Deps, 'clock' | 'inventory' | 'move' | 'observers' | 'actuator'> = {
    clock: { nowMs: () => T0, sleep: async () => {} },
    inventory: {
      read: async (side: SideName) => {
        asked.push(`inventory ${side}`);
        const known = side === 'blue' ? [instance(1), instance(2)] : [instance(5)];
        const balancerAddresses = side === 'blue' ? ['10.0.0.250'] : [];
        return await Promise.resolve({
          ok: true,
          value: inventoryOf(known, { readAtMs: T0, balancerAddresses }),
        });
      },
    },
    move: {
      routing: async () => await Promise.resolve(ROUTING),
      courier: async () => await Promise.resolve(SILENT),
      vault: async () => await Promise.resolve(SILENT),
    },
    observers: [
      {
        name: 'probe-a',
        look: async ({ side, nodes, balancerAddresses }) => {
          const ids = nodes.map(({ instanceId }) => instanceId).join(',');
          asked.push(`look ${side} ${ids} ${balancerAddresses.join(',')}`);
          return await Promise.resolve(round('probe-a', {}));
        },
        preview: async ({ balancerAddresses }) => {
          asked.push(`preview ${balancerAddresses.join(',')}`);
          return await Promise.resolve({ observer: 'probe-a', answer: 'ok', detail: '' });
        },
      },
    ],
    actuator: {
      perform: async () => await Promise.reject(new Error('a look acts on nothing')),
      commandResults: async () => await Promise.resolve([]),
    },
  };
  const see = async (state: State, needs?: MoveNeeds) => {
    const observation = await observe(
      {
        fleet: 'api',
        policy: POLICY,
        deps: { ...deps, ...more } as Deps,
        dueAtMs: T0,
        pause: null,
        orders: [],
        eyes: new Eyes(),
        ...(needs === undefined ? {} : { needs }),
      },
      state,
    );
    return { observation, asked: asked.toSorted() };
  };
  return { see };
};

const LOST: State = { ...INITIAL_STATE, loss: { sinceMs: T0, sureSinceMs: null } };
const MOVING: State = { ...stateWith(1), active: 'blue', inFlight: null, retirement: null };

describe('of the other side', () => {
  it('nothing is read while all is well', async () => {
    const { observation, asked } = await worldOf().see(INITIAL_STATE);
    expect(observation.move).toBeNull();
    expect(asked).toEqual(['inventory blue', 'look blue i-1,i-2 10.0.0.250']);
  });

  it('everything is read once the majority is lost, or a person wants to know', async () => {
    for (const [state, needs] of [
      [LOST, undefined],
      [INITIAL_STATE, { move: true, preview: false }],
    ] as const) {
      const { observation, asked } = await worldOf().see(state, needs);
      expect(observation.move).toMatchObject({
        other: { inventory: { ok: true }, rounds: [{ observer: 'probe-a' }] },
        routing: ROUTING,
        previews: [],
        courier: SILENT,
      });
      expect(asked).toEqual([
        'inventory blue',
        'inventory green',
        'look blue i-1,i-2 10.0.0.250',
        'look green i-5 10.0.0.250',
      ]);
    }
  });

  it('is the one that carries no traffic', async () => {
    const { asked } = await worldOf().see({ ...LOST, active: 'green' });
    expect(asked).toContain('look green i-5 10.0.0.250');
    expect(asked).toContain('look blue i-1,i-2 10.0.0.250');
  });

  it('a call through the load balancer is made while there is a rule for it', async () => {
    const { observation, asked } = await worldOf().see(MOVING);
    expect(observation.move?.previews).toEqual([{ observer: 'probe-a', answer: 'ok', detail: '' }]);
    expect(asked).toContain('preview 10.0.0.250');
  });

  it('nothing is read of a fleet without routing', async () => {
    const { observation } = await worldOf({ move: null }).see(LOST);
    expect(observation.move).toBeNull();
  });
});
