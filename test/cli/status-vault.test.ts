import { expect, it } from 'vitest';
import type { State } from '../../src/core/model.ts';
import { NOW_MS, quorate, watched } from './cli.ts';

it('quorate status shows how old the last generation of a vault is, and why there is no newer one', async () => {
  const word = { takenAtMs: NOW_MS - 240_000, entries: 12, bytes: 900, tookMs: 5, error: null };
  const linesOf = async (vault: State['vault']): Promise<readonly string[]> => {
    const { out } = await quorate('status', '--store', await watched({ vault }));
    return out.split('\n').filter((line) => line.startsWith('vault'));
  };
  expect(await linesOf({ askedAtMs: 1, word })).toEqual([
    'vault      last generation 240 s old, 12 entries',
  ]);
  const failed = { ...word, takenAtMs: null, error: 'its time is over' };
  expect(await linesOf({ askedAtMs: 1, word: failed })).toEqual([
    'vault      no generation yet; the last try: its time is over',
  ]);
});
