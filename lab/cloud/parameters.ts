/** A call's parameters: a tree, whatever the protocol. Query values are strings, JSON values are themselves. */
import { AwsError } from './aws-error.ts';

export type Parameters = Readonly<Record<string, unknown>>;

type Tree = { [key: string]: Tree | string };

/** `Filter.1.Name=x` and `Tags.member.1.Key=y` to a tree with lists. */
export const unflatten = (form: URLSearchParams): Parameters => {
  const root: Tree = {};
  for (const [key, value] of form) {
    const path = key.split('.').filter((part) => part !== 'member');
    const last = path.pop() ?? key;
    let node = root;
    for (const part of path) {
      const known = node[part];
      const next: Tree = typeof known === 'object' ? known : {};
      node[part] = next;
      node = next;
    }
    node[last] = value;
  }
  return asRecord(listify(root));
};

const listify = (node: Tree | string): unknown => {
  if (typeof node === 'string') return node;
  const keys = Object.keys(node);
  if (keys.length > 0 && keys.every((key) => /^\d+$/.test(key))) {
    const ordered = keys.sort((a, b) => Number(a) - Number(b));
    return ordered.map((key) => listify(node[key] ?? ''));
  }
  return Object.fromEntries(keys.map((key) => [key, listify(node[key] ?? '')]));
};

export const optionalText = (parameters: Parameters, name: string): string | undefined => {
  const value = parameters[name];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
};

/** @throws AwsError `ValidationError` when it is missing. */
export const text = (parameters: Parameters, name: string): string => {
  const value = optionalText(parameters, name);
  if (value === undefined || value === '') {
    throw new AwsError('ValidationError', `The parameter ${name} is required.`);
  }
  return value;
};

/** `undefined` when absent, @throws AwsError when it is no whole number. */
export const optionalNumber = (parameters: Parameters, name: string): number | undefined => {
  const value = optionalText(parameters, name);
  if (value === undefined || value === '') return undefined;
  const parsed = Number(value);
  if (!Number.isInteger(parsed)) {
    throw new AwsError('ValidationError', `The parameter ${name} must be a number: ${value}`);
  }
  return parsed;
};

export const flag = (parameters: Parameters, name: string, otherwise: boolean): boolean => {
  const value = parameters[name];
  if (typeof value === 'boolean') return value;
  return typeof value === 'string' ? value.toLowerCase() === 'true' : otherwise;
};

/** Empty when absent. */
export const list = (parameters: Parameters, name: string): readonly unknown[] => {
  const value = parameters[name];
  return Array.isArray(value) ? value : [];
};

export const texts = (parameters: Parameters, name: string): readonly string[] =>
  list(parameters, name).filter((value): value is string => typeof value === 'string');

export const records = (parameters: Parameters, name: string): readonly Parameters[] =>
  list(parameters, name).filter(isRecord);

export const isRecord = (value: unknown): value is Parameters =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Empty when it is none. */
export const asRecord = (value: unknown): Parameters => (isRecord(value) ? value : {});

export const record = (parameters: Parameters, name: string): Parameters =>
  asRecord(parameters[name]);
