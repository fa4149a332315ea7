import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { HostsResult } from '../../lab/checks/hosts.ts';
import type { UnitResult } from '../../lab/checks/unit.ts';
import { enter } from '../../lab/enter.ts';
import { PATHS } from '../../lab/paths.ts';
import { prepare } from '../../lab/prepare.ts';
import { describeMissing, missingTools } from '../../lab/tools.ts';

const missing = missingTools();
const reason = describeMissing(missing);
if (missing.length > 0) console.warn(`lab tests are skipped:\n${reason}`);

/** Runs a script of lab/checks inside the lab. @returns what it found */
const check = async <T>(name: string): Promise<T> => {
  await mkdir(PATHS.logs, { recursive: true });
  const logs = await mkdtemp(join(PATHS.logs, `check-${name}-`));
  const result = join(logs, 'result.json');
  expect(await enter(join(PATHS.lab, 'checks', `${name}.ts`), [logs, result])).toBe(0);
  return JSON.parse(await readFile(result, 'utf8')) as T;
};

/** Processes of the whole machine whose command line has this word. */
const processesWith = async (word: string): Promise<number> => {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return lines.filter((line) => line.includes(word)).length;
};

it.runIf(process.env['CI'] === 'true')('has every tool that the lab needs', () => {
  expect(reason).toBe('');
});

describe.skipIf(missing.length > 0)('lab', () => {
  beforeAll(async () => await prepare(), 600_000);

  it('ends with the process that entered it, however that ends', async () => {
    const word = randomUUID();
    const inner = JSON.stringify(`console.log('inside'); setInterval(() => {}, 1000);`);
    const outer = `import { enter } from ${JSON.stringify(join(PATHS.lab, 'enter.ts'))};
      await enter('-e', [${inner}, '${word}']);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', outer], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise((resolve) => child.stdout.once('data', resolve));
    expect(await processesWith(word)).toBeGreaterThan(1);
    child.kill('SIGKILL');
    await expect.poll(() => processesWith(word), { timeout: 10_000 }).toBe(0);
  });

  describe('three hosts with members', () => {
    let found: HostsResult;
    beforeAll(async () => {
      found = await check<HostsResult>('hosts');
    }, 300_000);

    it('form one cluster', () => {
      const all = ['10.77.1.4', '10.77.2.4', '10.77.3.4'];
      expect(found.formed).toEqual(Object.fromEntries(all.map((address) => [address, all])));
    });

    it.runIf(existsSync('/proc/self/autogroup'))(
      'give way while they boot, and not any more',
      () => {
        const [third, whole] = ['5', '0'].map((share) => [share, share, share]);
        expect(found.shares).toEqual({ booting: third, serving: whole });
      },
    );

    it('drop a member whose process is killed', () => {
      const both = ['10.77.1.4', '10.77.3.4'];
      expect(found.afterKill).toEqual(Object.fromEntries(both.map((address) => [address, both])));
      expect(found.isOn.afterKill).toBe(true);
    });

    it('hear nothing from a host whose power is cut: it stays in the list', () => {
      expect(found.afterCut).toEqual({ '10.77.1.4': ['10.77.1.4', '10.77.3.4'] });
      expect(found.isOn.afterCut).toBe(false);
    });

    it('are machines of their own', () => {
      const id = 'i-00000000000000001';
      expect(found.identity).toBe(`${id}\n${id} eu-central-1 hello`);
      expect([...new Set(found.processes)].sort()).toEqual(['bash', 'java', 'ps']);
      expect(found.foreignState).toBe('');
    });

    it('reach no AWS endpoint, whatever route they set; only the controller does', () => {
      expect(found.endpoint).toEqual({
        controller: 'connected',
        // It has a route there, for DynamoDB alone.
        prober: 'silence',
        host: 'Network is unreachable',
        hostWithRoute: 'silence',
      });
    });

    it('run scripts only while they are on and have an agent, and not longer than asked', () => {
      expect(found.runWithoutAgent).toBe('no SSM agent runs on i-00000000000000003');
      expect(found.runWhenOff).toBe('host i-00000000000000003 is off');
      expect(found.abortedRun).toBe('nsenter: given up, 0 left');
    });
  });

  it('plays systemd for the unit of the member', async () => {
    const found = await check<UnitResult>('unit');
    const always = (masked: string, refusal: readonly string[], restarts: number) => [
      'boot: active 0',
      'killed: active 1',
      masked,
      ...refusal,
      `stopped-killed: failed ${restarts}`,
      'hung-stopped: timeout',
      'failed',
      'exit code 3',
      'Failed to stop other.service: Unit other.service not loaded.',
      'exit code 5',
    ];
    expect(found).toEqual({
      'restart no': [
        'boot: active 0',
        'killed: failed 0',
        'killed-masked: failed 0',
        'stopped-killed: failed 0',
        ...always('', [], 0).slice(4),
      ],
      // The mask has no effect there: systemd brings the member back.
      'restart always, unit in /etc': always('killed-masked: active 2', [], 2),
      'restart always, unit in /usr/lib': always(
        'killed-masked: inactive 2',
        ['Failed to start api-server.service: Unit api-server.service is masked.'],
        2,
      ),
    });
  });
});
