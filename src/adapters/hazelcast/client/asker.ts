/** Puts questions to members through a thread of its own, which may die and is then started again. */
import { Worker } from 'node:worker_threads';
import type { CanaryAbsence } from '../../../core/observation.ts';
import type {
  ClientQuestion,
  ClientSettings,
  FromThread,
  Outcome,
  ThreadData,
  ToThread,
} from './messages.ts';

/** The question was sent and may end some time, or could not be sent. */
export type Asking =
  | { readonly partition: number; readonly ended: Promise<Outcome> }
  | { readonly absent: CanaryAbsence };

export interface Asker {
  /** Never rejects. Takes some seconds at most: connecting has a deadline of its own. */
  readonly ask: (question: ClientQuestion) => Promise<Asking>;
  /** Closes every connection. Not needed for a process to end. */
  readonly close: () => Promise<void>;
}

/** Whoever killed it would kill it again. */
const RESTART_PAUSE_MS = 10_000;
/** The thread's pulse is felt this often; one that has had none so often in a row stands still. */
const PULSE = { everyMs: 200, missedMax: 4 };
/** Beside this file in the source tree, beside index.js in a bundle. */
const THREAD = import.meta.url.endsWith('.ts') ? './thread.ts' : './client-thread.js';

interface Open {
  readonly asking: PromiseWithResolvers<Asking>;
  readonly ended: PromiseWithResolvers<Outcome>;
}

export const createAsker = (settings: ClientSettings): Asker => {
  const opens = new Map<number, Open>();
  let thread: Worker | null = null;
  let lastId = 0;
  let notBeforeMs = 0;

  const hear = ({ id, ...told }: FromThread): void => {
    const open = opens.get(id);
    if (open === undefined) return;
    switch (told.says) {
      case 'asked':
        open.asking.resolve({ partition: told.partition, ended: open.ended.promise });
        return;
      case 'absent':
        open.asking.resolve({ absent: told.why });
        break;
      case 'ended':
        open.ended.resolve(told.outcome);
    }
    opens.delete(id);
  };
  const forget = (): void => {
    for (const { asking, ended } of opens.values()) {
      asking.resolve({ absent: 'notConnected' });
      ended.resolve({ outcome: 'lost' });
    }
    opens.clear();
    thread = null;
  };
  const start = (): Worker => {
    const pulse = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
    const started = new Worker(new URL(THREAD, import.meta.url), {
      workerData: { settings, pulse } satisfies ThreadData,
      // Its words stay with it: the answer says that there is none.
      stdout: true,
      stderr: true,
    });
    const watch = endWithoutPulse(started, pulse);
    started.on('message', hear);
    // With a listener it is no error of this process; `exit` follows.
    started.on('error', () => {});
    started.once('exit', () => {
      clearInterval(watch);
      notBeforeMs = performance.now() + RESTART_PAUSE_MS;
      forget();
    });
    // Last: a listener for messages would keep the process alive again.
    started.unref();
    return started;
  };
  return {
    ask: async (question) => {
      if (thread === null && performance.now() < notBeforeMs) return { absent: 'notConnected' };
      thread ??= start();
      lastId += 1;
      const id = lastId;
      const open: Open = { asking: Promise.withResolvers(), ended: Promise.withResolvers() };
      opens.set(id, open);
      const message: ToThread = { id, question };
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window
      thread.postMessage(message);
      return await open.asking.promise;
    },
    close: async () => {
      await thread?.terminate();
    },
  };
};

/**
 * Ends a thread that goes round in circles. A limit of its heap would not do: Node then ends the whole
 * process (seen with version 24). Time in which both were frozen is missed once.
 */
const endWithoutPulse = (thread: Worker, pulse: Int32Array): NodeJS.Timeout => {
  let last = 0;
  let missed = 0;
  const feel = (): void => {
    const now = Atomics.load(pulse, 0);
    // The first beat comes when the client is loaded.
    missed = now === last && now > 0 ? missed + 1 : 0;
    last = now;
    if (missed >= PULSE.missedMax) void thread.terminate();
  };
  return setInterval(feel, PULSE.everyMs).unref();
};
