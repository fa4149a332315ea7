/** How fast entries are read: the old cluster is sick, and the new one is young. */
import type { Clock } from '../ports.ts';

export interface Rate {
  /** Resolves when `count` more may be read. */
  readonly take: (count: number) => Promise<void>;
}

/** What was not used is kept for so long: a pause is no debt that is paid in one burst. */
const BURST_MS = 100;

/** @param entriesPerS `Infinity`: as fast as it goes. */
export const createRate = (entriesPerS: number, clock: Pick<Clock, 'nowMs' | 'sleep'>): Rate => {
  let freeAtMs = -Infinity;
  return {
    take: async (count) => {
      const nowMs = clock.nowMs();
      freeAtMs = Math.max(freeAtMs, nowMs - BURST_MS) + (count * 1_000) / entriesPerS;
      if (freeAtMs > nowMs) await clock.sleep(freeAtMs - nowMs);
    },
  };
};
