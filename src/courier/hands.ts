/** One key is in one hand at a time: whoever comes second waits, so that an older state is never written after a newer one. */

export interface Hands {
  /** Runs `work` when nobody else has the key. */
  readonly hold: <T>(key: string, work: () => Promise<T>) => Promise<T>;
}

export const createHands = (): Hands => {
  const held = new Map<string, Promise<unknown>>();
  return {
    hold: async (key, work) => {
      for (let other = held.get(key); other !== undefined; other = held.get(key)) await other;
      const done = Promise.withResolvers<void>();
      held.set(key, done.promise);
      try {
        return await work();
      } finally {
        held.delete(key);
        done.resolve();
      }
    },
  };
};
