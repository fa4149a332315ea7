/**
 * One request against a list of statements: an explicit Deny wins, then an Allow is needed (IAM user guide, "Policy
 * evaluation logic"; the lab has no organisation, boundaries or sessions).
 */
import type { Values } from './conditions.ts';
import { actionMatches, resourceMatches } from './match.ts';
import type { Statement } from './policy.ts';

export interface Request {
  /** `service:Action`. */
  readonly action: string;
  /** An ARN, or `*` for calls without a resource. */
  readonly resource: string;
  readonly values: Values;
}

export type Verdict =
  | { readonly kind: 'allowed'; readonly by: readonly Statement[] }
  | { readonly kind: 'denied'; readonly by: readonly Statement[] }
  /** Nobody said no, but nobody said yes. */
  | { readonly kind: 'notAllowed' };

export const evaluate = (statements: readonly Statement[], request: Request): Verdict => {
  const applying = statements.filter((statement) => applies(statement, request));
  const denying = applying.filter(({ effect }) => effect === 'Deny');
  if (denying.length > 0) return { kind: 'denied', by: denying };
  return applying.length > 0 ? { kind: 'allowed', by: applying } : { kind: 'notAllowed' };
};

const applies = (
  { actions, resources, conditions }: Statement,
  { action, resource, values }: Request,
): boolean =>
  actions.some((pattern) => actionMatches(pattern, action)) &&
  resources.some((pattern) => resourceMatches(pattern, resource)) &&
  conditions.every((condition) => condition.holds(values));
