/** Waiting that ends with the region: after `stop` nothing that waits goes on. */
export interface Sleep {
  (ms: number): Promise<void>;
  stop: () => void;
}

export const createSleep = (): Sleep => {
  const timers = new Set<NodeJS.Timeout>();
  let isStopped = false;
  const sleep = async (ms: number): Promise<void> =>
    await new Promise((resolve) => {
      if (isStopped) return;
      const timer = setTimeout(() => {
        timers.delete(timer);
        resolve();
      }, ms);
      timers.add(timer);
    });
  const stop = (): void => {
    isStopped = true;
    for (const timer of timers) clearTimeout(timer);
  };
  return Object.assign(sleep, { stop });
};
