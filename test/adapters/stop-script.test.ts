/** The script of the stop document against real processes. */
import { execFileSync } from 'node:child_process';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHost, createVictim, type Host, type Victim } from './victim.ts';

const canRun =
  process.platform === 'linux' &&
  ['ss', 'flock'].every((tool) => {
    try {
      execFileSync('sh', ['-c', `command -v ${tool}`]);
      return true;
    } catch {
      return false;
    }
  });

describe.skipIf(!canRun)('the stop script (needs Linux, ss and flock)', () => {
  let member: Victim;
  let host: Host;

  beforeEach(async () => {
    member = await createVictim();
    host = await createHost(member.port, 'stop-member');
  });

  afterEach(async () => {
    member.process.kill('SIGKILL');
    await member.ended;
    await host.remove();
  });

  /** What the unit does when it is asked to stop; the victim itself ignores SIGTERM. */
  const onStop = async (script: string): Promise<void> => {
    await writeFile(join(host.root, 'on-stop'), script);
  };

  const isAlive = (): boolean =>
    member.process.exitCode === null && member.process.signalCode === null;

  it('waits until the member has ended, and says how long that took', async () => {
    await onStop(`(sleep 1; kill -INT ${member.pid}) >/dev/null 2>&1 &`);
    const ran = await host.run();
    expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
    expect(ran.lastLine).toMatch(
      new RegExp(`^stopped pid ${member.pid} in [1-9][0-9]*\\.[0-9] s, fence 7$`),
    );
    expect(await member.ended).toBe('SIGINT');
  });

  it('asks systemd only to stop the unit, and keeps it from being started again afterwards', async () => {
    await onStop(`kill -INT ${member.pid}`);
    await host.run();
    expect(await host.systemctlCalls()).toEqual([
      'show -p MainPID member.service',
      'stop --no-block member.service',
      'mask --runtime member.service',
    ]);
  });

  it('kills nobody when the time has passed, and says who is left', async () => {
    expect(await host.run({ StopMs: '300' })).toMatchObject({
      exitCode: 20,
      lastLine: expect.stringMatching(
        new RegExp(`^failed: pid ${member.pid} is still there after [0-9]+\\.[0-9] s, fence 7$`),
      ),
    });
    expect(isAlive()).toBe(true);
    expect(await host.systemctlCalls()).not.toContain('mask --runtime member.service');
  });

  it('waits for the main process also when nobody listens any more', async () => {
    const wrapper = await createVictim();
    await host.setMainPid(wrapper.pid);
    await onStop(`kill -INT ${member.pid}`);
    const ran = await host.run({ StopMs: '2000' });
    wrapper.process.kill('SIGKILL');
    expect(ran.lastLine).toContain(`failed: pid ${wrapper.pid} is still there`);
  });

  it('lets a kill of the same eviction through while it waits', async () => {
    const killer = await createHost(member.port);
    const stopping = host.run({ StopMs: '20000' });
    await expect
      .poll(() => host.systemctlCalls(), { timeout: 15_000 })
      .toContain('stop --no-block member.service');
    const killed = await killer.run({}, { QUORATE_ROOT: host.root });
    const stopped = await stopping;
    await killer.remove();
    expect(killed).toMatchObject({ exitCode: 0 });
    expect(stopped).toMatchObject({
      exitCode: 0,
      lastLine: expect.stringMatching(/^stopped pid/),
    });
  });

  it('answers "already gone" when nothing runs', async () => {
    member.process.kill('SIGKILL');
    await member.ended;
    expect(await host.run()).toMatchObject({
      exitCode: 0,
      lastLine: `already gone: member.service does not run and nothing listens on port ${member.port}, fence 7`,
    });
    expect(await host.systemctlCalls()).toContain('mask --runtime member.service');
  });

  it('says so when systemd takes no stop of the unit', async () => {
    await onStop('exit 5');
    expect(await host.run()).toMatchObject({
      exitCode: 21,
      lastLine: 'failed: systemd takes no stop of member.service, fence 7',
    });
    expect(isAlive()).toBe(true);
  });

  it.each([
    ['when it is late', { NotAfter: '1000000000000' }, 11, /^refused: late by \d+ s$/],
    ['what is for another instance', { InstanceId: 'i-0aaaaaaaa' }, 12, /, not i-0aaaaaaaa$/],
    ['StopMs=1; touch owned', { StopMs: '1; touch owned' }, 10, /^refused: StopMs/],
    ['Port=', { Port: '' }, 10, /^refused: Port/],
    ['Service=--now', { Service: '--now' }, 10, /^refused: Service/],
  ])('refuses %s', async (_, overrides, exitCode, line) => {
    expect(await host.run(overrides)).toMatchObject({
      exitCode,
      lastLine: expect.stringMatching(line),
      stderr: '',
    });
    expect(await host.systemctlCalls()).not.toContain('stop --no-block member.service');
    expect(await readdir(host.root)).not.toContain('owned');
  });

  it('shares its numbers with the kills of the same instance', async () => {
    const killer = await createHost(member.port);
    await killer.run({ Fence: '8', StartedBefore: '1000000000000' }, { QUORATE_ROOT: host.root });
    const refused = await host.run();
    await killer.remove();
    expect(refused).toMatchObject({
      exitCode: 13,
      lastLine: 'refused: fence 7 is older than 8',
    });
  });
});
