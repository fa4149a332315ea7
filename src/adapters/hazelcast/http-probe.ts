/** One HTTP exchange as a probe: no keep-alive, no redirects, bounded in time and size, and nothing in the answer is followed. */
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import type { Socket } from 'node:net';
import { connect as secure } from 'node:tls';
import type { Probe } from '../../core/observation.ts';
import { attempt, type Bounds, type Endpoint, type Settle, type Verdict } from './attempt.ts';
import { failureOf, wrong } from './failure.ts';

export interface Question<T> {
  readonly method: 'HEAD' | 'GET';
  readonly path: string;
  /** Beyond what HTTP needs. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Over TLS. The certificate is not checked: it is for a name, and an address was asked. */
  readonly isSecure?: boolean;
  readonly bodyBytesMax: number;
  readonly isExpected: (status: number) => boolean;
  /** Judges a complete answer with the expected status. */
  readonly read: (answer: Answer) => Verdict<T>;
}

export interface Answer {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A member's health headers need 200 bytes; Node's own default limit is the same. */
const HEADER_BYTES_MAX = 16 * 1024;

/** @param onConnect is called when the handshake is complete. */
export const ask = <T>(
  endpoint: Endpoint,
  bounds: Bounds,
  question: Question<T>,
  onConnect?: () => void,
): Promise<Probe<T>> =>
  attempt(endpoint, bounds, (socket, settle) => {
    if (onConnect !== undefined) socket.once('connect', onConnect);
    const { method, path, headers = {} } = question;
    const asked = request({
      host: endpoint.address,
      port: endpoint.port,
      method,
      path,
      headers,
      maxHeaderSize: HEADER_BYTES_MAX,
      createConnection: () => (question.isSecure === true ? securedOver(socket) : socket),
    });
    asked.on('response', (response) => readAnswer(response, question, settle));
    asked.on('information', ({ statusCode }) => settle(wrong('status', `HTTP ${statusCode}`)));
    asked.on('upgrade', () => settle(wrong('status', 'HTTP 101')));
    // Before the handshake the socket's own handler is first, and only the first verdict counts.
    asked.on('error', (error) => settle(failureOf(error, true)));
    asked.end();
  });

const securedOver = (socket: Socket): Socket => secure({ socket, rejectUnauthorized: false });

const readAnswer = <T>(
  response: IncomingMessage,
  question: Question<T>,
  settle: Settle<T>,
): void => {
  const status = response.statusCode ?? 0;
  response.on('error', (error) => settle(failureOf(error, true)));
  if (!question.isExpected(status)) {
    settle(wrong('status', `HTTP ${status}`));
    return;
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > question.bodyBytesMax) {
      settle(wrong('tooLarge', `more than ${question.bodyBytesMax} bytes`));
    } else {
      chunks.push(chunk);
    }
  });
  response.once('end', () => {
    const body = Buffer.concat(chunks).toString('utf8');
    settle(question.read({ status, headers: response.headers, body }));
  });
};
