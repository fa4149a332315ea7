/** One of three members hangs, and goes on. */
import { expect, it } from 'vitest';
import { eventually } from '../cluster.ts';
import { canaryOf, crossingOf, healthOf, sightOf, viewOf } from '../observer.ts';
import { canaryIs, SOON_MS, type Stage } from '../stage.ts';

export const hungCases = (stage: Stage): void => {
  const { hasClient, observer, all, addresses, first, second, third } = stage;

  it('of which one member hangs shows that one silent after the handshake, the others well', async () => {
    second().hang();
    const crossings = [crossingOf({ via: first(), to: second() })];
    const seen = await observer().see(all(), { crossings });

    expect(all().map((member) => healthOf(seen, member))).toEqual([
      'ok',
      'silent/answerTimeout',
      'ok',
    ]);
    expect(sightOf(seen, second()).tcp.answer).toBe('ok');
    expect(viewOf(seen, first()).toSorted()).toEqual(addresses());
    // By REST it may be the sick one's key that the others were asked for: then they rest.
    const spared = [first(), third()].map((member) => canaryOf(seen, member));
    const allowed = hasClient ? ['ok', 'ok'] : spared.filter((answer) => answer !== 'silent');
    expect(spared).toEqual(allowed);
    expect(canaryOf(seen, second())).not.toBe('ok');
    expect(seen.crossings[0]?.answer).toBe(hasClient ? 'silent' : 'none');
  });

  it('works as before when that member goes on', async () => {
    second().resume();
    await eventually(SOON_MS, 'every member answers', async () => {
      const seen = await observer().see(all());
      return all().every((member) => healthOf(seen, member) === 'ok');
    });
    await stage.untilCanaries(all(), canaryIs(stage, 'ok'));
  });
};
