/** moto, the state store behind the gateway: a process of its own, one thread. */
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { AS_A_MACHINE } from '../as-a-machine.ts';
import { createQueue } from './queue.ts';
import type { HttpRequest, Reply } from './wire.ts';

/** moto's own command line serves with threads, and loses updates: conditional writes are not atomic then. */
const PROGRAM = `
import sys
from werkzeug.serving import run_simple
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
run_simple('127.0.0.1', int(sys.argv[1]), DomainDispatcherApplication(create_backend_app), threaded=False)
`;

/** The first call of a service imports its module, up to 2 s on a fast machine. */
const ANSWER_DEADLINE_MS = 60_000;
const START_DEADLINE_MS = 60_000;

export interface Moto {
  /** One request at a time. @throws when moto does not answer. */
  send: (request: HttpRequest) => Promise<Reply>;
  stop: () => Promise<void>;
}

/** @param python a Python that has moto installed. @throws when it does not start; `logFile` says why. */
export const startMoto = async (python: string, logFile: string): Promise<Moto> => {
  const port = await freePort();
  const log = openSync(logFile, 'a');
  const stdio: StdioOptions = ['ignore', log, log];
  const child = spawn(python, ['-c', PROGRAM, String(port)], { stdio, ...AS_A_MACHINE });
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()));
  child.once('error', () => {});
  const oneAtATime = createQueue();
  const send = async (message: HttpRequest): Promise<Reply> =>
    await oneAtATime(async () => await forward(port, message));
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
  };
  await waitUntilUp(child, port, logFile);
  return { send, stop };
};

const freePort = async (): Promise<number> =>
  await new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });

const waitUntilUp = async (child: ChildProcess, port: number, logFile: string): Promise<void> => {
  const until = Date.now() + START_DEADLINE_MS;
  const probe = { method: 'GET', path: '/moto-api/', headers: {}, body: Buffer.alloc(0) };
  while (Date.now() < until) {
    if (child.exitCode !== null || child.pid === undefined) break;
    const isUp = await forward(port, probe).then(
      () => true,
      () => false,
    );
    if (isUp) return;
    await sleep(50);
  }
  child.kill('SIGKILL');
  throw new Error(`moto did not start, see ${logFile}`);
};

const forward = async (port: number, message: HttpRequest): Promise<Reply> =>
  await new Promise((resolve, reject) => {
    const { method, path, body } = message;
    // `connection: close`: a kept connection would occupy moto's only thread.
    const headers = {
      ...message.headers,
      'content-length': String(body.length),
      'accept-encoding': 'identity',
      connection: 'close',
    };
    const options = { host: '127.0.0.1', port, method, path, headers, agent: false };
    const outgoing = request({ ...options, timeout: ANSWER_DEADLINE_MS }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.once('error', reject);
      incoming.once('end', () => {
        const status = incoming.statusCode ?? 502;
        resolve({ status, headers: endToEnd(incoming.headers), body: Buffer.concat(chunks) });
      });
    });
    outgoing.once('timeout', () => outgoing.destroy(new Error('moto does not answer')));
    outgoing.once('error', reject);
    outgoing.end(body);
  });

const HOP_BY_HOP = new Set(['connection', 'content-length', 'transfer-encoding', 'keep-alive']);

const endToEnd = (headers: NodeJS.Dict<string | string[]>): Record<string, string> => {
  const entries = Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name));
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
};
