/** The call through the load balancer to the side in preview, by the prober itself and by way of Lambda. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { lambdaObserver } from '../../src/adapters/aws/lambda-observer.ts';
import { preview } from '../../src/adapters/hazelcast/preview.ts';
import type { Fleet } from '../../src/config/fleet.ts';
import { readRequest } from '../../src/observation-wire.ts';
import { type LambdaEndpoint, lambdaEndpoint, refuse } from './lambda-endpoint.ts';
import { listen } from './listen.ts';
import { fleetAt, Nodes } from './nodes.ts';

const nodes = new Nodes();
let endpoint: LambdaEndpoint | null = null;
afterEach(async () => {
  await nodes.stop();
  await endpoint?.stop();
  endpoint = null;
});

const fleetWith = (port: number, more: Partial<Fleet> = {}): Fleet =>
  fleetAt(1, {
    application: { port: 1, path: '/check' },
    routing: { kind: 'application', arn: 'arn', port, isSecure: false },
    ...more,
  });

const call = async (fleet: Fleet, balancerAddresses: readonly string[] = ['127.0.0.1']) => {
  const request = { fleet: fleet.name, balancerAddresses, deadlineMs: 1_000 };
  return await preview(fleet, request, new AbortController().signal);
};

/** A load balancer with a rule for our header: what has none goes to the old side, which fails. */
const balancer = async (status: number) => {
  const heads: string[] = [];
  const node = await nodes.start((socket, head) => {
    heads.push(head);
    const isLed = /^x-quorate-preview: shop\r$/im.test(head);
    socket.end(`HTTP/1.1 ${isLed ? status : 503} Whatever\r\ncontent-length: 0\r\n\r\n`);
  });
  return { ...node, heads };
};

describe('a call of the side in preview', () => {
  it("is one GET of the application's path with the header, at the listener's port", async () => {
    const node = await balancer(200);
    expect(await call(fleetWith(node.port))).toMatchObject({ answer: 'ok' });
    expect(node.requests).toEqual(['GET /check']);
  });

  it('is wrong when the new side answers badly', async () => {
    const node = await balancer(502);
    const reply = await call(fleetWith(node.port));
    expect(reply).toMatchObject({ answer: 'wrong', detail: '127.0.0.1: HTTP 502' });
  });

  it('is silent when nobody answers', async () => {
    const node = await nodes.start(() => undefined);
    expect(await call(fleetWith(node.port))).toMatchObject({ answer: 'silent' });
  });

  it('is good when one of the addresses is, and never goes outside the networks', async () => {
    const node = await balancer(200);
    const addresses = ['10.9.9.9', '127.0.0.9', '127.0.0.1'];
    expect(await call(fleetWith(node.port), addresses)).toMatchObject({ answer: 'ok' });
    expect(await call(fleetWith(node.port), ['10.9.9.9'])).toMatchObject({
      answer: 'wrong',
      detail: expect.stringContaining('networks'),
    });
  });

  it('is not made for a fleet without routing', async () => {
    expect(await call(fleetAt(1))).toMatchObject({ answer: 'wrong' });
  });

  it('takes any certificate over TLS, because it asks an address', async (context) => {
    const folder = mkdtempSync(join(tmpdir(), 'quorate-preview-'));
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const args = `req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=shop.example -keyout ${key} -out ${cert}`;
    const made = spawnSync('openssl', args.split(' '));
    if (made.status !== 0) context.skip('openssl makes no certificate here');
    const server = createServer(
      { key: readFileSync(key), cert: readFileSync(cert) },
      ({ headers }, response) =>
        response.writeHead(headers['x-quorate-preview'] === 'shop' ? 200 : 503).end(),
    );
    rmSync(folder, { recursive: true });
    const port = await listen(server);
    const routing = { kind: 'application' as const, arn: 'arn', port, isSecure: true };
    expect(await call(fleetWith(1, { routing }))).toMatchObject({ answer: 'ok' });
    server.closeAllConnections();
    server.close();
  });
});

describe('by way of Lambda', () => {
  const ask = async (onInvoke: Parameters<typeof lambdaEndpoint>[0]) => {
    endpoint = await lambdaEndpoint(onInvoke);
    const request = { fleet: 'shop', balancerAddresses: ['10.0.9.1'], deadlineMs: 100 };
    const observer = lambdaObserver('probe-a', endpoint.client);
    return await observer.preview(request, new AbortController().signal);
  };

  it('asks what the prober understands, and tells its answer under its name', async () => {
    const reply = await ask(({ returns }) => returns({ answer: 'ok', detail: 'well' }));
    expect(reply).toEqual({ observer: 'probe-a', answer: 'ok', detail: 'well' });
    expect(readRequest(endpoint?.invocations[0]?.request)).toEqual({
      ok: true,
      value: {
        preview: { fleet: 'shop', balancerAddresses: ['10.0.9.1'], deadlineMs: 100 },
      },
    });
  });

  it.each<[string, Parameters<typeof lambdaEndpoint>[0]]>([
    ['no sense', ({ returns }) => returns({ answer: 'maybe' })],
    ['a refusal', ({ returns }) => returns({ failed: 'it knows no such fleet' })],
    ['nothing', () => undefined],
    ['an error of Lambda', ({ response }) => refuse(response, 429, 'TooManyRequestsException')],
  ])('%s is silence', async (_, onInvoke) => {
    expect(await ask(onInvoke)).toMatchObject({ observer: 'probe-a', answer: 'silent' });
  });
});
