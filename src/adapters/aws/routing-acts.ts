/**
 * Changes of an Application Load Balancer. Each says how it shall be, looks first how it is, and does nothing when it is so already: so
 * all of them may come twice.
 */
import {
  type Action,
  CreateRuleCommand,
  DeleteRuleCommand,
  ModifyListenerCommand,
  ModifyRuleCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { type Fleet, noSuchSide } from '../../config/fleet.ts';
import type { SideName } from '../../core/sides.ts';
import { PREVIEW_HEADER } from '../../preview-header.ts';
import { done, failed, gone, mutate, type Result, unchecked, worstOf } from './act-result.ts';
import type { AwsClients } from './clients.ts';
import { FLEET_TAG } from './group.ts';
import {
  authenticates,
  forwardedTo,
  forwardTo,
  type KnownRules,
  type RoutedBy,
  readRules,
  readSideTargets,
} from './routing.ts';

interface Parts extends RoutedBy<'application'> {
  readonly clients: Pick<AwsClients, 'once' | 'retried'>;
}

interface Known {
  readonly rules: KnownRules;
  /** Target groups of the side that the act leads to. */
  readonly wanted: readonly string[];
}

/** ELBv2's range. */
const PRIORITY_MAX = 50_000;

/** All users to one side, in one call; who else is asked on the way there (authentication) stays. */
export const switchTo = async (
  parts: Parts,
  side: SideName,
  signal: AbortSignal,
): Promise<Result> => {
  const known = await knowing(parts, side, signal);
  if ('outcome' in known) return known;
  const { rules, wanted } = known;
  const { users, listener } = rules;
  if (isSame(forwardedTo(users), wanted)) return done(`users go to the ${side} side already`);
  const Actions = withForward(users.Actions ?? [], wanted);
  const { balancing } = parts.clients.once;
  const sent = done(`users go to the ${side} side`);
  if (users.IsDefault === true) {
    const command = new ModifyListenerCommand({ ListenerArn: listener, DefaultActions: Actions });
    return await mutate('elasticloadbalancing:ModifyListener', signal, async () => {
      await balancing.send(command, { abortSignal: signal });
      return sent;
    });
  }
  const command = new ModifyRuleCommand({ RuleArn: users.RuleArn, Actions });
  return await mutate('elasticloadbalancing:ModifyRule', signal, async () => {
    await balancing.send(command, { abortSignal: signal });
    return sent;
  });
};

/** A rule before that of the users, for calls with our header alone. */
export const preview = async (
  parts: Parts,
  side: SideName,
  signal: AbortSignal,
): Promise<Result> => {
  const known = await knowing(parts, side, signal);
  if ('outcome' in known) return known;
  const { rules, wanted } = known;
  if (authenticates(rules.users)) {
    return failed(
      'the load balancer asks users who they are, and a rule for verifying would let calls past that: a side cannot be verified there',
    );
  }
  const others = rules.previews.filter((rule) => !isSame(forwardedTo(rule), wanted));
  const right = rules.previews.length - others.length;
  const ended = await deleteAll(parts, others, signal);
  if (ended.outcome !== 'done') return ended;
  if (right > 0)
    return done(`calls with the header ${PREVIEW_HEADER} go to the ${side} side already`);
  return await create(parts, side, known, signal);
};

const create = async (
  { fleet, clients }: Parts,
  side: SideName,
  { rules, wanted }: Known,
  abortSignal: AbortSignal,
): Promise<Result> => {
  const priority = freePriority(rules);
  if (priority === null) {
    return failed(
      `no priority is free before the rule that leads users (${rules.users.Priority}): move that rule further back`,
    );
  }
  const command = new CreateRuleCommand({
    ListenerArn: rules.listener,
    Priority: priority,
    Conditions: [
      {
        Field: 'http-header',
        HttpHeaderConfig: { HttpHeaderName: PREVIEW_HEADER, Values: [fleet.name] },
      },
    ],
    Actions: [forwardTo(wanted)],
    Tags: [{ Key: FLEET_TAG, Value: fleet.name }],
  });
  return await mutate('elasticloadbalancing:CreateRule', abortSignal, async () => {
    await clients.once.balancing.send(command, { abortSignal });
    return done(`calls with the header ${PREVIEW_HEADER} go to the ${side} side`);
  });
};

/** The first that is free: rules are tried in this order, and a broader one must not come before ours. */
const freePriority = ({ priorities, users }: KnownRules): number | null => {
  const before = users.IsDefault === true ? PRIORITY_MAX + 1 : Number(users.Priority);
  for (let priority = 1; priority < before; priority += 1) {
    if (!priorities.has(`${priority}`)) return priority;
  }
  return null;
};

export const endPreview = async (parts: Parts, signal: AbortSignal): Promise<Result> => {
  try {
    const { previews } = await readRules(parts, signal);
    return await deleteAll(parts, previews, signal);
  } catch (error) {
    return unchecked(error);
  }
};

const deleteAll = async (
  { clients }: Parts,
  rules: KnownRules['previews'],
  abortSignal: AbortSignal,
): Promise<Result> => {
  if (rules.length === 0) return done('there is no rule for verifying');
  const results = rules.map(async ({ RuleArn }) => {
    const command = new DeleteRuleCommand({ RuleArn });
    const result = await mutate('elasticloadbalancing:DeleteRule', abortSignal, async () => {
      await clients.once.balancing.send(command, { abortSignal });
      return done('the rule for verifying is deleted');
    });
    return gone(result, 'RuleNotFound', /./);
  });
  return worstOf(await Promise.all(results));
};

/** How it is, or why nobody knows: then nothing is done. */
const knowing = async (
  parts: Parts,
  side: SideName,
  signal: AbortSignal,
): Promise<Known | Result> => {
  try {
    const [rules, targets] = await Promise.all([
      readRules(parts, signal),
      readSideTargets(parts, signal),
    ]);
    const wanted = targets[side];
    if (wanted.length > 0) return { rules, wanted };
    return failed(withoutTargets(parts.fleet, side));
  } catch (error) {
    return unchecked(error);
  }
};

/** For people, when there is nothing that a side could be led to by. */
export const withoutTargets = (fleet: Fleet, side: SideName): string =>
  side === 'green' && fleet.standby === null
    ? noSuchSide(fleet, side)
    : `the group of the ${side} side has no target group: attach one`;

export const isSame = (found: readonly string[], wanted: readonly string[]): boolean =>
  found.length === wanted.length && wanted.every((arn) => found.includes(arn));

/** What does not forward stays as it is and where it is. */
const withForward = (actions: readonly Action[], wanted: readonly string[]): Action[] => {
  const others = actions.filter(({ Type }) => Type !== 'forward');
  const before = actions.find(({ Type }) => Type === 'forward');
  return [...others, forwardTo(wanted, before)];
};
