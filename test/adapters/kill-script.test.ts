/** The script of the kill document against real processes. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHost, createVictim, type Host, INSTANCE, type Victim, victimOf } from './victim.ts';

const hasTool = (name: string): boolean => {
  try {
    execFileSync('sh', ['-c', `command -v ${name}`]);
    return true;
  } catch {
    return false;
  }
};

const canRun = process.platform === 'linux' && hasTool('ss') && hasTool('flock');
/** Not part of the project: the test that needs it is skipped without. */
const JVM = 'java';
const hasJdk = hasTool(JVM) && hasTool('jcmd');

describe.skipIf(!canRun)('the kill script (needs Linux, ss and flock)', () => {
  let victim: Victim;
  let host: Host;

  beforeEach(async () => {
    victim = await createVictim();
    host = await createHost(victim.port);
  });

  afterEach(async () => {
    victim.process.kill('SIGKILL');
    await victim.ended;
    await host.remove();
  });

  const isAlive = (): boolean =>
    victim.process.exitCode === null && victim.process.signalCode === null;

  const expectRefusal = async (
    overrides: Readonly<Record<string, string>>,
    exitCode: number,
    line: RegExp,
  ): Promise<void> => {
    expect(await host.run(overrides)).toMatchObject({
      exitCode,
      lastLine: expect.stringMatching(line),
      stderr: '',
    });
    expect(isAlive()).toBe(true);
    expect(await host.systemctlCalls()).not.toContain('stop --no-block member.service');
  };

  it('kills who listens on the port, and says so', async () => {
    const ran = await host.run();
    expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
    expect(ran.lastLine).toMatch(
      new RegExp(`^killed pid ${victim.pid} \\(started 20\\d\\d-.*Z\\), fence 7$`),
    );
    expect(await victim.ended).toBe('SIGKILL');
  });

  it('kills a process that hangs', async () => {
    victim.process.kill('SIGSTOP');
    expect(await host.run()).toMatchObject({ exitCode: 0 });
    expect(await victim.ended).toBe('SIGKILL');
  });

  it("kills the unit's main process and the listener it started", async () => {
    const wrapper = await createVictim();
    await host.setMainPid(wrapper.pid);
    const ran = await host.run();
    expect(ran.lastLine).toContain(`${wrapper.pid} (started`);
    expect(await wrapper.ended).toBe('SIGKILL');
    expect(await victim.ended).toBe('SIGKILL');
  });

  it('asks systemd to stop the unit before the kill, so that it is not started again', async () => {
    await host.run();
    expect(await host.systemctlCalls()).toEqual([
      'show -p MainPID member.service',
      'stop --no-block member.service',
      'kill -s SIGKILL member.service',
      'mask --runtime member.service',
    ]);
  });

  it('keeps a service down that its supervisor starts again at once', async () => {
    const { port } = victim;
    const node = process.execPath;
    const again = `while [ ! -e "$0/stopped" ]; do "${node}" -e "require('node:net').createServer().listen(${port}, '127.0.0.1', () => console.log(${port}))"; done`;
    victim.process.kill('SIGKILL');
    await victim.ended;
    const supervisor = await victimOf(
      // Its last words on stderr are the shell's note that its child was killed.
      spawn('bash', ['-c', again, host.root], { stdio: ['ignore', 'pipe', 'ignore'] }),
    );
    expect(await host.run()).toMatchObject({ exitCode: 0 });
    expect(await supervisor.ended).toBe(null);
  });

  it('says so when something starts it again all the same', async () => {
    const listen = `require('node:net').createServer().listen(${victim.port}, '127.0.0.1', () => console.log('up'))`;
    const onKill = join(host.root, 'on-kill');
    await writeFile(
      onKill,
      `"${process.execPath}" -e "${listen}" >"$QUORATE_ROOT/up" &
       until [ -s "$QUORATE_ROOT/up" ]; do sleep 0.02; done`,
    );
    const ran = await host.run();
    await rm(onKill);
    const again = await host.run({ Fence: '8' });
    expect(ran).toMatchObject({
      exitCode: 21,
      lastLine: expect.stringMatching(/^failed: port \d+ is listened on again by pid \d+$/),
    });
    expect(again).toMatchObject({ exitCode: 0 });
  });

  it('answers a repeated delivery with "already gone"', async () => {
    await host.run();
    expect(await host.run()).toMatchObject({
      exitCode: 0,
      lastLine: `already gone: member.service does not run and nothing listens on port ${victim.port}, fence 7`,
    });
  });

  it('does not claim to have killed a process that ended by itself', async () => {
    await host.setMainPid(victim.pid);
    victim.process.kill('SIGKILL');
    await victim.ended;
    expect(await host.run()).toMatchObject({
      exitCode: 0,
      lastLine: expect.stringMatching(/^already gone: /),
    });
  });

  it('does the work of simultaneous deliveries once', async () => {
    const runs = Array.from({ length: 4 }, async () => await host.run());
    const lines = (await Promise.all(runs)).map((ran) => ran.lastLine);
    expect(lines.filter((line) => line.startsWith('killed'))).toHaveLength(1);
    expect(lines.filter((line) => line.startsWith('already gone'))).toHaveLength(3);
  });

  it('refuses when it is late', async () => {
    await expectRefusal({ NotAfter: `${Date.now() - 11_500}` }, 11, /^refused: late by 1[2-9] s$/);
  });

  it('refuses an order for another instance', async () => {
    const line = /^refused: this host is i-0123456789abcdef0, not i-0aaaaaaaa$/;
    await expectRefusal({ InstanceId: 'i-0aaaaaaaa' }, 12, line);
  });

  it('refuses a lower fence number than it remembers', async () => {
    const far = `${Date.now() - 3_600_000}`;
    await host.run({ Fence: '8', StartedBefore: far });
    await expectRefusal({}, 13, /^refused: fence 7 is older than 8$/);
  });

  it('compares fence numbers as decimals', async () => {
    const far = `${Date.now() - 3_600_000}`;
    await host.run({ Fence: '9', StartedBefore: far });
    expect(await host.run({ Fence: '010' })).toMatchObject({ exitCode: 0 });
  });

  it('remembers the fence number where the first folder cannot be written', async () => {
    await writeFile(join(host.root, 'var'), 'in the way');
    const far = `${Date.now() - 3_600_000}`;
    await host.run({ Fence: '8', StartedBefore: far });
    await expectRefusal({}, 13, /^refused: fence 7 is older than 8$/);
  });

  it('refuses when it can remember nothing', async () => {
    await writeFile(join(host.root, 'var'), 'in the way');
    await writeFile(join(host.root, 'run'), 'in the way');
    await expectRefusal({}, 15, /^refused: cannot remember the fence number/);
  });

  it('refuses to kill a process that started after the fault', async () => {
    const line = /^refused: pid \d+ started \d+ ms after the member misbehaved/;
    await expectRefusal({ StartedBefore: `${Date.now() - 60_000}` }, 14, line);
  });

  it('knows the start of a process to some hundredths of a second', async () => {
    const before = Date.now();
    const young = await createVictim();
    const after = Date.now();
    const other = await createHost(young.port);
    const refused = await other.run({ StartedBefore: `${before - 50}` });
    const killed = await other.run({ StartedBefore: `${after + 50}` });
    await other.remove();
    expect(refused).toMatchObject({ exitCode: 14 });
    expect(killed).toMatchObject({ exitCode: 0 });
  });

  it.each([
    ['Fence', '7; touch owned'],
    ['Fence', ''],
    ['NotAfter', '$(touch owned)'],
    ['StartedBefore', '1e9'],
    ['Port', '1 or sport = :22'],
    ['CaptureMs', '-1'],
    ['Service', '--version'],
    ['Service', 'a b'],
    ['Service', 'x; touch owned'],
    ['Service', ''],
  ])('refuses %s=%j even if the document let it pass', async (name, value) => {
    await expectRefusal({ [name]: value }, 10, /^refused: /);
    expect(await readdir(host.root)).not.toContain('owned');
  });

  it('knows the instance from cloud-init when the agent does not tell', async () => {
    await mkdir(join(host.root, 'var/lib/cloud/data'), { recursive: true });
    await writeFile(join(host.root, 'var/lib/cloud/data/instance-id'), `${INSTANCE}\n`);
    expect(await host.run({ InstanceId: 'i-0bbbbbbbb' })).toMatchObject({ exitCode: 12 });
  });

  it('keeps evidence, within its time, of a process that hangs', async () => {
    victim.process.kill('SIGSTOP');
    expect(await host.run({ CaptureMs: '9000' })).toMatchObject({ exitCode: 0, stderr: '' });
    const folder = join(host.root, 'var/log/quorate');
    const files = await readdir(folder);
    expect(files).toContain('fence-7-sockets.txt');
    expect(await readFile(join(folder, `fence-7-${victim.pid}-process.txt`), 'utf8')).toContain(
      'State:\tT (stopped)',
    );
  });

  describe.skipIf(!hasJdk)('with a JVM (needs a JDK)', () => {
    let member: Victim;

    beforeEach(async () => {
      const source = join(host.root, 'Member.java');
      await writeFile(
        source,
        `class Member { public static void main(String[] a) throws Exception {
          var server = new java.net.ServerSocket(0, 50, java.net.InetAddress.getByName("127.0.0.1"));
          System.out.println(server.getLocalPort());
          Thread.sleep(600_000);
        } }`,
      );
      const flags = ['-XX:TieredStopAtLevel=1', source];
      member = await victimOf(
        spawn(JVM, flags, { cwd: host.root, stdio: ['ignore', 'pipe', 'inherit'] }),
      );
    });

    afterEach(async () => {
      member.process.kill('SIGKILL');
      await member.ended;
    });

    const evidence = async (what: string): Promise<string> =>
      await readFile(join(host.root, `var/log/quorate/fence-7-${member.pid}-${what}.txt`), 'utf8');

    it('keeps its thread dump and its Metaspace', async () => {
      const ran = await host.run({ Port: `${member.port}`, CaptureMs: '9000' });
      expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
      expect(await member.ended).toBe('SIGKILL');
      expect(await evidence('threads')).toContain('"main"');
      expect(await evidence('metaspace')).toContain('Non-class space');
    });

    it('kills it when it hangs and no tool can attach to it', async () => {
      member.process.kill('SIGSTOP');
      const ran = await host.run({ Port: `${member.port}`, CaptureMs: '1500' });
      expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
      expect(await member.ended).toBe('SIGKILL');
      expect(await evidence('process')).toContain('State:\tT (stopped)');
    });
  });
});
