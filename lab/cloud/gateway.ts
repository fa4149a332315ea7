/** The lab's AWS endpoint: an HTTP server in front of `dispatch`. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Dispatch } from './dispatch.ts';
import type { HttpRequest } from './wire.ts';

export interface Gateway {
  /** What clients set as `AWS_ENDPOINT_URL`. */
  readonly endpoint: string;
  stop: () => Promise<void>;
}

export interface Listen {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
}

/** AWS's own limits are below; a runaway body must not fill the lab's memory. */
const BODY_LENGTH_MAX = 8 * 1024 * 1024;

/** @throws when the address cannot be bound. */
export const startGateway = async (
  listen: Listen,
  dispatch: Pick<Dispatch, 'answer'>,
): Promise<Gateway> => {
  const server = createServer((incoming, outgoing) => {
    handle(incoming, outgoing, dispatch).catch(() => incoming.socket.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(listen.port, listen.host, resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : listen.port;
  return {
    endpoint: `http://${listen.host}:${port}`,
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
};

const handle = async (
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  dispatch: Pick<Dispatch, 'answer'>,
): Promise<void> => {
  const answer = await dispatch.answer(await read(incoming));
  if (answer === null) {
    incoming.socket.destroy();
    return;
  }
  outgoing.writeHead(answer.status, { ...answer.headers });
  outgoing.end(answer.body);
};

const read = async (incoming: IncomingMessage): Promise<HttpRequest> => {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > BODY_LENGTH_MAX) throw new Error('body too long');
    chunks.push(chunk);
  }
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(incoming.headers)) headers[name] = String(value);
  const { method = 'GET', url = '/' } = incoming;
  return { method, path: url, headers, body: Buffer.concat(chunks) };
};
