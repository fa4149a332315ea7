/** Users' calls of the last second, for the live story. */
import type { Call } from '../clients/call.ts';

export interface UsersView {
  /** Calls that came back. */
  readonly perSecond: number;
  readonly failedPerSecond: number;
}

export interface Tally {
  add(calls: readonly Call[]): void;
  /** @returns what came back since the last `take`, scaled to one second. */
  take(nowMs: number): UsersView;
}

export const createTally = (startedAtMs: number): Tally => {
  let total = 0;
  let failed = 0;
  let sinceMs = startedAtMs;
  return {
    add: (calls) => {
      total += calls.length;
      failed += calls.filter((call) => call.failed).length;
    },
    take: (nowMs) => {
      const scale = 1000 / Math.max(1, nowMs - sinceMs);
      const view = {
        perSecond: Math.round(total * scale),
        failedPerSecond: Math.round(failed * scale),
      };
      [total, failed, sinceMs] = [0, 0, nowMs];
      return view;
    },
  };
};
