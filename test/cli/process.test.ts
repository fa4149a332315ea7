/** The command as a process of its own, as people start it. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, it } from 'vitest';
import { createFileStore } from '../../src/adapters/system/file-store.ts';
import { FLEETS, newFile } from './cli.ts';

const MAIN = 'src/cli/main.ts';

/** An AWS that nobody answers for. */
const NO_AWS = {
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
};

let started: ChildProcess | null = null;
afterEach(() => {
  started?.kill('SIGKILL');
  started = null;
});

const start = (...args: readonly string[]): ChildProcess => {
  started = spawn(process.execPath, [MAIN, ...args], { env: { ...process.env, ...NO_AWS } });
  return started;
};

describe('the quorate command', () => {
  it('runs from the checkout, and its exit code is the answer', () => {
    const sound = spawnSync('npx', ['quorate', 'check', 'fleets.example.yml'], {
      encoding: 'utf8',
    });
    const wrong = spawnSync('npx', ['quorate', 'check', 'package.json'], { encoding: 'utf8' });

    expect([sound.status, sound.stdout]).toEqual([0, expect.stringContaining('is fine: 1 fleet')]);
    expect([wrong.status, wrong.stderr]).toEqual([1, expect.stringContaining('unknown field')]);
  });

  it('watches as a process, holds while AWS cannot be read, and frees the lease at SIGTERM', async () => {
    const path = newFile();
    const child = start('watch', '--fleets', FLEETS, '--store', `file:${path}`);
    const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });

    const [line] = (await once(lines, 'line')) as [string];
    child.kill('SIGTERM');
    const [exit] = (await once(child, 'exit')) as [number | null];

    expect(JSON.parse(line)).toMatchObject({ fleet: 'api', mode: 'shadow', cluster: 'Unknown' });
    expect(exit).toBe(0);
    const store = createFileStore(path);
    const row = await store.load('api');
    store.close();
    expect(row.version).toBeGreaterThan(0);
    expect(row.lease).toBeNull();
    expect(row.state?.inFlight).toBeNull();
  });

  it('starts nothing with a wrong fleets file', async () => {
    const path = newFile();
    const child = start('watch', '--fleets', newFile('fleets: {}'), '--store', `file:${path}`);

    const [exit] = (await once(child, 'exit')) as [number | null];

    expect(exit).toBe(2);
    expect(existsSync(path)).toBe(false);
  });
});
