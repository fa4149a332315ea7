/** Nodes of every kind for the probes: real listeners on the loopback, each with its own manners. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import type { Fleet } from '../../src/config/fleet.ts';
import { DEFAULT_POLICY } from '../../src/core/policy.ts';

/** Bytes of a real member (test/fixtures/hazelcast-LINE/README.md). */
export const recorded = (name: string, line: '2.6' | '3.12' | '5.7' = '5.7'): Buffer =>
  readFileSync(new URL(`../fixtures/hazelcast-${line}/${name}.http`, import.meta.url));

/** What a node does with a connection whose request head has arrived. */
export type Manners = (socket: Socket, requestHead: string) => void;

export interface Node {
  readonly address: string;
  readonly port: number;
  /** First lines of all requests, in order of arrival. */
  readonly requests: readonly string[];
  /** All connections so far, asked over or not. */
  connections(): number;
  /** Bytes that it has handed to its kernel. */
  bytesSent(): number;
}

interface Place {
  readonly address?: string;
  readonly port?: number;
}

/** What cannot be counted from here. */
const UNSEEN = { requests: [], connections: () => 0, bytesSent: () => 0 };

/** Servers and workers of one test; `stop` ends them and every connection. */
export class Nodes {
  readonly #endings: (() => Promise<unknown>)[] = [];

  async start(manners: Manners, { address = '127.0.0.1', port = 0 }: Place = {}): Promise<Node> {
    const sockets = new Set<Socket>();
    const requests: string[] = [];
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      let head = '';
      socket.on('data', (chunk: Buffer) => {
        const begun = head.includes('\r\n\r\n');
        head += chunk.toString('latin1');
        if (begun || !head.includes('\r\n\r\n')) return;
        requests.push(head.slice(0, head.indexOf(' HTTP/')));
        manners(socket, head);
      });
    });
    server.listen(port, address);
    await once(server, 'listening');
    this.#endings.push(async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    });
    const bytesSent = (): number =>
      [...sockets].reduce((sum, socket) => sum + socket.bytesWritten, 0);
    const connections = (): number => sockets.size;
    return { address, port: portOf(server), requests, connections, bytesSent };
  }

  /** A port on which nothing listens. */
  async nobody(): Promise<Node> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const port = portOf(server);
    await new Promise((resolve) => server.close(resolve));
    return { address: '127.0.0.1', port, ...UNSEEN };
  }

  /**
   * A listener of a thread that stands still: its kernel takes connections until its short queue is
   * full, then ignores SYN, as a lost host or a firewall does.
   */
  async swallowing(): Promise<Node> {
    const worker = new Worker(
      `const { parentPort } = require('node:worker_threads');
       const server = require('node:net').createServer();
       server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
         parentPort.postMessage(server.address().port);
         setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));
       });`,
      { eval: true },
    );
    this.#endings.push(async () => await worker.terminate());
    const [port] = (await once(worker, 'message')) as [number];
    await this.#fill(port);
    return { address: '127.0.0.1', port, ...UNSEEN };
  }

  async #fill(port: number): Promise<void> {
    for (;;) {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => undefined);
      this.#endings.push(async () => socket.destroy());
      const connected = await Promise.race([
        once(socket, 'connect').then(() => true),
        new Promise<false>((resolve) => setTimeout(() => resolve(false), 1_000)),
      ]);
      if (!connected) return;
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.#endings.splice(0).map(async (end) => await end()));
  }
}

const portOf = (server: Server): number => {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not a TCP server');
  return address.port;
};

/** A healthy node: member and application on one port. */
export const healthy: Manners = (socket, head) => {
  if (head.startsWith('HEAD /hazelcast/health ')) socket.write(recorded('head-health-1'));
  else if (head.startsWith('GET /hazelcast/rest/cluster '))
    socket.write(recorded('rest-cluster-1'));
  else socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
};

export const says =
  (bytes: string | Buffer): Manners =>
  (socket) =>
    socket.write(bytes);

/** A head, then `chunk` for ever, as fast as the other side reads. */
export const floods =
  (head: string, chunk: string): Manners =>
  (socket) => {
    const more = (): void => {
      while (!socket.destroyed && socket.write(chunk));
    };
    socket.on('drain', more);
    socket.write(head);
    more();
  };

export const drips =
  (bytes: string): Manners =>
  (socket) => {
    let sent = 0;
    const timer = setInterval(() => socket.write(bytes[sent++ % bytes.length] ?? ''), 10);
    socket.on('close', () => clearInterval(timer));
  };

export const fleetAt = (port: number, more: Partial<Fleet> = {}): Fleet => ({
  name: 'shop',
  kind: 'hazelcast',
  group: 'shop-group',
  member: { port, service: 'shop.service', version: '5.x', cluster: 'dev', canary: null },
  application: { port, path: '/check' },
  memory: null,
  standby: null,
  routing: null,
  sessions: null,
  announce: null,
  networks: ['127.0.0.0/8'],
  policy: DEFAULT_POLICY,
  ...more,
});
