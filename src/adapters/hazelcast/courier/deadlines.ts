/**
 * Deadlines of many short requests at once. A timer for each would cost as much as the request; one look at all of them, every
 * 200 ms, is as good for deadlines of seconds.
 */
export interface Deadlines {
  /** What `promise` resolves with, or `late` some time after `ms`. Rejects with it. */
  readonly within: <T>(promise: Promise<T>, ms: number) => Promise<T | 'late'>;
  readonly close: () => void;
}

const LOOK_MS = 200;

interface Waiting {
  readonly untilMs: number;
  readonly late: () => void;
}

export const createDeadlines = (): Deadlines => {
  const waiting = new Set<Waiting>();
  const look = (): void => {
    const nowMs = performance.now();
    const late = [...waiting].filter(({ untilMs }) => untilMs < nowMs);
    // A busy process runs late timers before it reads what has arrived.
    setImmediate(() => {
      for (const each of late) if (waiting.delete(each)) each.late();
    });
  };
  const timer = setInterval(look, LOOK_MS).unref();
  return {
    within: async <T>(promise: Promise<T>, ms: number) => {
      const first = Promise.withResolvers<T | 'late'>();
      const own = { untilMs: performance.now() + ms, late: () => first.resolve('late') };
      waiting.add(own);
      // Cheaper than a race, which makes three promises more.
      promise.then(first.resolve, first.reject);
      try {
        return await first.promise;
      } finally {
        waiting.delete(own);
      }
    },
    close: () => {
      clearInterval(timer);
      // Nobody waits for what nobody looks after.
      for (const each of waiting) each.late();
      waiting.clear();
    },
  };
};
