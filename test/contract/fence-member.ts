/**
 * A member as far as a fence is concerned: fence-member.ts PORT [ADDRESS]. Listens, holds a connection to ADDRESS, sends
 * heart-beats on it, and makes it again when it breaks. Prints its pid, then one word a line: what became of it.
 */
import { createServer, connect as open } from 'node:net';

const HEARTBEAT_MS = 200;
const AGAIN_MS = 50;

const [port = '0', address] = process.argv.slice(2);
const say = (word: string): void => void process.stdout.write(`${word}\n`);

say(`pid ${process.pid}`);
const server = createServer((socket) => socket.on('error', () => {}).resume());
server.listen(Number(port), '::', () => say('listening'));

const connect = (to: string): void => {
  const socket = open(Number(port), to);
  let isUp = false;
  const heartbeat = setInterval(() => socket.write('.'), HEARTBEAT_MS);
  socket.once('connect', () => {
    isUp = true;
    say('connected');
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    say(isUp ? `lost:${error.code}` : `refused:${error.code}`);
  });
  socket.once('close', () => {
    clearInterval(heartbeat);
    setTimeout(() => connect(to), AGAIN_MS);
  });
};
if (address !== undefined) connect(address);
