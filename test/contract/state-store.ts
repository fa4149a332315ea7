/** What every state store promises, run against each of them. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Order, Pause } from '../../src/core/observation.ts';
import { StateUnreadable } from '../../src/errors.ts';
import type { StateStore } from '../../src/ports.ts';
import { stateWith } from './states.ts';

export interface StoreUnderTest {
  readonly store: StateStore;
  /** Another connection to the same rows. */
  readonly other: StateStore;
  /** Writes one column or attribute as it is, behind the store's back. */
  readonly scribble: (fleet: string, name: 'state' | 'pause', text: string) => Promise<void>;
  /** What is stored there, byte by byte. */
  readonly peek: (fleet: string, name: 'state' | 'pause') => Promise<string | null>;
}

const PAUSE: Pause = { by: 'ana', reason: 'maintenance', atMs: 5, untilMs: null };
const ORDER: Order = {
  id: 'request-1',
  kind: 'evict',
  instanceId: 'i-1',
  by: 'ana',
  reason: 'it is slow',
  atMs: 6,
};
const LEASE = { holder: 'invocation-1', untilMs: 12_000 };

export const stateStoreContract = (name: string, prepare: () => Promise<StoreUnderTest>): void => {
  describe(`${name} keeps the promises of a state store`, () => {
    let under: StoreUnderTest;
    let store: StateStore;
    beforeEach(async () => {
      under = await prepare();
      store = under.store;
    });

    it('gives version 0 for a fleet it has never seen', async () => {
      expect(await store.load('f')).toEqual({
        version: 0,
        state: null,
        lease: null,
        watcher: null,
        pause: null,
        orders: [],
      });
    });

    it('gives back exactly what was saved, lease included, to every connection', async () => {
      const state = stateWith(7);
      const saved = await store.save('f', { expectedVersion: 0, state, lease: LEASE });
      expect(saved).toEqual({ version: 1 });
      expect(await under.other.load('f')).toEqual({
        version: 1,
        state,
        lease: LEASE,
        watcher: null,
        pause: null,
        orders: [],
      });
    });

    it('releases the lease', async () => {
      await store.save('f', { expectedVersion: 0, state: stateWith(1), lease: LEASE });
      await store.save('f', { expectedVersion: 1, state: stateWith(2), lease: null });
      expect(await store.load('f')).toMatchObject({ version: 2, lease: null });
    });

    it('answers conflict and writes nothing when somebody saved in between', async () => {
      await store.save('f', { expectedVersion: 0, state: stateWith(1), lease: LEASE });
      await under.other.save('f', { expectedVersion: 1, state: stateWith(2), lease: LEASE });
      const late = { expectedVersion: 1, state: stateWith(3), lease: LEASE };
      expect(await store.save('f', late)).toBe('conflict');
      expect(await store.load('f')).toMatchObject({ version: 2, state: { fence: 2 } });
    });

    it('answers conflict to a first save when the row is there', async () => {
      await under.other.setPause('f', PAUSE);
      const first = { expectedVersion: 0, state: stateWith(1), lease: LEASE };
      expect(await store.save('f', first)).toBe('conflict');
    });

    it('answers conflict to a save on a row that is gone', async () => {
      const later = { expectedVersion: 4, state: stateWith(1), lease: LEASE };
      expect(await store.save('f', later)).toBe('conflict');
      expect(await store.load('f')).toMatchObject({ version: 0, state: null });
    });

    it.each([0, 1])('lets one of 20 racing saves of version %i win', async (expectedVersion) => {
      if (expectedVersion === 1) {
        await store.save('f', { expectedVersion: 0, state: stateWith(100), lease: null });
      }
      const race = Array.from({ length: 20 }, async (_, fence) => {
        const write = { expectedVersion, state: stateWith(fence), lease: null };
        const result = await (fence % 2 === 0 ? store : under.other).save('f', write);
        return { fence, result };
      });
      const winners = (await Promise.all(race)).filter(({ result }) => result !== 'conflict');
      expect(winners).toHaveLength(1);
      expect(await store.load('f')).toMatchObject({
        version: expectedVersion + 1,
        state: { fence: winners[0]?.fence },
      });
    });

    it('lets a pause beat a plan that was made before it', async () => {
      await store.save('f', { expectedVersion: 0, state: stateWith(1), lease: LEASE });
      const { version } = await store.load('f');
      await under.other.setPause('f', PAUSE);
      const plan = { expectedVersion: version, state: stateWith(2), lease: LEASE };
      expect(await store.save('f', plan)).toBe('conflict');
      expect(await store.load('f')).toMatchObject({ version: 2, pause: PAUSE });
    });

    it('lifts a pause, and that too beats an older plan', async () => {
      await store.setPause('f', PAUSE);
      await store.setPause('f', null);
      expect(await store.load('f')).toMatchObject({ version: 2, pause: null, state: null });
    });

    it('keeps pause, orders and watcher when state is saved, and state when they change', async () => {
      await store.setPause('f', { ...PAUSE, untilMs: 99 });
      await store.register('f', { id: 'w1', sinceMs: 3 });
      await store.addOrder('f', ORDER);
      await store.save('f', { expectedVersion: 3, state: stateWith(1), lease: LEASE });
      await store.register('f', { id: 'w2', sinceMs: 4 });
      expect(await store.load('f')).toEqual({
        version: 5,
        state: stateWith(1),
        lease: LEASE,
        watcher: { id: 'w2', sinceMs: 4 },
        pause: { ...PAUSE, untilMs: 99 },
        orders: [ORDER],
      });
    });

    it('adds an order once, and that beats an older plan', async () => {
      await store.save('f', { expectedVersion: 0, state: stateWith(1), lease: LEASE });
      await under.other.addOrder('f', ORDER);
      const plan = { expectedVersion: 1, state: stateWith(2), lease: LEASE };
      expect(await store.save('f', plan)).toBe('conflict');
      await store.addOrder('f', { ...ORDER, reason: 'another one under the same id' });
      expect(await store.load('f')).toMatchObject({ state: { fence: 1 }, orders: [ORDER] });
    });

    it('keeps the orders of three people who ask at once', async () => {
      const ids = Array.from({ length: 3 }, (_, n) => `request-${n}`);
      await Promise.all(
        ids.map(async (id, n) => {
          await (n % 2 === 0 ? store : under.other).addOrder('f', { ...ORDER, id });
        }),
      );
      const { orders } = await store.load('f');
      expect(orders.map(({ id }) => id).sort()).toEqual(ids);
    });

    it('registers a newer watcher, and that beats an older plan', async () => {
      await store.save('f', { expectedVersion: 0, state: stateWith(1), lease: LEASE });
      expect(await under.other.register('f', { id: 'new', sinceMs: 10 })).toBe(true);
      const plan = { expectedVersion: 1, state: stateWith(2), lease: LEASE };
      expect(await store.save('f', plan)).toBe('conflict');
    });

    it('refuses an older watcher and leaves the newer one', async () => {
      expect(await store.register('f', { id: 'new', sinceMs: 10 })).toBe(true);
      expect(await store.register('f', { id: 'old', sinceMs: 9 })).toBe(false);
      expect(await store.load('f')).toMatchObject({
        version: 1,
        watcher: { id: 'new', sinceMs: 10 },
      });
    });

    it('registers the same watcher again', async () => {
      expect(await store.register('f', { id: 'w', sinceMs: 10 })).toBe(true);
      expect(await store.register('f', { id: 'w', sinceMs: 10 })).toBe(true);
    });

    it.each([
      ['a', 'b'],
      ['b', 'a'],
    ])('agrees on one of two watchers of the same millisecond, %s first', async (first, second) => {
      await store.register('f', { id: first, sinceMs: 10 });
      await under.other.register('f', { id: second, sinceMs: 10 });
      expect(await store.load('f')).toMatchObject({ watcher: { id: 'b' } });
    });

    it('keeps fleets apart', async () => {
      await store.save('f', { expectedVersion: 0, state: stateWith(1), lease: null });
      await store.setPause('g', PAUSE);
      expect(await store.load('f')).toMatchObject({ version: 1, pause: null });
      expect(await store.load('g')).toMatchObject({ version: 1, state: null });
    });

    it.each([
      ['text that is not JSON', '{"schema":1,'],
      ['JSON of another shape', '{"schema":1}'],
      ['a wrong type deep inside', JSON.stringify({ ...stateWith(1), kills: [{ atMs: 'x' }] })],
      ['null', 'null'],
      ['a newer schema', JSON.stringify({ ...stateWith(1), schema: 2 })],
    ])('refuses %s and leaves it as it is', async (_, text) => {
      await store.save('f', { expectedVersion: 0, state: stateWith(1), lease: null });
      await under.scribble('f', 'state', text);
      await expect(store.load('f')).rejects.toThrow(StateUnreadable);
      expect(await under.peek('f', 'state')).toBe(text);
    });

    it('says which version is needed for a newer schema', async () => {
      await store.save('f', { expectedVersion: 0, state: stateWith(1), lease: null });
      await under.scribble('f', 'state', JSON.stringify({ schema: 2, anything: true }));
      await expect(store.load('f')).rejects.toThrow(/schema 2 and this version knows 1/);
    });

    it('reads state of the same schema with additions, and keeps them', async () => {
      await store.save('f', { expectedVersion: 0, state: stateWith(1), lease: null });
      const grown = { ...stateWith(1), forecast: { 'i-0a': 0.83 } };
      await under.scribble('f', 'state', JSON.stringify(grown));
      expect((await store.load('f')).state).toEqual(grown);
    });

    it('refuses a pause that it cannot understand: nobody knows what was paused', async () => {
      await store.setPause('f', PAUSE);
      await under.scribble('f', 'pause', '{"by":1}');
      await expect(store.load('f')).rejects.toThrow(StateUnreadable);
      expect(await under.peek('f', 'pause')).toBe('{"by":1}');
    });
  });
};
