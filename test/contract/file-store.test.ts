import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFileStore } from '../../src/adapters/system/file-store.ts';
import { StoreUnavailable } from '../../src/errors.ts';
import { stateStoreContract } from './state-store.ts';
import { stateWith } from './states.ts';

const run = promisify(execFile);
let folder: string;
let files = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quorate-store-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

const freshPath = (): string => {
  files += 1;
  return join(folder, `state-${files}.db`);
};

stateStoreContract('The file store', async () => {
  const path = freshPath();
  return {
    store: createFileStore(path),
    other: createFileStore(path),
    scribble: async (fleet, name, text) => {
      const database = new DatabaseSync(path);
      database.prepare(`UPDATE fleets SET ${name} = ? WHERE fleet = ?`).run(text, fleet);
      database.close();
    },
    peek: async (fleet, name) => {
      const database = new DatabaseSync(path);
      const row = database.prepare(`SELECT ${name} AS text FROM fleets WHERE fleet = ?`).get(fleet);
      database.close();
      return typeof row?.['text'] === 'string' ? row['text'] : null;
    },
  };
});

describe('the file store among processes', () => {
  it('loses no save of four processes, and prints no warning to users', async () => {
    const path = freshPath();
    const racer = join(import.meta.dirname, 'file-store-racer.ts');
    const racers = Array.from(
      { length: 4 },
      async () => await run(process.execPath, [racer, path, '50']),
    );
    const results = await Promise.all(racers);
    const won = results.reduce((sum, { stdout }) => sum + Number(stdout), 0);
    expect(won).toBeGreaterThan(0);
    expect(await createFileStore(path).load('f')).toMatchObject({ version: won });
    expect(results.map(({ stderr }) => stderr)).toEqual(['', '', '', '']);
  });

  it('is StoreUnavailable while another process holds the file, and works afterwards', async () => {
    const path = freshPath();
    const store = createFileStore(path);
    await store.setPause('f', null);
    const other = new DatabaseSync(path);
    other.exec('BEGIN EXCLUSIVE');
    const write = { expectedVersion: 1, state: stateWith(1), lease: null };
    await expect(store.save('f', write)).rejects.toThrow(StoreUnavailable);
    await expect(store.load('f')).rejects.toThrow(StoreUnavailable);
    other.exec('ROLLBACK');
    expect(await store.save('f', write)).toEqual({ version: 2 });
  });

  it('is StoreUnavailable when the folder is missing', async () => {
    const store = createFileStore(join(folder, 'nowhere', 'state.db'));
    await expect(store.load('f')).rejects.toThrow(StoreUnavailable);
    await expect(store.register('f', { id: 'w', sinceMs: 1 })).rejects.toThrow(/nowhere/);
  });
});
