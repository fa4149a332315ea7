import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { attempt } from '../../src/adapters/hazelcast/attempt.ts';

/** Sends a byte to whoever connects, and says so where a blocked thread can see it. */
const OTHER_THREAD = `
  const { parentPort, workerData } = require('node:worker_threads');
  const server = require('node:net').createServer((socket) => {
    socket.on('error', () => undefined);
    socket.write('x', () => Atomics.store(workerData, 0, 1));
  });
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));`;

it('an answer that came while this process was busy counts, although its timers fire first', async () => {
  const sent = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(OTHER_THREAD, { eval: true, workerData: sent });
  const [port] = (await once(worker, 'message')) as [number];
  // Long enough to be connected by then on a machine that has other things to do.
  const deadlineMs = 1_000;
  const begunMs = performance.now();
  const bounds = { deadlineMs, signal: new AbortController().signal };
  const probe = await attempt<null>({ address: '127.0.0.1', port }, bounds, (socket, settle) => {
    socket.once('data', () => settle({ answer: 'ok', value: null }));
    socket.once('connect', () => {
      while (Atomics.load(sent, 0) === 0 || performance.now() < begunMs + 2 * deadlineMs);
    });
  });
  await worker.terminate();
  expect(probe.answer).toBe('ok');
});
