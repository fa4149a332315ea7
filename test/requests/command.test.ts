import { describe, expect, it } from 'vitest';
import { StateUnreadable } from '../../src/errors.ts';
import { T0 } from '../core/world.ts';
import { EVICT, recordOf, setUp } from './set-up.ts';

const ordersIn = ({ fleet }: ReturnType<typeof setUp>): readonly unknown[] =>
  fleet.store.row('api').orders.map(({ id, kind, instanceId }) => [id, kind, instanceId]);

describe('an order', () => {
  it('is handed to whoever watches, and answered with the decision', async () => {
    const set = setUp();
    set.watched();

    const [reply] = await set.clock.run(
      Promise.all([
        set.order(EVICT),
        set.decides(recordOf('accepted', 'eviction 8 has begun'), 2_000),
      ]),
    );

    expect(reply).toEqual({
      ok: true,
      answer: 'accepted',
      requestId: 'request-1',
      message: 'eviction 8 has begun',
    });
    expect(ordersIn(set)).toEqual([['request-1', 'evict', 'i-3']]);
    expect(set.fleet.store.row('api').orders[0]).toMatchObject({
      by: 'ops@desk',
      reason: 'disk is full',
      atMs: T0 + 1_000,
    });
    // It only waited: nobody ticked here, and the watcher was left alone.
    expect([set.fleet.reports, set.fleet.store.row('api').watcher]).toEqual([[], null]);
  });

  it('is refused in the words of the rail', async () => {
    const set = setUp();
    set.watched();

    const [reply] = await set.clock.run(
      Promise.all([
        set.order(EVICT),
        set.decides(recordOf('refused', 'I3: no majority is left'), 500),
      ]),
    );

    expect(reply).toEqual({ ok: false, why: 'refused', message: 'I3: no majority is left' });
  });

  it('twice with the same request id is one order with one answer', async () => {
    const set = setUp();
    set.watched();

    const [one, other] = await set.clock.run(
      Promise.all([
        set.order(EVICT, 'command-1'),
        set.order(EVICT, 'command-2'),
        set.decides(recordOf('accepted', 'eviction 8 has begun'), 3_000),
      ]),
    );
    // The victim has gone meanwhile: that is no reason to give another answer.
    set.fleet.scene = { sights: {} };
    const later = await set.command(EVICT);

    expect([other, later]).toEqual([one, one]);
    expect(one).toMatchObject({ ok: true, answer: 'accepted' });
    expect(ordersIn(set)).toHaveLength(1);
  });

  const others = {
    'another instance': { instanceId: 'i-2' },
    'another kind': { kind: 'replace' },
    'another reason': { reason: 'something else' },
  };
  it.each(Object.entries(others))('with a used request id and %s is refused', async (_, change) => {
    const set = setUp();
    set.watched();
    await set.fleet.store.addOrder('api', { ...EVICT, id: 'request-1', atMs: T0 });

    const reply = await set.command({ ...EVICT, ...change });

    expect(reply).toEqual({
      ok: false,
      why: 'refused',
      message: 'request id request-1 stands for another order: take a new one',
    });
    expect(ordersIn(set)).toHaveLength(1);
  });

  it('that loses the race for its request id is refused, not mistaken for the other one', async () => {
    const set = setUp();
    set.watched();

    const [one, other] = await set.clock.run(
      Promise.all([
        set.order(EVICT),
        set.order({ ...EVICT, instanceId: 'i-2' }),
        set.decides(recordOf('accepted', 'begun'), 3_000),
      ]),
    );

    expect(ordersIn(set)).toHaveLength(1);
    expect(new Set([one, other].map(({ ok }) => ok))).toEqual(new Set([false, true]));
    expect([one, other]).toContainEqual(
      expect.objectContaining({ message: expect.stringContaining('stands for another order') }),
    );
  });

  it('that is not decided in time says how to ask again', async () => {
    const set = setUp();
    set.watched();

    const reply = await set.command(EVICT);

    expect(reply).toEqual({
      ok: false,
      why: 'unknown',
      message: 'not decided in time: ask again with the same request id, request-1',
    });
    expect(set.clock.nowMs()).toBeGreaterThanOrEqual(T0 + 26_000);
    expect(ordersIn(set)).toHaveLength(1);
  });

  it('goes on waiting while the store is away for a while', async () => {
    const set = setUp();
    set.watched();
    const outage = async (): Promise<void> => {
      await set.clock.sleep(1_500);
      set.fleet.store.down = true;
      await set.clock.sleep(4_000);
      set.fleet.store.down = false;
      await set.decides(recordOf('accepted', 'begun'), 1_000);
    };

    const [reply] = await set.clock.run(Promise.all([set.order(EVICT), outage()]));

    expect(reply).toMatchObject({ ok: true, answer: 'accepted' });
  });
});

describe('what is refused before anything is written', () => {
  const cases: Readonly<Record<string, readonly [object, string, RegExp]>> = {
    'an unknown fleet': [{ fleet: 'shop' }, 'wrong', /^there is no fleet shop, only: api$/],
    'an instance of another group': [
      { instanceId: 'i-0feedbeef00000001' },
      'refused',
      /is not in the group of fleet api, which has: i-1, i-2, i-3/,
    ],
    'an id with shell characters': [
      { instanceId: 'i-3; rm -rf /' },
      'wrong',
      /^the request's instanceId is not an instance id such as/,
    ],
    'an id of something else': [{ instanceId: 'arn:aws:ec2:x' }, 'wrong', /instanceId is not/],
    'no reason': [
      { reason: undefined },
      'wrong',
      /^the request's reason is not a reason: 1 to 200/,
    ],
    'an empty reason': [{ reason: '   ' }, 'wrong', /reason is not a reason/],
    'a reason that moves the cursor': [{ reason: 'x\u001b[2J' }, 'wrong', /reason is not/],
    'a request id with spaces': [{ requestId: 'a b' }, 'wrong', /requestId is not/],
    'a field that nobody knows': [{ force: true }, 'wrong', /force is not known here$/],
    'an unknown kind': [
      { kind: 'terminate' },
      'wrong',
      /^the request's kind is not evict \| replace \| failover \| move \| abort \| pause \| resume$/,
    ],
  };

  it.each(Object.entries(cases))('%s', async (_, [change, why, words]) => {
    const set = setUp();
    set.watched();
    const { version } = set.fleet.store.row('api');

    const reply = await set.command({ ...EVICT, ...change });

    expect(reply).toEqual({ ok: false, why, message: expect.stringMatching(words) });
    expect(set.fleet.store.row('api').version).toBe(version);
  });

  it('a field that is left out', async () => {
    const { reason: _, ...order } = EVICT;

    const reply = await setUp().command(order);

    expect(reply).toEqual({
      ok: false,
      why: 'wrong',
      message: "the request's reason is not there",
    });
  });

  it('anything while AWS does not say who is in the group', async () => {
    const set = setUp();
    set.watched();
    const deps = set.fleets[0]!.deps;
    Object.assign(deps.inventory, {
      read: async () =>
        await Promise.resolve({ ok: false, error: 'DescribeInstances was throttled' }),
    });

    const reply = await set.command(EVICT);

    expect(reply).toEqual({
      ok: false,
      why: 'unknown',
      message: 'is it in the group? DescribeInstances was throttled',
    });
    expect(ordersIn(set)).toEqual([]);
  });

  it('anything while the store is down, or its row is corrupt', async () => {
    const set = setUp();
    set.watched();
    set.fleet.store.down = true;
    const down = await set.command(EVICT);
    set.fleet.store.down = false;
    Object.assign(set.fleet.store, {
      load: async () => await Promise.reject(new StateUnreadable('the state is not JSON')),
    });
    const corrupt = await set.command(EVICT);

    expect([down, corrupt]).toEqual([
      { ok: false, why: 'unknown', message: 'the store is down' },
      { ok: false, why: 'unknown', message: 'the state is not JSON' },
    ]);
  });
});
