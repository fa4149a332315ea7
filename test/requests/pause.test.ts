import { describe, expect, it } from 'vitest';
import { T0 } from '../core/world.ts';
import { setUp } from './set-up.ts';

const PAUSE = {
  kind: 'pause',
  fleet: 'api',
  reason: 'deploy',
  by: 'ops@desk',
  requestId: 'p-1',
  untilMs: T0 + 3_600_000,
} as const;
const RESUME = { kind: 'resume', fleet: 'api', by: 'ops@desk', requestId: 'r-1' } as const;

describe('a pause', () => {
  it('is written once, however often it is asked for', async () => {
    const set = setUp();
    set.watched();

    const first = await set.command(PAUSE);
    const { version, pause } = set.fleet.store.row('api');
    await set.clock.run(set.clock.sleep(5_000));
    const second = await set.command(PAUSE);

    expect([first, second]).toEqual(
      [1, 2].map(() => ({
        ok: true,
        answer: 'done',
        requestId: 'p-1',
        message: 'fleet api is paused',
      })),
    );
    expect(pause).toEqual({
      by: 'ops@desk',
      reason: 'deploy',
      atMs: T0 + 1_000,
      untilMs: PAUSE.untilMs,
    });
    expect(set.fleet.store.row('api').version).toBe(version);
  });

  it('that would be over already is refused', async () => {
    const set = setUp();
    set.watched();

    const reply = await set.command({ ...PAUSE, untilMs: T0 });

    expect(reply).toMatchObject({ ok: false, why: 'refused' });
    expect(set.fleet.store.row('api').pause).toBeNull();
  });

  it('of a fleet that nobody has watched is refused: it would pause nothing', async () => {
    const set = setUp();

    const replies = [await set.command(PAUSE), await set.command(RESUME)];

    expect(replies).toEqual(
      replies.map(() => ({
        ok: false,
        why: 'refused',
        message: 'fleet api has never been watched',
      })),
    );
  });
});

describe('a resume', () => {
  it('lifts the pause, and says so when there is none', async () => {
    const set = setUp();
    set.watched();
    await set.command(PAUSE);

    const lifted = await set.command(RESUME);
    const again = await set.command(RESUME);

    expect(lifted).toMatchObject({ ok: true, message: 'fleet api resumed' });
    expect(again).toMatchObject({ ok: true, message: 'fleet api was not paused' });
    expect(set.fleet.store.row('api').pause).toBeNull();
  });

  it('that says which pause it means does not lift a later one', async () => {
    const set = setUp();
    set.watched();
    const pause = { by: 'her@desk', reason: 'my turn', atMs: T0 + 60_000, untilMs: null };
    set.fleet.store.put('api', { pause });

    const late = await set.command({ ...RESUME, pausedAtMs: T0 });
    const meant = await set.command({ ...RESUME, pausedAtMs: T0 + 60_000 });

    expect(late).toEqual({
      ok: false,
      why: 'refused',
      message: 'another pause has taken its place, by her@desk: my turn',
    });
    expect(meant).toMatchObject({ ok: true });
  });
});
