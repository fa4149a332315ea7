/** What only the client of Hazelcast can tell, of 4.x and 5.x. */
import { expect, it } from 'vitest';
import { eventually } from '../cluster.ts';
import {
  canaryOf,
  createObserver,
  healthOf,
  type Observer,
  partitionOf,
  sightOf,
} from '../observer.ts';
import { SOON_MS, type Stage } from '../stage.ts';

export const clientCases = ({ release, observer, all }: Stage): void => {
  it('is asked for the same partition by every observer of a round, and for the next in the next', async () => {
    const other = createObserver(release);
    await eventually(SOON_MS, 'the other observer is connected', async () => {
      const seen = await other.see(all());
      return all().every((member) => canaryOf(seen, member) === 'ok');
    });
    const partitions = async (from: Observer, turn: number): Promise<readonly number[]> => {
      const seen = await from.see(all(), { turn });
      return all().map((member) => partitionOf(sightOf(seen, member).canary));
    };
    const here = await partitions(observer(), 7);
    const there = await partitions(other, 7);
    const next = await partitions(observer(), 8);
    await other.close();

    expect(there).toEqual(here);
    expect(next.every((partition, n) => partition > (here[n] ?? Infinity))).toBe(true);
  });

  it('with another cluster name takes no canary, and every other probe goes on', async () => {
    const stranger = createObserver(release, 'another');
    const seen = await stranger.see(all());
    await stranger.close();

    expect(all().map((member) => canaryOf(seen, member))).toEqual(
      all().map(() => 'none/notConnected'),
    );
    expect(all().map((member) => healthOf(seen, member))).toEqual(['ok', 'ok', 'ok']);
  });
};
