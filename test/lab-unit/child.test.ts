import { describe, expect, it } from 'vitest';
import { type Child, startChild } from '../../lab/child.ts';
import type { FixtureProtocol } from './child-fixture.ts';
import { eventually } from './target.ts';

const start = async (how: 'ready' | 'exit') => {
  const told: string[] = [];
  const child: Child<FixtureProtocol> = await startChild<FixtureProtocol>({
    namespace: null,
    script: new URL('./child-fixture.ts', import.meta.url),
    argument: { start: how },
    onMessage: ({ echo }) => told.push(echo),
  });
  return { child, told };
};

describe('a part in a process of its own', () => {
  it('is told its argument and talks both ways', async () => {
    const { child, told } = await start('ready');
    child.send({ order: 'echo' });
    await eventually(
      () => told,
      (so) => so.length > 0,
    );
    expect(told).toEqual(['ready']);
    await child.stop();
    expect(child.ended()).toBe('lab-unit/child-fixture.ts ended: code 0');
  });

  it('fails to start when it ends before it is ready', async () => {
    await expect(start('exit')).rejects.toThrow('ended: code 3');
  });

  it('that is killed leaves nobody waiting', async () => {
    const { child } = await start('ready');
    child.send({ order: 'die' });
    expect(await child.whenEnded).toContain('SIGKILL');
    expect(() => child.send({ order: 'echo' })).toThrow('SIGKILL');
    await child.stop();
  });

  it('is killed when it does not end by itself', async () => {
    const { child, told } = await start('ready');
    child.send({ order: 'ignore-end' });
    await eventually(
      () => told,
      (so) => so.includes('deaf'),
    );
    await child.stop();
    expect(child.ended()).toContain('SIGKILL');
  });
});
