/** A part of the lab as a process of its own, in a network namespace, with an IPC channel. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { AS_A_MACHINE } from './as-a-machine.ts';

const READY_DEADLINE_MS = 20_000;
const STOP_DEADLINE_MS = 2_000;

/** First message of every child: from here on it does its work. */
const READY = 'ready';

/** What a parent and its child tell each other; everything survives JSON. Both ends are this program, so the types are the check. */
export interface Protocol {
  /** Told at the start. */
  readonly argument: unknown;
  readonly toChild: object;
  readonly toParent: object;
}

export interface ChildSpec<P extends Protocol> {
  /** Network namespace, or `null` for the caller's own. */
  readonly namespace: string | null;
  readonly script: URL;
  readonly argument: P['argument'];
  readonly onMessage: (message: P['toParent']) => void;
}

export interface Child<P extends Protocol> {
  /** Why it is gone, in words; `null` while it runs. */
  ended(): string | null;
  /** Resolves with the same words when it is gone. Never rejects. */
  readonly whenEnded: Promise<string>;
  /** @throws Error when the child is gone. */
  send(message: P['toChild']): void;
  /** Asks it to end, then kills it. Idempotent. */
  stop(): Promise<void>;
}

/** @returns a promise that resolves with `null` after `ms` and holds no process alive. */
const deadline = (ms: number): Promise<null> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms, null).unref();
  });

const spawnChild = <P extends Protocol>(spec: ChildSpec<P>): ChildProcess => {
  const args = [fileURLToPath(spec.script), JSON.stringify(spec.argument)];
  const options: SpawnOptions = { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], ...AS_A_MACHINE };
  if (spec.namespace === null) return spawn(process.execPath, args, options);
  // `ip netns exec` becomes the program it starts: same pid, and the IPC channel stays open.
  const inside = ['netns', 'exec', spec.namespace, process.execPath, ...args];
  return spawn('ip', inside, options);
};

const stopChild = async (child: ChildProcess, whenEnded: Promise<string>): Promise<void> => {
  if (child.connected) child.disconnect();
  if ((await Promise.race([whenEnded, deadline(STOP_DEADLINE_MS)])) !== null) return;
  // SIGKILL also ends a stopped process.
  child.kill('SIGKILL');
  if ((await Promise.race([whenEnded, deadline(STOP_DEADLINE_MS)])) === null) {
    throw new Error(`process ${child.pid ?? '?'} survived SIGKILL`);
  }
};

/**
 * Starts a child and waits until it says that it is ready.
 * @throws Error when it ends or says nothing before the deadline.
 */
export const startChild = async <P extends Protocol>(spec: ChildSpec<P>): Promise<Child<P>> => {
  const child = spawnChild(spec);
  const name = spec.script.pathname.split('/').slice(-2).join('/');
  let ended: string | null = null;
  const whenEnded = new Promise<string>((resolve) => {
    const end = (words: string): void => {
      ended ??= words;
      resolve(ended);
    };
    child.once('error', (error) => end(`${name}: ${error.message}`));
    child.once('exit', (code, signal) => end(`${name} ended: ${signal ?? `code ${code}`}`));
  });
  const whenReady = new Promise<typeof READY>((resolve) => {
    child.on('message', (message) => {
      if (message === READY) resolve(READY);
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see Protocol
      else spec.onMessage(message as P['toParent']);
    });
  });
  const first = await Promise.race([whenReady, whenEnded, deadline(READY_DEADLINE_MS)]);
  if (first !== READY) {
    await stopChild(child, whenEnded);
    throw new Error(first ?? `${name} was not ready within ${READY_DEADLINE_MS} ms`);
  }
  return {
    ended: () => ended,
    whenEnded,
    send: (message) => {
      if (ended !== null || !child.connected) throw new Error(ended ?? `${name} hung up`);
      // A channel that breaks now shows as the child's end.
      child.send(message, () => {});
    },
    stop: () => stopChild(child, whenEnded),
  };
};

/** The child's end. */
export interface Parent<P extends Protocol> {
  readonly argument: P['argument'];
  tell(message: P['toParent']): void;
  ready(): void;
}

/** Called once by a child's script. A child ends when its parent is gone. */
export const followParent = <P extends Protocol>(
  handle: (message: P['toChild']) => void,
): Parent<P> => {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see Protocol
  process.on('message', (message) => handle(message as P['toChild']));
  process.once('disconnect', () => process.exit(0));
  const send = (message: object | string): void => {
    process.send?.(message, () => {});
  };
  const argument: unknown = JSON.parse(process.argv[2] ?? 'null');
  return { argument, tell: send, ready: () => send(READY) };
};
