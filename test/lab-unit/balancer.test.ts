/** The real balancer process against real servers that are killed, stopped and reset. */
import { request } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBalancer } from '../../lab/balancer/balancer.ts';
import type { Balancer, BalancerSpec, TargetGroupSpec } from '../../lab/parts.ts';
import { eventually, startTarget, type TargetServer } from './target.ts';

const PORT = 18_080;
const LISTEN = ['127.0.40.250', '127.0.40.251'];
const IDLE_MS = 1_500;

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: string;
  readonly servedBy: string | undefined;
}

interface Ask {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly on?: string;
}

const ask = (path: string, how: Ask = {}): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const { method = 'GET', headers = {}, body, on = LISTEN[0]! } = how;
    const outgoing = request({ host: on, port: PORT, path, method, headers, agent: false });
    outgoing.on('error', reject);
    outgoing.on('response', (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode!,
          headers: response.headers,
          body: text,
          servedBy: [response.headers['x-served-by']].flat()[0],
        }),
      );
    });
    outgoing.end(body);
  });

let balancer: Balancer;
const targets: TargetServer[] = [];
const start = async (last: number): Promise<TargetServer> => {
  const target = await startTarget(`127.0.40.${last}`, PORT);
  targets.push(target);
  return target;
};

const group = (arn: string, of: TargetServer[], more: Partial<TargetGroupSpec> = {}) => ({
  arn,
  targets: of.map(({ instanceId, address, port }) => ({ instanceId, address, port })),
  draining: [],
  healthCheck: {
    port: null,
    path: '/health',
    intervalMs: 100,
    timeoutMs: 500,
    healthyThreshold: 2,
    unhealthyThreshold: 2,
  },
  stickinessMs: null,
  ...more,
});
const only = (one: TargetGroupSpec): BalancerSpec => ({
  targetGroups: [one],
  rules: [{ priority: null, header: null, forward: [{ targetGroupArn: one.arn, weight: 1 }] }],
});
const state = (of: TargetServer): string => {
  const found = balancer.health().find((each) => each.instanceId === of.instanceId);
  return found === undefined ? 'gone' : [found.state, found.reason].filter(Boolean).join(' ');
};
const becomes = (of: TargetServer, wanted: string): Promise<string> =>
  eventually(
    () => state(of),
    (is) => is === wanted,
  );
const servers = async (count: number): Promise<Set<string | undefined>> => {
  const answers = await Promise.all(Array.from({ length: count }, () => ask('/')));
  return new Set(answers.map((answer) => answer.servedBy ?? String(answer.status)));
};

beforeAll(async () => {
  balancer = await startBalancer({
    namespace: null,
    listen: LISTEN.map((address) => ({ address, port: PORT })),
    timeouts: { idleMs: IDLE_MS },
  });
});
afterAll(async () => {
  await balancer.stop();
  await Promise.all(targets.map((target) => target.kill()));
});

describe('health and turns', () => {
  it('answers 503 when it has no targets', async () => {
    balancer.configure({ targetGroups: [], rules: [] });
    expect((await ask('/')).status).toBe(503);
  });

  it('serves healthy targets in turn, leaves out a killed one, and takes it back', async () => {
    const [a, b] = [await start(1), await start(2)];
    balancer.configure(only(group('g1', [a, b])));
    expect(state(a)).toMatch(/^initial /);
    await becomes(a, 'healthy');
    await becomes(b, 'healthy');
    expect(await servers(6)).toEqual(new Set([a.address, b.address]));

    await a.kill();
    await becomes(a, 'unhealthy Target.FailedHealthChecks');
    expect(await servers(6)).toEqual(new Set([b.address]));

    await start(1);
    await becomes(a, 'healthy');
    expect(await servers(6)).toEqual(new Set([a.address, b.address]));
  });

  it('asks on the port that the health check names, and goes on serving on the other', async () => {
    const a = await start(8);
    const one = group('g8', [a]);
    balancer.configure(only(one));
    await becomes(a, 'healthy');
    const nobodyListens = PORT + 1;
    balancer.configure(only({ ...one, healthCheck: { ...one.healthCheck, port: nobodyListens } }));
    await becomes(a, 'unhealthy Target.FailedHealthChecks');
    expect(await servers(2)).toEqual(new Set([a.address]));
  });

  it('tells a hung target from a wrong answer, and fails open when all are unhealthy', async () => {
    const [a, b] = [await start(3), await start(4)];
    balancer.configure(only(group('g2', [a, b])));
    await becomes(a, 'healthy');
    await becomes(b, 'healthy');

    a.hang();
    await becomes(a, 'unhealthy Target.Timeout');
    await ask('/checks?status=500');
    await becomes(b, 'unhealthy Target.ResponseCodeMismatch');
    expect(await servers(4)).toEqual(new Set([b.address, '504']));

    a.wake();
    await becomes(a, 'healthy');
    expect(await servers(4)).toEqual(new Set([a.address]));
  });

  it('lets a draining target finish its open request and gives it no new ones', async () => {
    const [a, b] = [await start(5), await start(6)];
    balancer.configure(only(group('g3', [a])));
    await becomes(a, 'healthy');
    const slow = ask('/slow?ms=800');
    await ask('/');
    balancer.configure(only(group('g3', [a, b], { draining: [a.instanceId] })));
    await becomes(b, 'healthy');
    expect(state(a)).toBe('draining Target.DeregistrationInProgress');
    expect(await servers(4)).toEqual(new Set([b.address]));
    expect(await slow).toMatchObject({ status: 200, body: 'late', servedBy: a.address });

    balancer.configure(only(group('g3', [a, b])));
    expect(state(a)).toMatch(/^initial /);
    await becomes(a, 'healthy');
  });

  it('breaks the requests of a target that is taken out without draining', async () => {
    const a = await start(7);
    balancer.configure(only(group('g4', [a])));
    await becomes(a, 'healthy');
    const slow = ask('/slow?ms=1200');
    await ask('/');
    balancer.configure(only(group('g4', [])));
    expect((await slow).status).toBe(502);
    expect(balancer.health()).toEqual([]);
  });
});

describe('forwarding', () => {
  let a: TargetServer;
  let b: TargetServer;
  beforeAll(async () => {
    [a, b] = [await start(10), await start(11)];
    balancer.configure(only(group('g5', [a])));
    await becomes(a, 'healthy');
  });

  it('passes method, path, body and headers on, and drops what is meant for one hop', async () => {
    const answer = await ask('/p?q=1', {
      method: 'PUT',
      body: 'hello',
      headers: { 'x-mine': 'kept', connection: 'close, x-hop', 'x-hop': '1', te: 'trailers' },
    });
    const seen: unknown = JSON.parse(answer.body);
    expect(seen).toMatchObject({
      method: 'PUT',
      url: '/p?q=1',
      body: 'hello',
      headers: {
        'x-mine': 'kept',
        'x-forwarded-for': expect.stringMatching(/^127\./),
        'x-forwarded-port': String(PORT),
        'x-amzn-trace-id': expect.stringMatching(/^Root=1-/),
      },
    });
    expect(seen).not.toHaveProperty('headers.x-hop');
    expect(seen).not.toHaveProperty('headers.te');
    expect(answer.headers).not.toHaveProperty('x-private');
    expect(answer.headers['set-cookie']).toEqual(['app=1']);
  });

  it('uses a connection to the target again', async () => {
    const peer = async () => /"peer":(\d+)/.exec((await ask('/')).body)?.[1];
    const first = await peer();
    expect(first).toBeDefined();
    expect(await peer()).toBe(first);
  });

  it('answers on every address', async () => {
    expect((await ask('/', { on: LISTEN[1]! })).servedBy).toBe(a.address);
  });

  it.each([
    ['a reset connection', '/reset', 502],
    ['an answer that is no HTTP', '/garbage', 502],
    ['a status that does not exist', '/weird', 502],
    ['a switch of protocols', '/switch', 502],
    ['silence longer than the idle time-out', `/slow?ms=${IDLE_MS * 10}`, 504],
  ])('turns %s into its own error', async (_what, path, status) => {
    const answer = await ask(path);
    expect(answer.status).toBe(status);
    expect(answer.headers['server']).toBe('awselb/2.0');
  });

  it('survives a request target that it cannot pass on', async () => {
    const raw = connect(PORT, LISTEN[0]);
    raw.end('GET /\u00e9 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
    let text = '';
    for await (const chunk of raw) text += String(chunk);
    expect(text).toMatch(/^HTTP\/1\.1 400 /);
    expect((await ask('/')).status).toBe(200);
  });

  it('breaks off an answer that the target broke off', async () => {
    await expect(ask('/torn')).rejects.toThrow('aborted');
  });

  it('turns a refused connection into 502', async () => {
    const dead = { ...b, instanceId: 'i-dead', address: '127.0.40.99' };
    balancer.configure(only(group('g6', [dead])));
    expect((await ask('/')).status).toBe(502);
  });

  it('keeps a client on its target by cookie until the target fails', async () => {
    balancer.configure(only(group('g7', [a, b], { stickinessMs: 60_000 })));
    await becomes(a, 'healthy');
    await becomes(b, 'healthy');
    const first = await ask('/');
    const cookie = [first.headers['set-cookie']].flat().at(-1)!.split(';')[0]!;
    expect(cookie).toMatch(/^AWSALB=/);
    const again = () => ask('/', { headers: { cookie } });
    expect((await again()).servedBy).toBe(first.servedBy);
    expect((await again()).servedBy).toBe(first.servedBy);

    const [own, other] = first.servedBy === a.address ? [a, b] : [b, a];
    await own.kill();
    await becomes(own, 'unhealthy Target.FailedHealthChecks');
    expect((await again()).servedBy).toBe(other.address);
  });
});

describe('the process', () => {
  it('says why it is gone, and still stops', async () => {
    const other = await startBalancer({
      namespace: null,
      listen: [{ address: '127.0.40.252', port: PORT }],
    });
    expect(other.health()).toEqual([]);
    await other.stop();
    await other.stop();
    expect(() => other.health()).toThrow('ended');
    expect(() => other.configure({ targetGroups: [], rules: [] })).toThrow('ended');
  });

  it('does not start on an address that is taken', async () => {
    await expect(
      startBalancer({ namespace: null, listen: [{ address: LISTEN[0]!, port: PORT }] }),
    ).rejects.toThrow('ended');
  });
});
