/** How figures are written in the page: medians with their range, and "never" where nothing came. Pure. */
import { median } from '../../lab/measure/measure.ts';
import type { ScenarioResult } from '../../lab/measure/result.ts';

export type Moment =
  | 'detectedAtMs'
  | 'evictedAtMs'
  | 'mitigatedAtMs'
  | 'replacedAtMs'
  | 'recoveredAtMs';

/** From the fault; `null`: never. */
export const sinceFaultMs = (result: ScenarioResult, moment: Moment): number | null => {
  const { faultAtMs } = result;
  const atMs = result[moment];
  return faultAtMs === null || atMs === null ? null : Math.max(0, atMs - faultAtMs);
};

/** A run that never came so far is later than any other. */
export const medianSinceFaultMs = (
  results: readonly ScenarioResult[],
  moment: Moment,
): number | null => median(results.map((result) => sinceFaultMs(result, moment)));

/** How a figure is written. */
interface Unit {
  readonly digits: (value: number) => string;
  readonly unit: string;
}

export const SECONDS: Unit = { digits: (ms) => (ms / 1_000).toFixed(1), unit: ' s' };
export const MILLISECONDS: Unit = { digits: (ms) => ms.toFixed(0), unit: ' ms' };
export const COUNT: Unit = { digits: String, unit: '' };

/** `14.0 s (13.2-15.1)`: median, least and most; of one value, that value alone. `null` is never. */
export const spread = (values: readonly (number | null)[], { digits, unit }: Unit): string => {
  const write = (value: number | null, end: string): string =>
    value === null ? 'never' : digits(value) + end;
  const sorted = [...values].sort((a, b) => (a ?? Infinity) - (b ?? Infinity));
  const [first] = sorted;
  const last = sorted.at(-1);
  if (first === undefined || last === undefined) return 'no run';
  const middle = write(median(values), unit);
  return sorted.length === 1 ? middle : `${middle} (${write(first, '')}-${write(last, '')})`;
};

export const total = (
  results: readonly ScenarioResult[],
  count: (result: ScenarioResult) => number,
): number => results.reduce((sum, result) => sum + count(result), 0);

/** A Markdown table. */
export const table = (
  head: readonly string[],
  rows: readonly (readonly string[])[],
): readonly string[] =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
