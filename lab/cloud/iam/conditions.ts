/**
 * Condition blocks, by the rules of the IAM user guide ("IAM JSON policy elements: Condition operators"): all keys of a
 * block must hold, and of each key any value. An operator that is not here is an error, so that nothing is allowed by
 * a rule that the lab only guesses.
 */
import { isRecord } from '../parameters.ts';
import { arnMatches, matches } from './match.ts';

/** What is known of a call, by key in lower case. A key that is not there was not in the request. */
export type Values = ReadonlyMap<string, readonly string[]>;

export interface Condition {
  /** In lower case: keys are compared without regard to case. */
  readonly key: string;
  holds(values: Values): boolean;
}

type Test = (wanted: string, found: string) => boolean;

const TESTS: Readonly<Record<string, Test>> = {
  StringEquals: (wanted, found) => wanted === found,
  StringEqualsIgnoreCase: (wanted, found) => wanted.toLowerCase() === found.toLowerCase(),
  StringLike: matches,
  ArnEquals: arnMatches,
  ArnLike: arnMatches,
  Bool: (wanted, found) => wanted.toLowerCase() === found.toLowerCase(),
};

interface Operator {
  readonly test: Test;
  readonly isNegated: boolean;
  /** A missing key lets the condition hold. */
  readonly ifExists: boolean;
  readonly set: 'ForAllValues' | 'ForAnyValue' | null;
}

/** @throws Error on an operator, a value or a policy variable that the lab does not know. */
export const parseConditions = (block: unknown, where: string): readonly Condition[] => {
  if (block === undefined) return [];
  if (!isRecord(block)) throw new Error(`${where}: a condition is not an object`);
  return Object.entries(block).flatMap(([name, keys]) => {
    if (!isRecord(keys)) throw new Error(`${where}: ${name} has no keys`);
    return Object.entries(keys).map(([key, wanted]): Condition => {
      const values = valuesOf(wanted, `${where}, ${name} ${key}`);
      return { key: key.toLowerCase(), holds: holdsOf(name, key, { values, where }) };
    });
  });
};

const valuesOf = (wanted: unknown, where: string): readonly string[] =>
  [wanted].flat().map((value) => {
    const isPlain = ['string', 'boolean', 'number'].includes(typeof value);
    if (!isPlain) throw new Error(`${where}: a value is not a string`);
    const text = String(value);
    if (/\$\{/.test(text)) throw new Error(`${where}: the lab knows no policy variables`);
    return text;
  });

const holdsOf = (
  name: string,
  key: string,
  { values, where }: { readonly values: readonly string[]; readonly where: string },
): Condition['holds'] => {
  const lower = key.toLowerCase();
  if (name === 'Null') return (known) => known.has(lower) === (values[0] === 'false');
  const operator = parseOperator(name, where);
  return (known) => {
    const found = known.get(lower);
    if (found === undefined || found.length === 0) return holdsWithout(operator);
    if (operator.set === null && found.length > 1) {
      throw new Error(`${where}: ${name} on ${key}, which has ${found.length} values here`);
    }
    const fits = (value: string): boolean =>
      values.some((wanted) => operator.test(wanted, value)) !== operator.isNegated;
    return operator.set === 'ForAnyValue' ? found.some(fits) : found.every(fits);
  };
};

const holdsWithout = ({ set, ifExists, isNegated }: Operator): boolean => {
  if (set !== null) return set === 'ForAllValues';
  return ifExists || isNegated;
};

const parseOperator = (name: string, where: string): Operator => {
  const [, set, rest = ''] = /^(?:(ForAllValues|ForAnyValue):)?(.*)$/.exec(name) ?? [];
  const ifExists = rest.endsWith('IfExists');
  const word = ifExists ? rest.slice(0, -'IfExists'.length) : rest;
  const positive = word.replace(/^(String|Arn)Not/, '$1');
  const test = TESTS[positive];
  if (test === undefined) throw new Error(`${where}: the lab knows no condition operator ${name}`);
  const known = set === 'ForAllValues' || set === 'ForAnyValue' ? set : null;
  return { test, isNegated: positive !== word, ifExists, set: known };
};
