/** A target server as a process of its own, so that tests can kill and hang it for real. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { BalancerTarget } from '../../lab/parts.ts';

const SERVER = `
const http = require('node:http');
const [address, port] = process.argv.slice(1);
let checks = 200;
http.createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://x');
  response.setHeader('x-served-by', address);
  if (pathname === '/health') { response.statusCode = checks; return response.end('ok'); }
  if (pathname === '/checks') { checks = Number(searchParams.get('status')); return response.end(); }
  if (pathname === '/slow') {
    return setTimeout(() => response.end('late'), Number(searchParams.get('ms')));
  }
  if (pathname === '/reset') return request.socket.resetAndDestroy();
  if (pathname === '/torn') {
    response.writeHead(200, { 'content-length': 100 });
    response.write('half');
    return setTimeout(() => request.socket.destroy(), 20);
  }
  if (pathname === '/garbage') return request.socket.end('nonsense\\r\\n\\r\\n');
  if (pathname === '/weird') return request.socket.end('HTTP/1.1 099 What\\r\\n\\r\\n');
  if (pathname === '/switch') {
    return request.socket.end('HTTP/1.1 101 Switching\\r\\nconnection: upgrade\\r\\nupgrade: x\\r\\n\\r\\n');
  }
  let body = '';
  request.on('data', (chunk) => (body += chunk));
  request.on('end', () => {
    response.setHeader('connection', 'keep-alive, x-private');
    response.setHeader('x-private', 'hop');
    response.setHeader('set-cookie', 'app=1');
    response.end(JSON.stringify({
      method: request.method, url: request.url, headers: request.headers, body,
      peer: request.socket.remotePort,
    }));
  });
}).listen(Number(port), address, () => process.send('up'));
`;

export interface TargetServer extends BalancerTarget {
  readonly process: ChildProcess;
  kill(): Promise<void>;
  hang(): void;
  wake(): void;
}

/** Resolves when the server listens. */
export const startTarget = async (address: string, port: number): Promise<TargetServer> => {
  const child = spawn(process.execPath, ['-e', SERVER, address, String(port)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  await once(child, 'message');
  return {
    instanceId: `i-${address.replaceAll('.', '')}`,
    address,
    port,
    process: child,
    kill: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
    hang: () => void child.kill('SIGSTOP'),
    wake: () => void child.kill('SIGCONT'),
  };
};

/** @returns what `read` gives once it satisfies `wanted`; fails with the last value when that never happens. */
export const eventually = async <T>(
  read: () => T | Promise<T>,
  wanted: (value: T) => boolean,
): Promise<T> => {
  const untilMs = Date.now() + 60_000;
  for (;;) {
    const value = await read();
    if (wanted(value)) return value;
    if (Date.now() > untilMs) throw new Error(`still ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};
