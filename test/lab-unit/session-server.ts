/** The API that users call, in memory, with the faults that tests need. The lab's own server is Java. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';

export interface SessionServer {
  readonly address: string;
  readonly port: number;
  readonly sessions: Set<string>;
  /** Written bodies by session. */
  readonly written: Map<string, string>;
  /** `busy`: whoever logs in is asked to come again later. `closed`: whoever comes. */
  mode: 'works' | 'hangs' | 'fails' | 'busy' | 'closed' | 'resurrects';
  close(): Promise<void>;
}

export const startSessionServer = async (address: string): Promise<SessionServer> => {
  const sessions = new Set<string>();
  const written = new Map<string, string>();
  // A connection that a busy client has not used for a while is not closed under its hands.
  const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
    if (state.mode === 'hangs') return;
    const id = /session=([^;]+)/.exec(request.headers.cookie ?? '')?.[1] ?? '';
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      response.setHeader('x-served-by', address);
      const known = sessions.has(id);
      if (state.mode === 'fails') response.statusCode = 500;
      else if (state.mode === 'closed' || (state.mode === 'busy' && request.url === '/login')) {
        response.statusCode = 503;
        response.setHeader('retry-after', '600');
      } else if (request.url === '/login') {
        const fresh = randomUUID();
        sessions.add(fresh);
        response.setHeader('set-cookie', `session=${fresh}; Path=/`);
      } else if (request.url === '/logout') {
        if (state.mode !== 'resurrects') sessions.delete(id);
      } else if (!known) response.statusCode = 401;
      else if (request.method === 'PUT') written.set(id, body);
      response.end('ok');
    });
  });
  server.listen(0, address);
  await once(server, 'listening');
  const bound = server.address();
  const state: SessionServer = {
    address,
    port: typeof bound === 'object' && bound !== null ? bound.port : 0,
    sessions,
    written,
    mode: 'works',
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return state;
};
