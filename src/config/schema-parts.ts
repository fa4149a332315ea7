/** What the fields of a fleets file are made of, each with words for what is wrong. */
import * as v from 'valibot';
import { allowed, allowedFields, allowedWords } from './wording.ts';

/** A block in which unknown fields are errors. */
export const block = <const E extends v.ObjectEntries>(entries: E) =>
  v.strictObject(entries, allowedFields(entries));

export const words = <const W extends readonly string[]>(options: W) =>
  v.picklist(options, allowedWords(options));

export const text = (pattern: RegExp, description: string) =>
  v.pipe(v.string(allowed(description)), v.regex(pattern, allowed(description)));

export const wholeNumber = (min: number, max: number, description: string) => {
  const message = allowed(description);
  return v.pipe(
    v.number(message),
    v.integer(message),
    v.minValue(min, message),
    v.maxValue(max, message),
  );
};

export const port = wholeNumber(1, 65_535, 'a port from 1 to 65535');
