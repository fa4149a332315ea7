/** Orders while nobody watches: the invocation ticks itself, with the real loop and the real decision. */
import { describe, expect, it } from 'vitest';
import type { Act } from '../../src/core/acts.ts';
import { instanceOf, killed, POLICY, quorate, T0, withVictim, works } from '../core/world.ts';
import { EVICT, recordOf, setUp } from './set-up.ts';

const REPLACED = { sights: { 1: works(1, 2, 4), 2: works(1, 2, 4), 4: works(1, 2, 4) } };

/** Last watched an hour ago; a world that does what it is told. */
const unwatched = (policy = POLICY) => {
  const set = setUp(undefined, policy);
  const { fleet } = set;
  fleet.store.put('api', { state: { ...quorate(), lastTickMs: T0 - 3_600_000 } });
  fleet.onAct = (act: Act) => {
    if (act.kind === 'kill') fleet.scene = withVictim(killed, [1, 2]);
    if (act.kind === 'replace') fleet.scene = REPLACED;
  };
  return set;
};

describe('an order while nobody watches', () => {
  it('is decided by ticks of its own, which go on until the eviction is over, and give the lease back', async () => {
    const set = unwatched();

    const reply = await set.command(EVICT);

    expect(reply).toMatchObject({ ok: true, answer: 'done', requestId: 'request-1' });
    expect(set.fleet.kinds()).toEqual(['deregister', 'kill', 'replace']);
    expect(set.fleet.acts.every(({ act }) => instanceOf(act) === 'i-3')).toBe(true);
    expect(set.fleet.store.row('api')).toMatchObject({ lease: null, state: { inFlight: null } });
    expect(set.clock.nowMs()).toBeLessThan(T0 + 26_000);
  });

  it('is answered in time though its eviction takes longer, and the row says how far it got', async () => {
    const set = unwatched();
    set.fleet.onAct = () => undefined;

    const reply = await set.command(EVICT);

    expect(reply).toMatchObject({ ok: true, answer: 'accepted' });
    expect(set.clock.nowMs()).toBeLessThan(T0 + 40_000);
    expect(set.fleet.store.row('api')).toMatchObject({
      lease: null,
      state: { inFlight: { instanceId: 'i-3' } },
    });
  });

  it('is taken further when it is asked again, and nothing of it is done twice', async () => {
    const set = unwatched();
    set.fleet.onAct = () => undefined;
    const first = await set.command(EVICT);
    const done = set.fleet.kinds();
    set.fleet.onAct = (act) => {
      if (act.kind === 'terminate') set.fleet.scene = REPLACED;
    };

    const second = await set.command(EVICT);
    const third = await set.command(EVICT);

    expect([first, second, third]).toMatchObject([
      { ok: true, answer: 'accepted' },
      { ok: true, answer: 'done' },
      { ok: true, answer: 'done' },
    ]);
    expect(done).toContain('kill');
    const begun = set.fleet.kinds().filter((kind) => kind === 'deregister' || kind === 'kill');
    expect(begun).toEqual(['deregister', 'kill']);
    expect(set.fleet.store.row('api')).toMatchObject({ lease: null, state: { inFlight: null } });
  });

  it('twice at once is one eviction and one answer', async () => {
    const set = unwatched();

    const [one, other] = await set.clock.run(
      Promise.all([set.order(EVICT, 'command-1'), set.order(EVICT, 'command-2')]),
    );

    expect([one, other]).toMatchObject([{ ok: true }, { ok: true }]);
    expect(set.fleet.kinds()).toEqual(['deregister', 'kill', 'replace']);
  });

  it('is refused by the rails as by anybody’s ticks', async () => {
    const set = unwatched({ ...POLICY, mode: 'shadow' });

    const reply = await set.command(EVICT);

    expect(reply).toEqual({ ok: false, why: 'refused', message: expect.stringContaining('I5: ') });
    expect(set.fleet.acts).toEqual([]);
  });

  it('leaves a watcher alone that has just begun and holds no lease yet', async () => {
    const set = unwatched();
    set.fleet.store.put('api', { watcher: { id: 'schedule-8', sinceMs: T0 } });
    const firstTick = async (): Promise<void> => {
      await set.clock.sleep(2_000);
      set.watched();
      await set.decides(recordOf('accepted', 'begun'), 1_000);
    };

    const [reply] = await set.clock.run(Promise.all([set.order(EVICT), firstTick()]));

    expect(reply).toMatchObject({ ok: true });
    expect(set.fleet.store.row('api').watcher?.id).toBe('schedule-8');
    expect(set.fleet.reports).toEqual([]);
  });

  it('goes on waiting when the next minute’s watcher takes over', async () => {
    const set = unwatched();
    const takeOver = async (): Promise<void> => {
      await set.clock.sleep(5_000);
      set.fleet.store.put('api', { watcher: { id: 'schedule-9', sinceMs: set.clock.nowMs() } });
      await set.clock.sleep(3_000);
      set.fleet.store.put('api', { lease: { holder: 'schedule-9', untilMs: T0 + 60_000 } });
      await set.decides(recordOf('refused', 'I9: the budget is used up'), 2_000);
    };

    const [reply] = await set.clock.run(Promise.all([set.order(EVICT), takeOver()]));

    expect(reply).toEqual({ ok: false, why: 'refused', message: 'I9: the budget is used up' });
    expect(set.fleet.acts).toEqual([]);
  });
});
