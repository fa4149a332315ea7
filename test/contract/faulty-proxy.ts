/** Stands between a client and a server and loses what the network could lose. */
import { createServer, type IncomingMessage, request, type Server } from 'node:http';

export type ProxyMode =
  | 'pass'
  /** The request arrives and is carried out; the answer never comes back. */
  | 'loseReply'
  /** Nothing arrives and nothing is answered. */
  | 'silent';

export interface FaultyProxy {
  readonly server: Server;
  mode: ProxyMode;
  /** Requests that reached the server behind. */
  forwarded: number;
}

export const createFaultyProxy = (upstreamPort: number): FaultyProxy => {
  const proxy: FaultyProxy = {
    server: createServer((incoming, outgoing) => {
      if (proxy.mode === 'silent') return;
      const lose = proxy.mode === 'loseReply';
      proxy.forwarded += 1;
      const onward = request(
        {
          host: '127.0.0.1',
          port: upstreamPort,
          method: incoming.method,
          path: incoming.url,
          headers: incoming.headers,
        },
        (answer: IncomingMessage) => {
          if (lose) {
            answer.resume();
            answer.once('end', () => incoming.socket.destroy());
            return;
          }
          outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(outgoing);
        },
      );
      onward.once('error', () => incoming.socket.destroy());
      incoming.pipe(onward);
    }),
    mode: 'pass',
    forwarded: 0,
  };
  return proxy;
};
