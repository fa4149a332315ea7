/**
 * One probe is one fresh connection with one deadline for all of it, handshake included. However it
 * ends, it ends once, the socket is gone, and the end is data.
 */
import { connect, type Socket } from 'node:net';
import type { Address, Probe } from '../../core/observation.ts';
import { type Failure, failureOf } from './failure.ts';

export interface Endpoint {
  readonly address: Address;
  readonly port: number;
}

export interface Bounds {
  /** For the whole probe, from the first SYN to the last byte. */
  readonly deadlineMs: number;
  /** Ends the probe at once; what it then says is of no use to anybody. */
  readonly signal: AbortSignal;
}

export type Verdict<T> = { readonly answer: 'ok'; readonly value: T } | Failure;

/** Says how the probe ended. Only the first call counts. */
export type Settle<T> = (verdict: Verdict<T>) => void;

/**
 * Connects and lets `use` talk. Never rejects.
 *
 * @param use gets the socket before it is connected and calls `settle` when it knows the answer.
 */
export const attempt = <T>(
  { address, port }: Endpoint,
  { deadlineMs, signal }: Bounds,
  use: (socket: Socket, settle: Settle<T>) => void,
): Promise<Probe<T>> =>
  new Promise((resolve) => {
    const begunMs = performance.now();
    const socket = connect({ host: address, port });
    let connected = false;
    let done = false;
    const settle: Settle<T> = (verdict) => {
      if (done) return;
      done = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', giveUp);
      socket.destroy();
      resolve({ ...verdict, tookMs: Math.round(performance.now() - begunMs) });
    };
    const giveUp = (): void =>
      settle({ answer: 'silent', cause: connected ? 'answerTimeout' : 'connectTimeout' });
    // A busy process runs late timers before it reads its sockets: read first what has already arrived.
    const timer = setTimeout(() => setImmediate(giveUp), deadlineMs);
    signal.addEventListener('abort', giveUp);
    socket.once('connect', () => {
      connected = true;
    });
    socket.on('error', (error) => settle(failureOf(error, connected)));
    if (signal.aborted) giveUp();
    else use(socket, settle);
  });
