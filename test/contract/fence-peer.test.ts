/** The fence document against a real kernel, real addresses and real connections. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  ADDRESS,
  createFenceBench,
  type FenceBench,
  type HostName,
  INSTANCE,
  inMs,
  LIFT,
  missingForBench,
  PORT,
  SOON,
} from './fence-bench.ts';

const missing = missingForBench();
if (missing !== '') console.warn(`fences are not tested: ${missing}`);

it.runIf(process.env['CI'] === 'true')('has every tool that fences are tested with', () => {
  expect(missing).toBe('');
});

/** Tools that are not there, or that say "done" and do nothing. */
const ABSENT = 'exit 127';
const USELESS = 'exit 0';
const USELESS_NFT = 'case $1 in -f) exit 0 ;; *) exit 1 ;; esac';
const WITHOUT_ROUTES = `case "$*" in *'route add prohibit'*) exit 2 ;; esac
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
exec ip "$@"`;
describe.skipIf(missing !== '')('the fence document', () => {
  let bench: FenceBench;
  beforeAll(async () => {
    bench = await createFenceBench();
  });
  afterEach(async () => await bench.reset());
  afterAll(() => bench.close());

  /** What comes of connecting: `0` connected, `124` silence, else refused. */
  const connecting = async (from: HostName, to: string): Promise<number> => {
    const connect = `timeout 1 bash -c 'exec 3<>/dev/tcp/${to}/${PORT}' 2>/dev/null`;
    return (await bench.on(from, connect)).exitCode;
  };

  describe.each([
    { way: 'route', tools: {} },
    { way: 'nft', tools: { ip: WITHOUT_ROUTES } },
    { way: 'iptables', tools: { ip: WITHOUT_ROUTES, nft: ABSENT } },
    { way: 'nft', tools: { ss: ABSENT } },
    { way: 'nft', tools: { ss: USELESS } },
    { way: 'iptables', tools: { ss: ABSENT, nft: ABSENT } },
  ])('by $way, with $tools', ({ way, tools }) => {
    it('resets the connections to a hung peer, refuses new ones, and leaves the peer without an answer', async () => {
      const peer = await bench.member('peer');
      const { words } = await bench.member('core', ADDRESS.peer);
      await bench.on('peer', `kill -STOP ${peer.pid}`);
      expect(await connecting('peer', ADDRESS.core)).toBe(0);

      const ran = await bench.order({}, { tools });

      expect(ran).toMatchObject({
        exitCode: 0,
        stderr: '',
        lastLine: expect.stringMatching(
          new RegExp(
            `^fenced ${ADDRESS.peer} \\(${INSTANCE.peer}\\) until 20.*Z, fence 7, by ${way}$`,
          ),
        ),
      });
      await expect
        .poll(() => words.slice(0, 4), SOON)
        .toEqual([
          'listening',
          'connected',
          expect.stringMatching(/^lost:(ECONNABORTED|ECONNRESET|ECONNREFUSED|EPIPE)$/),
          expect.stringMatching(/^refused:(EACCES|ECONNREFUSED)$/),
        ]);
      expect(words.slice(2)).not.toContain('connected');
      expect(await connecting('peer', ADDRESS.core)).toBe(124);
      expect(await connecting('third', ADDRESS.core)).toBe(0);
    });
  });

  it.each([
    { way: 'route', tools: {} },
    { way: 'nft', tools: { ip: WITHOUT_ROUTES } },
    { way: 'iptables', tools: { ip: WITHOUT_ROUTES, nft: ABSENT } },
  ])('is lifted without a trace from $way', async ({ tools }) => {
    await bench.member('peer');
    const { words } = await bench.member('core', ADDRESS.peer);
    await bench.order({}, { tools });
    expect(await bench.traces()).not.toBe('');

    expect(await bench.order(LIFT)).toMatchObject({
      exitCode: 0,
      lastLine: `lifted ${ADDRESS.peer} (${INSTANCE.peer}), fence 7`,
      stderr: '',
    });
    expect(await bench.traces()).toBe('');
    await expect.poll(() => words.at(-1), SOON).toBe('connected');
  });

  it.each([
    { what: 'nothing that it needs', tools: { ss: ABSENT, nft: ABSENT, iptables: ABSENT } },
    {
      what: 'tools that say "done" and do nothing',
      tools: { ip: WITHOUT_ROUTES, nft: USELESS_NFT, iptables: ABSENT },
    },
  ])('undoes everything when it cannot be proven: the host has $what', async ({ tools }) => {
    await bench.member('peer');
    const { words } = await bench.member('core', ADDRESS.peer);
    expect(await bench.order({}, { tools })).toMatchObject({
      exitCode: 20,
      lastLine: expect.stringMatching(/^failed: /),
    });
    expect(await bench.traces()).toBe('');
    await expect.poll(() => words.at(-1), SOON).toBe('connected');
  });

  it('is the same twice, and three times at once', async () => {
    await bench.member('peer');
    await bench.member('core', ADDRESS.peer);
    const runs = await Promise.all([bench.order(), bench.order(), bench.order()]);
    expect(runs.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0]);
    const lines = runs.map(({ lastLine }) => lastLine.replace(/ 10.*/, '')).toSorted();
    expect(lines).toEqual(['fenced', 'still fenced', 'still fenced']);
    expect((await bench.traces()).split('\n')).toHaveLength(1);
    await bench.order(LIFT);
    expect(await bench.traces()).toBe('');
  });

  it('does not trust a route where rules send answers by another table', async () => {
    await bench.on(
      'core',
      `ip rule add from ${ADDRESS.core} lookup 100; ip route add default via ${ADDRESS.router} table 100`,
    );
    const ran = await bench.order();
    await bench.on('core', 'ip rule del lookup 100; ip route flush table 100');
    expect(ran.lastLine).toMatch(/^fenced .* by nft$/);
    expect(await bench.traces()).not.toContain('prohibit');
  });

  it('is proven again when it comes again: what a person took away is put back', async () => {
    await bench.order();
    await bench.on('core', `ip route del prohibit ${ADDRESS.peer}`);
    expect((await bench.order()).lastLine).toMatch(/^fenced .* by route$/);
    expect(await bench.traces()).toContain(ADDRESS.peer);
  });

  it('removes every copy of its own and nobody else’s', async () => {
    const rule = `OUTPUT -p tcp -d ${ADDRESS.peer}/32`;
    const ours = `-m comment --comment "quorate ${INSTANCE.peer}"`;
    const reject = '-j REJECT --reject-with tcp-reset';
    await bench.order();
    await bench.on(
      'core',
      `for i in 1 2 3; do iptables -I ${rule} ${ours} ${reject}; done
       iptables -A ${rule} ${reject}; nft add table ip somebody
       ip route add prohibit ${ADDRESS.fourth}/32; ip route add prohibit ${ADDRESS.peer}/32 metric 9`,
    );
    await bench.order(LIFT);
    const left = await bench.on(
      'core',
      'iptables -S OUTPUT | grep -c -e -A; nft list tables | grep -c somebody; ip route show type prohibit',
    );
    expect(
      left.stdout
        .trim()
        .split('\n')
        .map((line) => line.trim()),
    ).toEqual(['1', '1', `prohibit ${ADDRESS.peer} metric 9`, `prohibit ${ADDRESS.fourth}`]);
  });

  describe('with the member in another network namespace than the agent', () => {
    it('works there: the unit says where', async () => {
      await bench.member('peer');
      const { pid, words } = await bench.member('core', ADDRESS.peer);
      writeFileSync(join(bench.root, 'main.pid'), `${pid}\n`);
      await bench.on('peer', 'true');
      expect(await bench.order({}, { agentIn: 'agent' })).toMatchObject({
        exitCode: 0,
        stderr: '',
      });
      await expect.poll(() => words[2], SOON).toMatch(/^lost:/);
      expect(await bench.traces()).toContain('prohibit');
      await bench.order(LIFT, { agentIn: 'agent' });
      expect(await bench.traces()).toBe('');
    });

    it('works there: the connection says where, as behind a container engine', async () => {
      await bench.member('peer');
      const { words } = await bench.member('core', ADDRESS.peer);
      await bench.order({ Until: inMs(4_000) }, { agentIn: 'agent' });
      await expect.poll(() => words[2], SOON).toMatch(/^lost:/);
      expect(await bench.traces()).toContain('prohibit');
      await expect.poll(() => bench.traces(), SOON).toBe('');
    });

    it('refuses its own address and its gateway too', async () => {
      const { pid } = await bench.member('core');
      writeFileSync(join(bench.root, 'main.pid'), `${pid}\n`);
      const from = { agentIn: 'agent' } as const;
      const own = await bench.order({ PeerAddress: ADDRESS.core }, from);
      const gateway = await bench.order({ PeerAddress: ADDRESS.router }, from);
      expect([own.exitCode, gateway.exitCode]).toEqual([14, 14]);
    });
  });

  it('says so when there was nothing to lift', async () => {
    expect(await bench.order(LIFT)).toMatchObject({
      exitCode: 0,
      lastLine: `was not fenced: ${ADDRESS.peer} (${INSTANCE.peer}), fence 7`,
    });
  });
});
