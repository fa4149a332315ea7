import { setTimeout as wait } from 'node:timers/promises';
import type { Clock } from '../../ports.ts';

/** The machine's clock. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  sleep: async (ms, signal) => {
    try {
      await wait(Math.max(0, ms), undefined, signal === undefined ? {} : { signal });
    } catch {
      // An aborted sleep is a finished one.
    }
  },
};
