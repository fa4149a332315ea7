/**
 * Preloaded into a packaged function that reaches hosts: the way to 10.77.1.4 leads to 127.77.1.4, where the ladder's hosts
 * are. Everything above the socket is the function's own.
 */
import { Socket } from 'node:net';
import { loopbackOf } from './ladder-hosts.ts';

const straight = Socket.prototype.connect;

Socket.prototype.connect = function bent(this: Socket, ...args: unknown[]): Socket {
  // `net.connect` hands on its arguments as one list.
  const [options] = [args[0]].flat() as [{ host?: string } | undefined];
  if (options?.host !== undefined) options.host = loopbackOf(options.host);
  return Reflect.apply(straight, this, args) as Socket;
};
