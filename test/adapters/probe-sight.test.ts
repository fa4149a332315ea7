import { afterEach, describe, expect, it } from 'vitest';
import { failureOf } from '../../src/adapters/hazelcast/failure.ts';
import { sightOf } from '../../src/adapters/hazelcast/sight.ts';
import type { Probe, Sight } from '../../src/core/observation.ts';
import {
  drips,
  fleetAt,
  floods,
  healthy,
  type Manners,
  type Node,
  Nodes,
  recorded,
  says,
} from './nodes.ts';

const nodes = new Nodes();
afterEach(async () => {
  await nodes.stop();
});

/** Long, so that only true silence runs into it, however busy the machine. */
const PATIENT_MS = 10_000;
/** For nodes that are silent by design. */
const SHORT_MS = 300;

const sight = async (node: Node, deadlineMs = PATIENT_MS): Promise<Sight> =>
  await sightOf(fleetAt(node.port), node.address, {
    deadlineMs,
    signal: new AbortController().signal,
  });

const brief = (probe: Probe<unknown>): string =>
  probe.answer === 'ok' ? 'ok' : `${probe.answer}/${probe.cause}`;

/** The probes of which every node has an answer. */
const briefly = (seen: Sight) => ({
  tcp: brief(seen.tcp),
  health: brief(seen.health),
  view: brief(seen.view),
  application: brief(seen.application),
});

const all = (text: string, tcp = 'ok') => ({
  tcp,
  health: text,
  view: text,
  application: text,
});

const HEAD = 'HTTP/1.1 200 OK\r\n';
const MEGABYTE = 'x'.repeat(1024 * 1024);

describe('the probes of a healthy 5.7 member', () => {
  it('read its recorded answers, although it leaves connections open', async () => {
    const node = await nodes.start(healthy);
    const seen = await sight(node);
    expect(seen.tcp).toMatchObject({ answer: 'ok', value: null });
    expect(seen.health).toMatchObject({
      answer: 'ok',
      value: { nodeState: 'ACTIVE', clusterState: 'ACTIVE', clusterSize: 3 },
    });
    expect(seen.view).toMatchObject({
      answer: 'ok',
      value: {
        members: [
          { address: '127.77.0.1', uuid: '2c4e64a8-7a2d-453f-ad8d-22f082a29796' },
          { address: '127.77.0.2', uuid: 'e7365d2a-7b57-4b58-b1ab-dd6c2f62ccac' },
          { address: '127.77.0.3', uuid: '7586d489-250e-47a9-b77a-2796a16f53a2' },
        ],
      },
    });
    expect(seen.application).toMatchObject({ answer: 'ok', value: null });
  });

  it('ask one question a connection, and never the ones that hang while another member is sick', async () => {
    const node = await nodes.start(healthy);
    await sight(node);
    expect([...node.requests].sort()).toEqual([
      'GET /check',
      'GET /hazelcast/rest/cluster',
      'HEAD /hazelcast/health',
    ]);
  });

  it('take any 2xx of the application, and call nothing when the fleet has none', async () => {
    const node = await nodes.start((socket, head) =>
      head.startsWith('GET /check') ? socket.end('HTTP/1.1 204 No\r\n\r\n') : healthy(socket, head),
    );
    expect((await sight(node)).application.answer).toBe('ok');
    const before = node.requests.length;
    const seen = await sightOf(fleetAt(node.port, { application: null }), node.address, {
      deadlineMs: PATIENT_MS,
      signal: new AbortController().signal,
    });
    expect(seen.application).toEqual({ answer: 'ok', value: null, tookMs: 0 });
    expect(node.requests.length - before).toBe(2);
  });
});

describe('a sick node', () => {
  const hostile: Record<string, { manners: Manners; expected: Partial<ReturnType<typeof all>> }> = {
    'closes without an answer, as with REST off': {
      manners: (socket) => socket.end(),
      expected: all('wrong/closed'),
    },
    'resets the connection': {
      manners: (socket) => socket.resetAndDestroy(),
      expected: all('wrong/closed'),
    },
    'closes within the headers': {
      manners: (socket) => socket.end(`${HEAD}Hazelcast-Node`),
      expected: all('wrong/closed'),
    },
    'closes within the body': {
      manners: (socket) => socket.end(`${HEAD}Content-Length: 100\r\n\r\n{"members":[`),
      expected: { view: 'wrong/closed', application: 'wrong/closed' },
    },
    'resets within the body': {
      manners: (socket) => {
        socket.write(`${HEAD}Content-Length: 100\r\n\r\n{`, () => socket.resetAndDestroy());
      },
      expected: { view: 'wrong/closed', application: 'wrong/closed' },
    },
    'speaks another protocol': {
      manners: says('SSH-2.0-OpenSSH_9.2\r\n'),
      expected: all('wrong/garbage'),
    },
    'sends random bytes': {
      manners: says(Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 197 + 13) % 256))),
      expected: all('wrong/garbage'),
    },
    'floods with bytes': { manners: floods('', MEGABYTE), expected: all('wrong/garbage') },
    'answers 500': {
      manners: says('HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n'),
      expected: all('wrong/status'),
    },
    'answers as a real member does to an unknown method': {
      manners: says(recorded('head-ready')),
      expected: all('wrong/status'),
    },
    'answers 100 Continue for ever': {
      manners: floods('', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(1_000)),
      expected: all('wrong/status'),
    },
    'switches protocols': {
      manners: says('HTTP/1.1 101 Switching\r\nUpgrade: tea\r\nConnection: Upgrade\r\n\r\n'),
      expected: all('wrong/status'),
    },
    'sends endless headers': {
      manners: floods(HEAD, `X-${'a'.repeat(500)}: b\r\n`),
      expected: all('wrong/tooLarge'),
    },
    'sends one header of 1 GB': {
      manners: floods(`${HEAD}Hazelcast-NodeState: `, MEGABYTE),
      expected: all('wrong/tooLarge'),
    },
    'announces and sends 1 GB': {
      manners: floods(`${HEAD}Content-Length: 1073741824\r\n\r\n`, MEGABYTE),
      expected: { view: 'wrong/tooLarge', application: 'wrong/tooLarge' },
    },
    'sends a body without end': {
      manners: floods(`${HEAD}Transfer-Encoding: chunked\r\n\r\n`, `100000\r\n${MEGABYTE}\r\n`),
      expected: { view: 'wrong/tooLarge', application: 'wrong/tooLarge' },
    },
    'sends a chunk extension without end': {
      manners: floods(`${HEAD}Transfer-Encoding: chunked\r\n\r\n1;`, 'x'.repeat(1000)),
      expected: { view: 'wrong/tooLarge', application: 'wrong/tooLarge' },
    },
    'packs its body': {
      manners: says(`${HEAD}Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08\x00`),
      expected: { view: 'wrong/garbage' },
    },
    'answers 200 to everything, but is no member': {
      manners: (socket) => socket.end(`${HEAD}Content-Length: 2\r\n\r\nok`),
      expected: { health: 'wrong/garbage', view: 'wrong/garbage', application: 'ok' },
    },
    'claims to be two things at once': {
      manners: says(
        recorded('head-health-1')
          .toString()
          .replace('\r\n\r\n', '\r\nHazelcast-NodeState: STARTING\r\n\r\n'),
      ),
      expected: { health: 'wrong/garbage' },
    },
  };

  it.each(Object.entries(hostile))('that %s gives a cause', async (_, { manners, expected }) => {
    const node = await nodes.start(manners);
    const seen = await sight(node);
    expect(briefly(seen)).toMatchObject({ tcp: 'ok', ...expected });
    const probes: Probe<unknown>[] = [seen.tcp, seen.health, seen.view, seen.application];
    const details = probes.flatMap((probe) => (probe.answer === 'wrong' ? [probe.detail] : []));
    for (const detail of details) expect(detail).toMatch(/^[\x20-\x7e]{1,120}$/);
    expect(probes.every(({ tookMs }) => Number.isInteger(tookMs))).toBe(true);
    // What the kernels on both sides hold, never the gigabyte.
    expect(node.bytesSent()).toBeLessThan(64 * 1024 * 1024);
  });

  it('that redirects is asked no second time and sends us nowhere', async () => {
    const elsewhere = await nodes.start(healthy);
    const node = await nodes.start(
      says(
        `HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:${elsewhere.port}/\r\nContent-Length: 0\r\n\r\n`,
      ),
    );
    expect(briefly(await sight(node))).toEqual(all('wrong/status'));
    expect(elsewhere.requests).toEqual([]);
    expect(node.requests.length).toBe(3);
  });

  it('that ends its body by closing is heard to the end', async () => {
    const [, body = ''] = recorded('rest-cluster-1').toString().split('\r\n\r\n');
    const node = await nodes.start((socket, head) => {
      if (head.startsWith('HEAD')) socket.write(recorded('head-health-1'));
      else socket.end(`HTTP/1.0 200 OK\r\n\r\n${body}`);
    });
    expect(briefly(await sight(node))).toEqual(all('ok'));
  });

  it('on which nothing listens is refused by its kernel', async () => {
    const node = await nodes.nobody();
    expect(briefly(await sight(node))).toEqual(all('wrong/refused', 'wrong/refused'));
  });

  it('that accepts and says nothing is silent after a handshake, and is asked only once', async () => {
    const node = await nodes.start(() => undefined);
    expect(briefly(await sight(node, SHORT_MS))).toEqual(all('silent/answerTimeout'));
    expect([...node.requests].sort()).toEqual(['GET /check', 'HEAD /hazelcast/health']);
    expect(node.connections()).toBe(2);
  });

  it('that sends byte by byte is as silent as one that hangs', async () => {
    const dripping = await nodes.start(drips(`${HEAD}X: ${'y'.repeat(4000)}`));
    expect(briefly(await sight(dripping, SHORT_MS))).toEqual(all('silent/answerTimeout'));
  });

  it('that drips its member list still has its health believed', async () => {
    const node = await nodes.start((socket, head) =>
      head.startsWith('GET /hazelcast')
        ? drips(`${HEAD}Content-Length: 4000\r\n\r\n${' '.repeat(4000)}`)(socket, head)
        : healthy(socket, head),
    );
    expect(briefly(await sight(node, 2_000))).toMatchObject({
      health: 'ok',
      view: 'silent/answerTimeout',
    });
  });

  it('whose kernel ignores us is silent before the handshake', async () => {
    const node = await nodes.swallowing();
    expect(briefly(await sight(node, SHORT_MS))).toEqual(
      all('silent/connectTimeout', 'silent/connectTimeout'),
    );
  });

  it('is left at once when the round is broken off', async () => {
    const node = await nodes.start(() => undefined);
    const round = new AbortController();
    const seen = sightOf(fleetAt(node.port), node.address, {
      deadlineMs: 2 ** 30,
      signal: round.signal,
    });
    round.abort();
    expect((await seen).health.answer).toBe('silent');
  });
});

describe('the cause of a failure', () => {
  const error = (code: string): Error => Object.assign(new Error('x'), { code });

  it.each([
    ['ECONNREFUSED', false, 'wrong/refused'],
    ['ECONNRESET', true, 'wrong/closed'],
    ['EPIPE', true, 'wrong/closed'],
    ['HPE_INVALID_EOF_STATE', true, 'wrong/closed'],
    ['HPE_INVALID_CONSTANT', true, 'wrong/garbage'],
    ['HPE_HEADER_OVERFLOW', true, 'wrong/tooLarge'],
    ['HPE_CHUNK_EXTENSIONS_OVERFLOW', true, 'wrong/tooLarge'],
    // The way there, or this machine: no evidence of a wrong answer.
    ['ETIMEDOUT', false, 'silent/connectTimeout'],
    ['EHOSTUNREACH', false, 'silent/connectTimeout'],
    ['ENETUNREACH', false, 'silent/connectTimeout'],
    ['EACCES', false, 'silent/connectTimeout'],
    ['EMFILE', false, 'silent/connectTimeout'],
    ['EHOSTUNREACH', true, 'silent/answerTimeout'],
    ['', true, 'silent/answerTimeout'],
  ])('%s, handshake done: %s, is %s', (code, connected, expected) => {
    expect(brief({ ...failureOf(error(code), connected), tookMs: 0 })).toBe(expected);
  });
});
