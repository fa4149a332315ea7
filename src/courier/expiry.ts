/** How long an entry has left, from what the old side tells of it. Pure. */
import type { Life } from './ports.ts';

/** Times of an entry as a member tells them, in ms since the epoch on its own clock; `Long.MAX_VALUE` stands for never. */
export interface Times {
  readonly ttlMs: number;
  readonly maxIdleMs: number;
  /** The earlier of both ends. */
  readonly endsAtMs: number;
  /** Not positive where the map keeps no statistics and the entry never ends. */
  readonly updatedAtMs: number;
}

/** Longer than anything that a person configures, shorter than what a member takes for never. */
const NEVER_MS = 2 ** 62;

const ends = (ms: number): boolean => ms > 0 && ms < NEVER_MS;

/**
 * The time to live that is left, the idle time in full (a cluster cannot be told when somebody last looked), and when it ends.
 * Between two hosts clocks differ by some ms; an entry that would end in the next moment is not carried anyway.
 */
export const lifeLeft = (times: Times, nowMs: number): Life & { readonly endsInMs: number } => {
  const endsInMs = ends(times.endsAtMs) ? times.endsAtMs - nowMs : Infinity;
  return {
    ttlMs: ends(times.ttlMs) ? Math.max(1, ttlLeft(times, nowMs)) : 0,
    maxIdleMs: ends(times.maxIdleMs) ? times.maxIdleMs : 0,
    endsInMs,
  };
};

const ttlLeft = ({ ttlMs, maxIdleMs, endsAtMs, updatedAtMs }: Times, nowMs: number): number => {
  // Without an idle time the end says it all.
  if (!ends(maxIdleMs) && ends(endsAtMs)) return endsAtMs - nowMs;
  return updatedAtMs > 0 ? ttlMs - (nowMs - updatedAtMs) : ttlMs;
};

/** Until it ends on the new side, if nobody touches it there. `Infinity`: never. */
export const endsThereInMs = ({ ttlMs, maxIdleMs }: Life): number =>
  Math.min(ttlMs > 0 ? ttlMs : Infinity, maxIdleMs > 0 ? maxIdleMs : Infinity);
