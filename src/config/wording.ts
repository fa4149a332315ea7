/** How a problem in the fleets file is told: what was found, what is allowed, and what was probably meant. */
import * as v from 'valibot';
import { nearest } from './nearest.ts';

type Issue = v.BaseIssue<unknown>;

const SHOWN_MAX = 60;

/** What was found, short enough for one line. */
const show = (found: unknown): string => {
  if (found === undefined || found === null) return 'nothing';
  if (Array.isArray(found)) return 'a list';
  if (typeof found === 'object') return 'a block';
  const text = JSON.stringify(found);
  return text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}...` : text;
};

const meant = (found: unknown, words: readonly string[]): string => {
  const guess = typeof found === 'string' ? nearest(found, words) : null;
  return guess === null ? '' : ` (did you mean ${guess}?)`;
};

/** For a value: `found 0; allowed: a port from 1 to 65535`. */
export const allowed =
  (text: string) =>
  (issue: Issue): string =>
    `found ${show(issue.input)}; allowed: ${text}`;

/** For a value out of a closed set of words. */
export const allowedWords =
  (words: readonly string[]) =>
  (issue: Issue): string =>
    `${allowed(words.join(', '))(issue)}${meant(issue.input, words)}`;

/** For a block with a closed set of fields: unknown, missing, or no block at all. */
export const allowedFields = (entries: v.ObjectEntries) => {
  const fields = Object.keys(entries);
  return (issue: Issue): string => {
    const field = issue.path?.at(-1);
    if (isUnknownField(issue)) {
      return `unknown field; allowed here: ${fields.join(', ')}${meant(field?.key, fields)}`;
    }
    if (field?.origin !== 'key') {
      return allowed(`a block with the fields ${fields.join(', ')}`)(issue);
    }
    const help = descriptionOf(entries[String(field.key)]);
    return `is required, found nothing${help === undefined ? '' : `; it is: ${help}`}`;
  };
};

const descriptionOf = (entry: v.ObjectEntries[string] | undefined): string | undefined =>
  entry === undefined ? undefined : v.getDescription(entry);

export const isUnknownField = (issue: Issue): boolean =>
  issue.type === 'strict_object' && issue.expected === 'never';
