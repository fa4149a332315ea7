/** Policy documents as the template has them, after its intrinsic functions are resolved. */
import { isRecord, optionalText, type Parameters } from '../parameters.ts';
import { type Condition, parseConditions } from './conditions.ts';

export interface Statement {
  /** Whose policy it is in: a role's logical id, or a function's ARN. */
  readonly owner: string;
  /** The policy's name; roles may share one. */
  readonly policy: string;
  /** Its `Sid`, or its place in the policy. */
  readonly sid: string;
  readonly effect: 'Allow' | 'Deny';
  /** AWS's services that it speaks of; empty in policies of roles. */
  readonly services: readonly string[];
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly conditions: readonly Condition[];
}

/** `NotAction` and its kind would turn the meaning round: what is not here is an error. */
const ELEMENTS = new Set(['Sid', 'Effect', 'Principal', 'Action', 'Resource', 'Condition']);

/** @throws Error on an element, effect or operator that the lab does not know. */
export const parsePolicy = (
  owner: string,
  policy: string,
  document: unknown,
): readonly Statement[] => {
  if (!isRecord(document)) throw new Error(`${owner}: a policy is not an object`);
  return [document['Statement']].flat().map((given, index) => {
    if (!isRecord(given)) throw new Error(`${owner}: a statement is not an object`);
    return { owner, policy, ...parseStatement(owner, index, given) };
  });
};

const parseStatement = (
  owner: string,
  index: number,
  given: Parameters,
): Omit<Statement, 'owner' | 'policy'> => {
  const sid = optionalText(given, 'Sid') ?? `${index + 1}`;
  const where = `${owner}/${sid}`;
  const unknown = Object.keys(given).find((name) => !ELEMENTS.has(name));
  if (unknown !== undefined) throw new Error(`${where}: the lab knows no element ${unknown}`);
  const effect = given['Effect'];
  if (effect !== 'Allow' && effect !== 'Deny') {
    throw new Error(`${where}: Effect is Allow or Deny, found ${String(effect)}`);
  }
  return {
    sid,
    effect,
    services: servicesOf(given['Principal'], where),
    actions: textsOf(given['Action'], `${where}, Action`),
    // A trust policy has none: it is about the role that carries it.
    resources: given['Resource'] === undefined ? ['*'] : textsOf(given['Resource'], where),
    conditions: parseConditions(given['Condition'], where),
  };
};

const textsOf = (value: unknown, where: string): readonly string[] =>
  [value].flat().map((each) => {
    if (typeof each !== 'string') throw new Error(`${where}: text expected`);
    return each;
  });

const servicesOf = (principal: unknown, where: string): readonly string[] => {
  if (principal === undefined) return [];
  const service = isRecord(principal) ? principal['Service'] : undefined;
  if (service === undefined) throw new Error(`${where}: the lab knows services as principals only`);
  return textsOf(service, where);
};
