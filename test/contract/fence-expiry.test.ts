/** A fence that nobody lifts: agent dead, controller gone. */
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  ADDRESS,
  createFenceBench,
  type FenceBench,
  INSTANCE,
  inMs,
  missingForBench,
  SOON,
} from './fence-bench.ts';

describe.skipIf(missingForBench() !== '')('a fence ends by itself', () => {
  let bench: FenceBench;
  beforeAll(async () => {
    bench = await createFenceBench();
  });
  afterEach(async () => await bench.reset());
  afterAll(() => bench.close());

  it('at its time, and the member connects again', async () => {
    await bench.member('peer');
    const { words } = await bench.member('core', ADDRESS.peer);
    await bench.order({ Until: inMs(3_000) });
    expect(await bench.traces()).not.toBe('');
    await expect.poll(() => bench.traces(), SOON).toBe('');
    await expect.poll(() => words.at(-1), SOON).toBe('connected');
    const records = (): readonly string[] => readdirSync(join(bench.root, 'run/quorate/fences'));
    await expect.poll(records, SOON).not.toContain(INSTANCE.peer);
  });

  it('also when the agent and all that it started is killed in the middle', async () => {
    await bench.member('peer');
    await bench.member('core', ADDRESS.peer);
    const ending = new AbortController();
    const ran = bench.order(
      { Until: inMs(5_000) },
      // Hangs in its proof.
      { tools: { timeout: 'sleep 60' }, signal: ending.signal },
    );
    await expect.poll(() => bench.traces(), SOON).not.toBe('');
    ending.abort();
    await expect(ran).rejects.toThrow('given up');
    await expect.poll(() => bench.traces(), SOON).toBe('');
  });

  it('after ten minutes, whatever was asked for', async () => {
    const beforeMs = Date.now();
    const { lastLine } = await bench.order({ Until: inMs(86_400_000) });
    const until = Date.parse(/until (\S+),/.exec(lastLine)?.[1] ?? '');
    expect(until).toBeGreaterThan(beforeMs + 590_000);
    expect(until).toBeLessThan(Date.now() + 601_000);
  });

  it('later when it is renewed, and not sooner when an older order comes late', async () => {
    await bench.order({ Until: inMs(2_000) });
    expect((await bench.order({ Until: inMs(12_000) })).lastLine).toMatch(/^still fenced/);
    await bench.order({ Until: inMs(1_000) });
    await sleep(4_000);
    expect(await bench.traces()).not.toBe('');
    await expect.poll(() => bench.traces(), SOON).toBe('');
  });

  it('by a timer of systemd where there is one', async () => {
    mkdirSync(join(bench.root, 'run/systemd/system'), { recursive: true });
    const log = join(bench.root, 'timer');
    const tools = { 'systemd-run': `printf '%s\\n' "$@" >"$QUORATE_ROOT/timer"` };
    await bench.order({ Until: inMs(4_000) }, { tools });
    const [quiet, unit, name, active, seconds, ...rest] = readFileSync(log, 'utf8').split('\n');
    expect([quiet, unit, active]).toEqual(['--quiet', '--unit', '--on-active']);
    expect(name).toMatch(new RegExp(`^quorate-fence-${INSTANCE.peer}-\\d+$`));
    expect(seconds).toMatch(/^[1-4]s$/);
    expect(rest.slice(0, 3)).toEqual(['--timer-property', 'AccuracySec=1s', '/bin/bash']);
    // Nobody else waits for the time: only what the timer starts takes the fence away.
    expect(readdirSync(join(bench.root, 'run/quorate/fences'))).not.toContain(
      `${INSTANCE.peer}.waits`,
    );
    const ended = await bench.on('core', `env -i /bin/bash ${rest[3]}`);
    expect(ended).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
    expect(await bench.traces()).toBe('');
  });

  it('by a process of its own where systemd does not take it', async () => {
    mkdirSync(join(bench.root, 'run/systemd/system'), { recursive: true });
    await bench.order({ Until: inMs(3_000) }, { tools: { 'systemd-run': 'exit 1' } });
    expect(await bench.traces()).not.toBe('');
    await expect.poll(() => bench.traces(), SOON).toBe('');
  });
});
