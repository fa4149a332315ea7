/** When users' calls succeed again. */
import type { Call } from '../clients/call.ts';

const CALM_MS = 3_000;

/**
 * The start of the first 3 s without a failed call after the fault; `faultAtMs` if none failed; `null` if that never came.
 * A failed call fills the time from its start to its failure: one that hangs for 2 s is 2 s of trouble, not a moment.
 * Calm needs proof: at least one call that began in it and succeeded, and the whole of it observed.
 * @param endMs the end of the observation.
 */
export const mitigatedAt = (
  calls: readonly Call[],
  faultAtMs: number,
  endMs: number,
): number | null => {
  const failed = calls
    .filter((call) => call.failed && call.startMs + call.durationMs >= faultAtMs)
    .sort((a, b) => a.startMs - b.startMs);
  const isProven = (fromMs: number): boolean =>
    calls.some(
      (call) => !call.failed && call.startMs >= fromMs && call.startMs <= fromMs + CALM_MS,
    );
  let calmSinceMs = faultAtMs;
  for (const call of failed) {
    if (call.startMs >= calmSinceMs + CALM_MS && isProven(calmSinceMs)) return calmSinceMs;
    calmSinceMs = Math.max(calmSinceMs, call.startMs + call.durationMs + 1);
  }
  return calmSinceMs + CALM_MS <= endMs && isProven(calmSinceMs) ? calmSinceMs : null;
};
