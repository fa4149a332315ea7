/** The third member is killed. */
import { expect, it } from 'vitest';
import { eventually } from '../cluster.ts';
import { canaryOf, healthOf, viewOf } from '../observer.ts';
import { canaryIs, SOON_MS, type Stage } from '../stage.ts';

export const killedCases = (stage: Stage): void => {
  const { observer, all, first, second, third } = stage;

  it('of which one member is killed shows that its host refuses, and a list without it', async () => {
    await third().kill();
    await eventually(SOON_MS, 'the others list two', async () => {
      const seen = await observer().see(all());
      return [first(), second()].every((member) => viewOf(seen, member).length === 2);
    });
    await stage.untilCanaries([first(), second()], canaryIs(stage, 'ok'));
    const seen = await observer().see(all());

    expect(healthOf(seen, third())).toBe('wrong/refused');
    expect(canaryOf(seen, third())).toBe(canaryIs(stage, 'none/notConnected'));
  });
};
