/** Durations as people write them: `500ms`, `10s`, `5m`, `2h`. One number and one unit, no fractions. */

/** Largest first. */
const UNIT_MS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };

export const DURATION_PATTERN = /^[0-9]{1,9}(ms|s|m|h)$/;
export const DURATION_EXAMPLES = 'a duration such as 500ms, 10s, 5m or 2h';

/** @returns milliseconds, or `null` when `text` is not a duration. */
export const parseDuration = (text: string): number | null => {
  const unitMs = UNIT_MS[DURATION_PATTERN.exec(text)?.[1] ?? ''];
  return unitMs === undefined ? null : Number.parseInt(text, 10) * unitMs;
};

/** The same in the largest unit that needs no fraction: 90000 is `90s`, 60000 is `1m`. */
export const formatDuration = (durationMs: number): string => {
  const [unit, unitMs] = Object.entries(UNIT_MS).find(
    ([, ms]) => durationMs > 0 && durationMs % ms === 0,
  ) ?? ['ms', 1];
  return `${durationMs / unitMs}${unit}`;
};
