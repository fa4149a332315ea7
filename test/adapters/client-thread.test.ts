/** The client's thread against peers that are no members: what they cost, and whom. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { type Asker, createAsker } from '../../src/adapters/hazelcast/client/asker.ts';
import { look } from '../../src/adapters/hazelcast/look.ts';
import { NO_QUESTIONS } from '../questions.ts';
import { fleetAt, healthy, recorded } from './nodes.ts';

type Peer = (socket: Socket) => void;

const endings: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(endings.splice(0).map(async (end) => await end()));
});

/** Answers HTTP as a healthy member does, and the client's protocol as `peer` likes. @returns its port. */
const start = async (peer: Peer): Promise<number> => {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', (chunk: Buffer) => {
      const head = chunk.toString('latin1');
      if (head.startsWith('CP2')) peer(socket);
      else healthy(socket, head);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  endings.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not a TCP server');
  return address.port;
};

const askerAt = (port: number): Asker => {
  const asker = createAsker({ cluster: 'dev', port, map: 'm' });
  endings.push(async () => await asker.close());
  return asker;
};

const QUESTION = {
  address: '127.0.0.1',
  owner: '127.0.0.1',
  isFresh: false,
  partition: null,
  turn: 0,
};

const floods: Peer = (socket) => {
  const chunk = Buffer.alloc(1024 * 1024, 0x50);
  const more = (): void => {
    while (!socket.destroyed && socket.write(chunk));
  };
  socket.on('drain', more);
  more();
};

describe('a process that looks once', () => {
  it('ends by itself and says nothing of its own, although the client still connects', async () => {
    const port = await start(() => undefined);
    const script = fileURLToPath(new URL('./one-look.ts', import.meta.url));
    const child = spawn(process.execPath, [script, String(port)], {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 15_000,
    });
    const [out, said, [exit]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close'),
    ]);

    expect([exit, said]).toEqual([0, '']);
    expect(JSON.parse(out)).toMatchObject({
      sights: { 'i-1': { canary: { answer: 'none', why: 'notConnected' } } },
    });
  });
});

describe('a peer that is no member', () => {
  it.each<[string, Peer]>([
    ['hangs up', (socket) => socket.destroy()],
    ['answers HTTP', (socket) => socket.end(recorded('head-ready'))],
    ['says nothing', () => undefined],
    [
      'sends zeros, over which the client goes round in circles',
      (socket) => socket.write(Buffer.alloc(64)),
    ],
    [
      'sends a short frame, over which the client throws',
      (socket) => socket.write(Buffer.from([8, 0, 0, 0, 0, 0xe0, 1, 2])),
    ],
    ['floods', floods],
  ])('and %s is one to which there is no connection', async (_, peer) => {
    const asker = askerAt(await start(peer));
    expect(await asker.ask(QUESTION)).toEqual({ absent: 'notConnected' });
    expect(await asker.ask(QUESTION)).toEqual({ absent: 'notConnected' });
  });

  it('costs a look its canary and nothing else', async () => {
    const port = await start((socket) => socket.write(Buffer.alloc(64)));
    const fleet = fleetAt(port, { member: { ...fleetAt(port).member, canary: 'm' } });
    const request = {
      fleet: fleet.name,
      side: 'blue' as const,
      nodes: [{ instanceId: 'i-1', address: '127.0.0.1' }],
      balancerAddresses: [],
      probeDeadlineMs: 2_000,
      questions: NO_QUESTIONS,
    };
    const reply = await look(fleet, request, new AbortController().signal);
    expect(reply).toMatchObject({
      sighted: true,
      sights: {
        'i-1': {
          health: { answer: 'ok' },
          view: { answer: 'ok' },
          canary: { answer: 'none', why: 'notConnected' },
        },
      },
    });
  });
});
