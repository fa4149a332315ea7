/** A duration in a fleets file, within what makes sense: from text to milliseconds. */
import * as v from 'valibot';
import { DURATION_EXAMPLES, DURATION_PATTERN, formatDuration, parseDuration } from './duration.ts';
import { allowed } from './wording.ts';

export interface DurationRange {
  readonly standardMs: number;
  readonly minMs: number;
  readonly maxMs: number;
  /** What an editor shows; the default and the range follow by themselves. */
  readonly help: string;
}

/** Of text that is there: whoever may leave it out says so around it. */
export const durationField = ({ standardMs, minMs, maxMs, help }: DurationRange) => {
  const range = `${formatDuration(minMs)} to ${formatDuration(maxMs)}`;
  const message = allowed(`${DURATION_EXAMPLES}, from ${range}`);
  const outside = ({ input }: { input: number }): string =>
    `found ${formatDuration(input)}; allowed: ${range}`;
  return v.pipe(
    v.string(message),
    v.regex(DURATION_PATTERN, message),
    v.description(`${help} Default ${formatDuration(standardMs)}, ${range}.`),
    v.transform((duration) => parseDuration(duration) ?? Number.NaN),
    v.minValue(minMs, outside),
    v.maxValue(maxMs, outside),
  );
};

/** The same, with its default where it is left out. */
export const durationOr = (range: DurationRange) =>
  v.optional(durationField(range), formatDuration(range.standardMs));
