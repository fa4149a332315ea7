/** One request to one target and its answer back, with the load balancer's own errors where the target fails. */
import { randomBytes } from 'node:crypto';
import {
  Agent,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  request,
  type ServerResponse,
} from 'node:http';
import type { BalancerTarget } from '../parts.ts';

export interface ForwardTimeouts {
  /** ALB: 10 s to connect, not settable (guide, "HTTP 504"). */
  readonly connectMs: number;
  /** ALB: 60 s without a byte, settable. */
  readonly idleMs: number;
}

/** RFC 9110 section 7.6.1, and what older programs send. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

const endToEnd = (headers: NodeJS.Dict<string | string[]>): OutgoingHttpHeaders => {
  const named = new Set([headers['connection']].flat().flatMap((each) => each?.split(',') ?? []));
  const alsoDropped = new Set([...named].map((name) => name.trim().toLowerCase()));
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name) && !alsoDropped.has(name)),
  );
};

const requestHeaders = (incoming: IncomingMessage): OutgoingHttpHeaders => {
  const { remoteAddress, localPort } = incoming.socket;
  const before = incoming.headers['x-forwarded-for'];
  const length = incoming.headers['content-length'];
  const chunked = incoming.headers['transfer-encoding'] !== undefined;
  return {
    ...endToEnd(incoming.headers),
    ...(chunked && length === undefined ? { 'transfer-encoding': 'chunked' } : {}),
    'x-forwarded-for': [before, remoteAddress].flat().filter(Boolean).join(', '),
    'x-forwarded-proto': 'http',
    'x-forwarded-port': String(localPort),
    'x-amzn-trace-id': `Root=1-${Math.floor(Date.now() / 1000).toString(16)}-${randomBytes(12).toString('hex')}`,
  };
};

const REASONS = {
  400: 'Bad Request',
  502: 'Bad Gateway',
  503: 'Service Temporarily Unavailable',
  504: 'Gateway Time-out',
} as const;

/** The load balancer's own error page. An answer that has begun is broken off instead. */
export const answerError = (answer: ServerResponse, status: keyof typeof REASONS): void => {
  if (answer.headersSent) {
    answer.destroy();
    return;
  }
  const title = `${status} ${REASONS[status]}`;
  const body = `<html><head><title>${title}</title></head><body><center><h1>${title}</h1></center></body></html>\r\n`;
  answer.writeHead(status, REASONS[status], {
    server: 'awselb/2.0',
    'content-type': 'text/html',
    'content-length': Buffer.byteLength(body),
  });
  answer.end(body);
};

/** Connections to one target, kept alive. `close` breaks those in use, too: the deregistration delay is over. */
export interface Connections {
  readonly agent: Agent;
  close(): void;
}

export const openConnections = (): Connections => {
  const agent = new Agent({ keepAlive: true });
  return { agent, close: () => agent.destroy() };
};

/**
 * Forwards one request. Never retries: a target that resets a kept connection costs a 502, as in the ALB.
 * @param addedHeaders go on the target's answer.
 */
export const forward = (
  exchange: { readonly incoming: IncomingMessage; readonly answer: ServerResponse },
  to: { readonly target: BalancerTarget; readonly connections: Connections },
  timeouts: ForwardTimeouts,
  addedHeaders: Readonly<Record<string, string>>,
): void => {
  const { incoming, answer } = exchange;
  const outgoing = request({
    agent: to.connections.agent,
    host: to.target.address,
    port: to.target.port,
    method: incoming.method,
    path: incoming.url,
    headers: requestHeaders(incoming),
  });
  let failed: 502 | 504 | null = null;
  const fail = (status: 502 | 504): void => {
    failed ??= status;
    answerError(answer, failed);
    outgoing.destroy();
  };

  outgoing.on('socket', (socket) => {
    if (!socket.connecting) return;
    const timer = setTimeout(() => fail(504), timeouts.connectMs);
    socket.once('connect', () => clearTimeout(timer));
    socket.once('close', () => clearTimeout(timer));
  });
  outgoing.setTimeout(timeouts.idleMs, () => fail(504));
  outgoing.on('error', () => {
    if (failed === null && !answer.writableFinished) fail(502);
  });
  outgoing.on('response', (response) => {
    response.on('error', () => fail(502));
    try {
      answer.writeHead(response.statusCode ?? 502, response.statusMessage, {
        ...endToEnd(response.headers),
        ...withCookie(response.headers['set-cookie'], addedHeaders['set-cookie']),
      });
    } catch {
      // A status or header that Node reads but does not write.
      fail(502);
      return;
    }
    response.pipe(answer);
  });
  // Closed without an answer or an error: a switch of protocols that nobody asked for.
  outgoing.on('close', () => {
    if (!answer.headersSent) fail(502);
  });
  incoming.pipe(outgoing);
  // The client gave up: nobody waits for the target any more.
  answer.on('close', () => {
    if (!answer.writableFinished) outgoing.destroy();
  });
};

const withCookie = (
  theirs: readonly string[] | undefined,
  ours: string | undefined,
): OutgoingHttpHeaders => (ours === undefined ? {} : { 'set-cookie': [...(theirs ?? []), ours] });
