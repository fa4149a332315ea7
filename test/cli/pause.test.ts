import { hostname, userInfo } from 'node:os';
import { describe, expect, it } from 'vitest';
import { createFileStore } from '../../src/adapters/system/file-store.ts';
import type { Pause } from '../../src/core/observation.ts';
import { NOW_MS, quorate, TWO_FLEETS, watched } from './cli.ts';

const pauseIn = async (store: string): Promise<Pause | null> => {
  const file = createFileStore(store.slice('file:'.length));
  try {
    return (await file.load('api')).pause;
  } finally {
    file.close();
  }
};

describe('quorate pause', () => {
  it('writes who, why and until when', async () => {
    const store = await watched();

    const { exit, out } = await quorate(
      'pause',
      '--reason',
      'deploy',
      '--for',
      '2h',
      '--store',
      store,
    );

    expect(exit).toBe(0);
    expect(out).toBe('fleet api is paused for 2h: it watches and tells, and acts on nothing');
    expect(await pauseIn(store)).toEqual({
      by: `${userInfo().username}@${hostname()}`,
      reason: 'deploy',
      atMs: NOW_MS,
      untilMs: NOW_MS + 7_200_000,
    });
  });

  it('lasts until it is lifted unless told otherwise, and status shows it', async () => {
    const store = await watched();

    const paused = await quorate('pause', '--store', store);
    const { exit, out } = await quorate('status', '--store', store);

    expect(paused.out).toContain('is paused until quorate resume');
    expect(exit).toBe(0);
    expect(out).toContain('pause      until resumed, by ');
    expect(out).toContain('           no reason given');
  });

  it('refuses a fleet that nobody watches: a misspelt name would pause nothing', async () => {
    const store = await watched();

    const { exit, error } = await quorate(
      'pause',
      '--store',
      store,
      '--fleets',
      TWO_FLEETS,
      '--fleet',
      'web',
    );

    expect([exit, error]).toEqual([1, `refused: ${store} knows no fleet web`]);
  });

  it('needs no fleets file when the fleet is named', async () => {
    const store = await watched();

    const { exit } = await quorate(
      'pause',
      '--store',
      store,
      '--fleets',
      'none.yml',
      '--fleet',
      'api',
    );

    expect(exit).toBe(0);
    expect(await pauseIn(store)).not.toBeNull();
  });
});

describe('quorate resume', () => {
  it('lifts the pause', async () => {
    const store = await watched();
    await quorate('pause', '--store', store);

    const { exit, out } = await quorate('resume', '--store', store);

    expect([exit, out]).toEqual([0, 'fleet api resumed: Quorate acts as its mode says']);
    expect(await pauseIn(store)).toBeNull();
  });

  it('says so when there was none, in JSON as well', async () => {
    const store = await watched();

    const plain = await quorate('resume', '--store', store);
    const json = await quorate('resume', '--store', store, '--json');

    expect(plain).toMatchObject({ exit: 0, out: expect.stringContaining('was not paused') });
    expect(JSON.parse(json.out)).toEqual({ fleet: 'api', pause: null });
  });
});
