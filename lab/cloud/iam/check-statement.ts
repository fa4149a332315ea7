/**
 * Refuses statements that could not mean on AWS what they say, or that the lab cannot judge: at deployment, so that no
 * run goes on with half a policy.
 */
import { checkPattern, factsOf, hasKey } from './catalogue.ts';
import type { Statement } from './policy.ts';

/** Keys that come with the caller or its service, whatever the action. */
const FOLLOWING = new Set(['lambda:sourcefunctionarn', 'aws:sourceaccount', 'aws:sourcearn']);

/** Keys whose value the lab reads from the call itself. */
const OF_CALLS = new Set([
  'events:source',
  'events:detail-type',
  'cloudwatch:namespace',
  'dynamodb:leadingkeys',
  'autoscaling:minsize',
  'autoscaling:maxsize',
  'elasticloadbalancing:createaction',
  's3:prefix',
  'kms:viaservice',
]);

/** Calls whose own tags the lab reads: the rule that is created, and the right to tag it that comes with it. */
const TAGGING = new Set(['elasticloadbalancing:CreateRule', 'elasticloadbalancing:AddTags']);

/** Services whose resources have tags in the lab. */
const TAGGED = new Set(['autoscaling', 'ec2', 'elasticloadbalancing', 'ssm']);

/** @throws Error that names statement, action and key. */
export const checkStatement = async (statement: Statement): Promise<void> => {
  for (const action of statement.actions) await checkAction(statement, action);
};

const checkAction = async (statement: Statement, action: string): Promise<void> => {
  const where = `${statement.owner}/${statement.sid}`;
  if (/[*?]/.test(action)) {
    if (statement.conditions.length > 0) {
      throw new Error(`${where}: the lab wants actions under a condition written out`);
    }
    await checkPattern(action);
    return;
  }
  const facts = await factsOf(action);
  for (const { key } of statement.conditions) {
    if (FOLLOWING.has(key)) continue;
    if (!hasKey(facts, key)) throw new Error(`${where}: AWS knows no ${key} for ${action}`);
    if (!isTold(action, key)) throw new Error(`${where}: the lab cannot tell ${key}`);
  }
};

const isTold = (action: string, key: string): boolean => {
  if (OF_CALLS.has(key)) return true;
  const isRequestTag = key.startsWith('aws:requesttag/') || key === 'aws:tagkeys';
  if (isRequestTag) return TAGGING.has(action);
  const [service = ''] = action.split(':');
  const isTag = key.startsWith('aws:resourcetag/') || key.startsWith(`${service}:resourcetag/`);
  return isTag && TAGGED.has(service);
};
