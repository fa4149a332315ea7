/** Failovers that people ask for: what one would come to, the order itself, and its undoing. */
import { describe, expect, it } from 'vitest';
import type { Failover } from '../../src/core/failover-ledger.ts';
import type { Routing } from '../../src/core/sides.ts';
import { POLICY, T0 } from '../core/world.ts';
import { recordOf, setUp } from './set-up.ts';

const TWO_SIDES = { ...POLICY, standby: true, sessions: true };
const SESSIONS = { maps: ['sessions', 'carts'] };

const setUpSides = (routing: Routing = { side: 'blue', preview: null }, policy = TWO_SIDES) => {
  const set = setUp(undefined, policy);
  const [fleet] = set.fleets;
  if (fleet === undefined) throw new Error('no fleet');
  Object.assign(fleet, {
    sessions: SESSIONS,
    deps: {
      ...fleet.deps,
      move: {
        routing: async () => await Promise.resolve({ ok: true, value: routing }),
        courier: async () => await Promise.resolve({ ok: true, value: null }),
        vault: async () => await Promise.resolve({ ok: true, value: null }),
      },
    },
  });
  set.watched();
  return set;
};

const DRY_RUN = { kind: 'failover', fleet: 'api', order: 'move' } as const;
const ORDER = { fleet: 'api', reason: 'new version', by: 'ops@desk', requestId: 'request-1' };

const failover: Failover = {
  fence: 4,
  path: 'move',
  because: 'asked for by ops',
  expected: 'no session that can be read',
  begunBy: 'order',
  orderId: 'request-1',
  from: 'blue',
  to: 'green',
  size: 3,
  startedAtMs: T0 - 30_000,
  phase: 'copy',
  phaseSinceMs: T0 - 10_000,
  undoneFor: null,
  changed: [{ what: 'size', side: 'green', min: 0, desired: 0 }],
  courier: null,
  isolatedAtMs: 0,
  undoes: null,
  isSwitchAsked: false,
  isPlanned: false,
  abortedFor: null,
  side: null,
};

describe('a dry run', () => {
  it('says which way, step by step, what would be lost, and what stays behind', async () => {
    const set = setUpSides();
    const reply = await set.ask(DRY_RUN);
    expect(reply).toMatchObject({
      ok: true,
      report: {
        verdict: 'fine',
        path: 'move',
        expected: 'no session that can be read',
        against: [],
        answer: { status: 'accepted', detail: 'move begun' },
      },
    });
    const { report } = reply as unknown as {
      report: { steps: string[]; notCarried: string[] };
    };
    expect(report.steps.map((step) => step.split(':')[0])).toEqual([
      'launch',
      'form',
      'copy',
      'level',
      'verify',
      'switch',
      'drain',
      'retire',
    ]);
    expect(report.notCarried[0]).toBe('every map but sessions, carts');
  });

  it('orders nothing and does nothing', async () => {
    const set = setUpSides();
    const before = set.fleet.store.row('api');
    await set.ask(DRY_RUN);
    expect(set.fleet.store.row('api')).toEqual(before);
    expect(set.fleet.acts).toEqual([]);
  });

  it.each<[string, Routing, typeof TWO_SIDES, string]>([
    [
      'somebody else leads users',
      { side: null, preview: null },
      TWO_SIDES,
      'I5: the load balancer does not send all users to the side that it should',
    ],
    [
      'the fleet is in shadow',
      { side: 'blue', preview: null },
      { ...TWO_SIDES, mode: 'shadow' },
      'I5: the fleet is in shadow mode',
    ],
  ])('says that an order would be refused when %s', async (_, routing, policy, detail) => {
    const reply = await setUpSides(routing, policy).ask(DRY_RUN);
    expect(reply).toMatchObject({
      report: {
        verdict: 'unhealthy',
        answer: { status: 'refused', detail: expect.stringContaining(detail) },
      },
    });
  });

  it('of a fleet without a standby is a rebuilding', async () => {
    const set = setUp();
    set.watched();
    const reply = await set.ask({ ...DRY_RUN, order: 'failover' });
    expect(reply).toMatchObject({ ok: true, report: { path: 'rebuild', notCarried: [] } });
  });
});

describe('an order about the whole fleet', () => {
  it.each(['failover', 'move', 'abort'] as const)(
    '%s is one order, whoever repeats it',
    async (kind) => {
      const set = setUpSides();
      const event = { ...ORDER, kind };
      const record = { ...recordOf('done', 'done'), kind, instanceId: null };
      const ask = async () => await set.order(event);
      const replies = await set.clock.run(Promise.all([ask(), set.decides(record, 2_000)]));
      expect(replies[0]).toMatchObject({ ok: true, answer: 'done', requestId: 'request-1' });
      expect(await set.command(event)).toMatchObject({ ok: true, answer: 'done' });
      expect(set.fleet.store.row('api').orders).toMatchObject([
        { id: 'request-1', kind, instanceId: null, reason: 'new version' },
      ]);
    },
  );

  it('is refused where the same id stands for something else', async () => {
    const set = setUpSides();
    const record = { ...recordOf('done', 'done'), kind: 'abort' as const, instanceId: null };
    set.watched({ orders: [record] });
    expect(await set.command({ ...ORDER, kind: 'failover' })).toMatchObject({
      ok: false,
      why: 'refused',
      message: expect.stringContaining('stands for another order'),
    });
  });

  it('needs a reason, and no instance', async () => {
    const set = setUpSides();
    expect(await set.command({ ...ORDER, kind: 'abort', reason: '' })).toMatchObject({ ok: false });
    expect(await set.command({ ...ORDER, kind: 'move', instanceId: 'i-1' })).toMatchObject({
      ok: false,
      why: 'wrong',
    });
  });
});

describe('a failover under way', () => {
  it('is told by orders, status, plan and explain', async () => {
    const set = setUpSides();
    set.watched({ failover });
    expect(await set.ask({ kind: 'orders', fleet: 'api' })).toMatchObject({
      report: { failover: { fence: 4, orderId: 'request-1', phase: 'copy', path: 'move' } },
    });
    expect(await set.ask({ kind: 'status', fleet: 'api' })).toMatchObject({
      report: { verdict: 'unhealthy', active: 'blue', failover: { phase: 'copy' } },
    });
    expect(await set.ask({ kind: 'plan', fleet: 'api' })).toMatchObject({
      report: { verdict: 'unhealthy' },
    });
    const explained = await set.ask({ kind: 'explain', fleet: 'api' });
    expect(JSON.stringify(explained)).toContain('failover 4: moving from blue to green');
  });
});
