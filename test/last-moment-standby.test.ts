/** What the inventory says just before an act of one that leaves the group, and of one that stands by. */
import { describe, expect, it } from 'vitest';
import type { State } from '../src/core/model.ts';
import type { Instance } from '../src/core/observation.ts';
import { whyNot } from '../src/last-moment.ts';
import { play } from './core/orderly.ts';
import * as w from './core/world.ts';

const third = (more: Partial<Instance>) => [w.instance(1), w.instance(2), w.instance(3, more)];
const order = { id: 'o', kind: 'replace', instanceId: 'i-3', by: 'a', reason: 'b' } as const;
/** The third is being replaced in good order. */
const retiring = play(
  () => ({ ...w.HEALTHY_THREE, more: { orders: [{ ...order, atMs: w.T0 }] } }),
  [1, 1],
).state;

describe('at the last moment', () => {
  it.each<[string, Partial<Instance>, State, string | null]>([
    ['one in service', {}, w.quorate(), null],
    ['one that leaves', { lifecycle: 'Terminating' }, retiring, 'it is leaving the group'],
    ['one that stands by for us', { lifecycle: 'Standby' }, retiring, null],
    ["one in somebody's standby", { lifecycle: 'Standby' }, w.quorate(), 'it is leaving the group'],
  ])('%s', (_, more, state, reason) => {
    const inventory = { ok: true, value: w.inventoryOf(third(more)) } as const;
    const target = { instanceId: 'i-3', address: w.addressOf(3) };
    const acts = [{ kind: 'deregister', target } as const];
    const plan = { kind: 'act', acts, lastLook: true, reason: '', nextCheckAtMs: 0 } as const;
    const unread = { ok: false, error: 'not asked for' } as const;
    const fresh = { sides: { blue: inventory, green: unread }, routing: unread };
    expect(whyNot(fresh, state, plan)?.reason ?? null).toBe(reason);
  });
});
