import { describe, expect, it } from 'vitest';
import { StateUnreadable } from '../../src/errors.ts';
import { HEALTHY_THREE, hung, POLICY, T0, withVictim } from '../core/world.ts';
import { setUp } from './set-up.ts';

const KINDS = ['status', 'orders', 'plan', 'explain', 'probe'] as const;

describe('a query', () => {
  it.each(KINDS)('%s is answered and leaves the row as it was', async (kind) => {
    const set = setUp();
    set.watched();
    const before = set.fleet.store.row('api');

    const reply = await set.ask({ kind, fleet: 'api' });

    expect(reply).toMatchObject({ ok: true, kind, report: { fleet: 'api' } });
    expect(set.fleet.store.row('api')).toEqual(before);
    expect([set.fleet.acts, set.fleet.reports]).toEqual([[], []]);
  });

  it('would act on nothing even when the loop would', async () => {
    const set = setUp(withVictim(hung));
    set.watched({ lastTickMs: T0 });
    for (let look = 0; look < 3; look += 1) {
      await set.ask({ kind: 'plan', fleet: 'api' });
      await set.clock.run(set.clock.sleep(20_000));
    }

    expect(set.fleet.acts).toEqual([]);
  });

  it('status says what the row says', async () => {
    const set = setUp();
    set.watched();

    const reply = await set.ask({ kind: 'status', fleet: 'api' });

    expect(reply).toMatchObject({
      report: {
        verdict: 'fine',
        isStale: false,
        cluster: { condition: 'Quorate' },
        nodes: [1, 2, 3].map((n) => ({ instanceId: `i-${n}`, condition: 'Healthy' })),
        inFlight: null,
        orders: [],
      },
    });
  });

  it('orders tells the waiting ones and what became of the others', async () => {
    const set = setUp();
    const record = {
      id: 'r-1',
      kind: 'evict',
      instanceId: 'i-1',
      by: 'ops',
      status: 'refused',
      detail: 'I3: no majority is left',
      atMs: T0,
    } as const;
    set.watched({ orders: [record] });
    for (const id of ['r-1', 'r-2']) {
      const reason = 'slow';
      const order = { id, kind: 'evict', instanceId: 'i-1', by: 'ops', reason, atMs: T0 } as const;
      await set.fleet.store.addOrder('api', order);
    }

    const reply = await set.ask({ kind: 'orders', fleet: 'api' });

    expect(reply).toMatchObject({
      report: {
        orders: [
          { id: 'r-1', status: 'refused', detail: 'I3: no majority is left' },
          { id: 'r-2', status: 'waiting', detail: 'slow' },
        ],
        inFlight: null,
        lastTickMs: T0,
      },
    });
  });

  it('of one node is about that node', async () => {
    const set = setUp(withVictim(hung));
    set.watched();

    const explained = await set.ask({ kind: 'explain', fleet: 'api', instanceId: 'i-3' });
    const probed = await set.ask({ kind: 'probe', fleet: 'api', instanceId: 'i-3' });

    expect(explained).toMatchObject({ report: { nodes: [{ instanceId: 'i-3' }] } });
    expect(probed).toMatchObject({
      report: { verdict: 'unhealthy', nodes: [{ instanceId: 'i-3', round: 'fails' }] },
    });
  });
});

describe('a query that cannot be answered', () => {
  it.each(KINDS.filter((kind) => kind !== 'probe'))('%s: the store is down', async (kind) => {
    const set = setUp();
    set.fleet.store.down = true;

    const reply = await set.ask({ kind, fleet: 'api' });

    expect(reply).toEqual({ ok: false, why: 'unknown', message: 'the store is down' });
  });

  it.each(KINDS.filter((kind) => kind !== 'probe'))('%s: the row is corrupt', async (kind) => {
    const set = setUp();
    Object.assign(set.fleet.store, {
      load: async () => await Promise.reject(new StateUnreadable('the state is not JSON')),
    });

    const reply = await set.ask({ kind, fleet: 'api' });

    expect(reply).toEqual({ ok: false, why: 'unknown', message: 'the state is not JSON' });
  });

  it('probe needs no store', async () => {
    const set = setUp();
    set.fleet.store.down = true;

    const reply = await set.ask({ kind: 'probe', fleet: 'api' });

    expect(reply).toMatchObject({ ok: true, report: { verdict: 'fine' } });
  });

  it('probe of an empty group can tell nothing', async () => {
    const set = setUp({ sights: {} });

    const reply = await set.ask({ kind: 'probe', fleet: 'api' });

    expect(reply).toMatchObject({ ok: true, report: { verdict: 'unknown', nodes: [] } });
  });

  it('without an inventory: probe knows nobody, the others say so', async () => {
    const set = setUp();
    set.watched();
    const error = 'DescribeInstances was throttled';
    Object.assign(set.fleets[0]!.deps.inventory, {
      read: async () => await Promise.resolve({ ok: false, error }),
    });

    const probe = await set.ask({ kind: 'probe', fleet: 'api' });
    const plan = await set.ask({ kind: 'plan', fleet: 'api' });
    const explain = await set.ask({ kind: 'explain', fleet: 'api', instanceId: 'i-3' });

    expect(probe).toEqual({ ok: false, why: 'unknown', message: `whom to probe? ${error}` });
    const told = {
      ok: true,
      report: {
        verdict: 'unknown',
        cluster: { condition: 'Unknown' },
        caveats: [`AWS does not say who is there: ${error}`],
      },
    };
    expect([plan, explain]).toMatchObject([told, told]);
  });

  const wrong: Readonly<Record<string, readonly [unknown, string, RegExp]>> = {
    'an unknown fleet': [{ kind: 'plan', fleet: 'shop' }, 'wrong', /no fleet shop, only: api/],
    'an unknown kind': [{ kind: 'evict', fleet: 'api' }, 'wrong', /kind/],
    'a field too many': [{ kind: 'plan', fleet: 'api', act: true }, 'wrong', /act/],
    'a malformed id': [
      { kind: 'explain', fleet: 'api', instanceId: '$(reboot)' },
      'wrong',
      /instanceId is not an instance id/,
    ],
    'a node of nobody': [
      { kind: 'explain', fleet: 'api', instanceId: 'i-9' },
      'refused',
      /^it is not in fleet api, which has: i-1, i-2, i-3$/,
    ],
    'an instance of nobody': [
      { kind: 'probe', fleet: 'api', instanceId: 'i-9' },
      'refused',
      /^it is not in fleet api/,
    ],
    nothing: [undefined, 'wrong', /form/],
  };
  it.each(Object.entries(wrong))('%s', async (_, [event, why, words]) => {
    const set = setUp(HEALTHY_THREE, POLICY);
    set.watched();

    const reply = await set.ask(event);

    expect(reply).toEqual({ ok: false, why, message: expect.stringMatching(words) });
  });
});
