/** What a host refuses to fence. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  ADDRESS,
  createFenceBench,
  type FenceBench,
  INSTANCE,
  inMs,
  LIFT,
  missingForBench,
  THIRD,
} from './fence-bench.ts';

describe.skipIf(missingForBench() !== '')('the fence document refuses', () => {
  let bench: FenceBench;
  beforeAll(async () => {
    bench = await createFenceBench();
  });
  afterEach(async () => await bench.reset());
  afterAll(() => bench.close());

  it.each([
    ['its own address', { PeerAddress: ADDRESS.core }, 14, / is this host's own$/],
    ['loopback', { PeerAddress: '127.0.0.1', Networks: '0.0.0.0/0' }, 14, /where no peer is$/],
    ['link-local', { PeerAddress: '169.254.169.254', Networks: '169.254.0.0/16' }, 14, /no peer/],
    ['multicast', { PeerAddress: '224.2.2.3', Networks: '0.0.0.0/0' }, 14, /where no peer is$/],
    ['a gateway', { PeerAddress: ADDRESS.router }, 14, / is a gateway$/],
    ['a stranger', { PeerAddress: '10.89.0.4' }, 14, / is not in the fleet's networks$/],
    ['a stranger', { Networks: '10.88.0.8/30,10.99.0.0/16' }, 14, / not in the fleet's networks$/],
    ['other hosts', { Hosts: INSTANCE.third }, 12, /^refused: this host is i-0{16}c, not one of/],
    ['itself', { PeerId: INSTANCE.core }, 12, /the peer itself$/],
    ['what is late', { NotAfter: '1000000000000' }, 11, /^refused: late by \d+ s$/],
    ['what is over', { Until: '1000000000000' }, 11, /^refused: the fence was over \d+ s ago$/],
    ['the only other of two', { Seats: '2' }, 17, /one more is no minority of 2$/],
  ])('%s', async (_, overrides, exitCode, line) => {
    expect(await bench.order(overrides)).toMatchObject({
      exitCode,
      lastLine: expect.stringMatching(line),
      stderr: '',
    });
    expect(await bench.traces()).toBe('');
  });

  it('a resolver, also the one behind systemd-resolved', async () => {
    mkdirSync(join(bench.root, 'etc'));
    mkdirSync(join(bench.root, 'run/systemd/resolve'), { recursive: true });
    writeFileSync(join(bench.root, 'etc/resolv.conf'), `nameserver ${ADDRESS.third}\n`);
    const behind = join(bench.root, 'run/systemd/resolve/resolv.conf');
    writeFileSync(behind, `# of DHCP\nnameserver ${ADDRESS.peer}\n`);
    const ran = await Promise.all([bench.order(), bench.order(THIRD)]);
    expect(ran.map(({ exitCode, lastLine }) => [exitCode, lastLine])).toEqual([
      [14, `refused: ${ADDRESS.peer} is a resolver`],
      [14, `refused: ${ADDRESS.third} is a resolver`],
    ]);
  });

  it.each([
    ['Action', 'fence; touch owned'],
    ['Action', 'finish'],
    ['Hosts', `${INSTANCE.core} ${INSTANCE.third}`],
    ['Hosts', '$(touch owned)'],
    ['PeerId', '../../owned'],
    ['PeerId', 'i-0000000000000000a; touch owned'],
    ['PeerAddress', '10.88.0.5; touch owned'],
    ['PeerAddress', '10.88.0.5/8'],
    ['PeerAddress', '10.88.0.256'],
    ['PeerAddress', '012.88.0.5'],
    ['PeerAddress', ''],
    ['Networks', '10.88.0.0/16 0.0.0.0/0'],
    ['Networks', '10.88.0.0/33'],
    ['Networks', '$(touch owned)/8'],
    ['Networks', ''],
    ['Fence', '-1'],
    ['NotAfter', '1e13'],
    ['Until', 'a[$(touch owned)]'],
    ['Seats', 'a[$(touch owned)]'],
    ['Port', '22; touch owned'],
    ['Service', '--version'],
  ])('%s=%j even if the document let it pass', async (name, value) => {
    expect(await bench.order({ [name]: value })).toMatchObject({
      exitCode: 10,
      lastLine: expect.stringMatching(/^refused: /),
      stderr: '',
    });
    expect(await bench.traces()).toBe('');
    expect(await bench.on('core', 'ls owned')).toMatchObject({ exitCode: 2 });
  });

  it('more than a minority, counting those whose fence has not ended', async () => {
    const five = { Seats: '5' };
    const codes: number[] = [];
    for (const order of [
      five,
      { ...five, ...THIRD },
      { ...five, PeerId: INSTANCE.fourth, PeerAddress: ADDRESS.fourth },
      // A renewal adds nobody.
      five,
      { ...THIRD, Seats: '3' },
      { ...LIFT },
      { ...five, PeerId: INSTANCE.fourth, PeerAddress: ADDRESS.fourth },
    ]) {
      codes.push((await bench.order(order)).exitCode);
    }
    expect(codes).toEqual([0, 0, 17, 0, 17, 0, 0]);
  });

  it('a lower number than it remembers for this peer, and no other peer', async () => {
    await bench.order({ Fence: '8' });
    const older = await bench.order({ Until: inMs(300_000) });
    const olderLift = await bench.order(LIFT);
    const other = await bench.order({ ...THIRD, Seats: '5' });
    expect([older.exitCode, olderLift.exitCode, other.exitCode]).toEqual([13, 13, 0]);
    expect(older.lastLine).toBe('refused: fence 7 is older than 8');
    expect(await bench.traces()).toContain(ADDRESS.peer);
  });

  it('a renewal that was sent before the lift and comes after it', async () => {
    await bench.order();
    await bench.order({ ...LIFT, NotAfter: inMs(70_000) });
    const late = await bench.order();
    const next = await bench.order({ Fence: '8' });
    expect(late).toMatchObject({
      exitCode: 13,
      lastLine: 'refused: fence 7 was lifted by a later order',
    });
    expect(next.exitCode).toBe(0);
  });

  it('everything while it can remember nothing', async () => {
    writeFileSync(join(bench.root, 'run'), 'in the way');
    writeFileSync(join(bench.root, 'var'), 'in the way');
    expect(await bench.order()).toMatchObject({ exitCode: 15 });
    expect(await bench.traces()).toBe('');
  });
});
