/** The third member's partition threads never come back: what a deadlock looks like from outside. */
import { expect, it } from 'vitest';
import { findJdk } from '../../../lab/tools.ts';
import { eventually } from '../cluster.ts';
import { canaryOf, crossingOf, healthOf, partitionOf, sightOf, viewOf } from '../observer.ts';
import { SOON_MS, type Stage } from '../stage.ts';

/** Java's `Thread.suspend`, which blocks a member of 2.x. */
const SUSPENDS_BEFORE = 20;

export const stuckByClient = ({ observer, all, addresses, first, third }: Stage): void => {
  it('of which one member is stuck answers every HTTP probe; the canary alone names it', async () => {
    await third().tell('stick', 'stuck');
    const suspected = await observer().see(all());
    const { canary } = sightOf(suspected, third());
    const confirm = { [third().instanceId]: partitionOf(canary) };
    const crossings = [crossingOf({ via: first(), to: third() })];
    const confirmed = await observer().see(all(), { confirm, crossings });
    const last = await observer().see(all(), { confirm, isLast: true });

    for (const seen of [suspected, confirmed, last]) {
      expect(all().map((member) => healthOf(seen, member))).toEqual(['ok', 'ok', 'ok']);
      expect(viewOf(seen, third()).toSorted()).toEqual(addresses());
      expect(all().map((member) => canaryOf(seen, member))).toEqual(['ok', 'ok', 'silent']);
      expect(partitionOf(sightOf(seen, third()).canary)).toBe(partitionOf(canary));
    }
    expect(confirmed.crossings[0]?.answer).toBe('silent');
  });
};

export const stuckByRest = ({ observer, all, third }: Stage): void => {
  it('of which one member is stuck names it after some rounds, and no other', async ({ skip }) => {
    if ((findJdk()?.version ?? 0) >= SUSPENDS_BEFORE) skip('this Java suspends no thread');
    await third().tell('stick', 'stuck');
    let turn = 0;
    const told: string[][] = [];
    const isNamed = async (): Promise<boolean> => {
      turn += 1;
      const seen = await observer().see(all(), { turn });
      told.push(all().map((member) => canaryOf(seen, member)));
      expect(all().map((member) => healthOf(seen, member))).toEqual(['ok', 'ok', 'ok']);
      return told.at(-1)?.[2] === 'silent';
    };
    await eventually(SOON_MS, 'the stuck member is named', isNamed).catch((error: unknown) => {
      throw new Error(`told: ${JSON.stringify(told)}`, { cause: error });
    });

    expect(told.filter(([one, two]) => one === 'silent' || two === 'silent')).toEqual([]);
    expect(told.filter(([, , three]) => three === 'ok')).toEqual([]);
  });
};

export const notNamed = (): void => {
  it('of which one member is stuck names nobody', ({ skip }) => {
    skip('a stuck member of 3.x shows what everybody shows: docs/adr/0004');
  });
};
