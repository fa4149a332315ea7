/**
 * Preloaded into a packaged function that reaches hosts: the way to 10.77.1.4 leads to 127.77.1.4, where the ladder's hosts
 * are. Everything above the socket is the function's own.
 */
import { Socket } from 'node:net';
import { loopbackOf } from './ladder-hosts.ts';

const straight = Reflect.get(Socket.prototype, 'connect') as (...args: unknown[]) => Socket;
const bent = new Proxy(straight, {
  apply: (connect, socket, args: unknown[]) => {
    // `net.connect` hands on its arguments as one list.
    const [options] = [args[0]].flat() as [{ host?: string } | undefined];
    if (options?.host !== undefined) options.host = loopbackOf(options.host);
    return Reflect.apply(connect, socket, args);
  },
});
Reflect.set(Socket.prototype, 'connect', bent);
