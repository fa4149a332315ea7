/**
 * Where an Application Load Balancer sends a fleet's users, read in one call: the rules of a listener, its default action
 * among them. One of them is the fleet's to change; another one, with our header, leads to the side in preview.
 */
import {
  type Action,
  type ElasticLoadBalancingV2Client,
  paginateDescribeRules,
  type Rule,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { listenerOf } from '../../config/balancer-arn.ts';
import { type Fleet, type FleetRouting, fleetOn } from '../../config/fleet.ts';
import type { Routing, SideName } from '../../core/sides.ts';
import { PREVIEW_HEADER } from '../../preview-header.ts';
import { pagesOf } from './call.ts';
import type { AwsClients } from './clients.ts';
import { AnswerUnusable, readGroup } from './group.ts';

export interface RoutingParts {
  readonly fleet: Fleet;
  readonly clients: Pick<AwsClients, 'retried'>;
}

/** The same, of a fleet whose routing is of one kind. */
export interface RoutedBy<Kind extends FleetRouting['kind']> extends RoutingParts {
  readonly routing: Extract<FleetRouting, { kind: Kind }>;
}

/** The target groups of each side. */
export type SideTargets = Readonly<Record<SideName, readonly string[]>>;

export interface KnownRules {
  readonly listener: string;
  /** The one that leads users. */
  readonly users: Rule;
  /** Those that lead calls with our header; one is enough. */
  readonly previews: readonly Rule[];
  /** Of all rules: taken. */
  readonly priorities: ReadonlySet<string>;
}

/** @throws CallFailed, AnswerUnusable */
export const readRouting = async (
  parts: RoutedBy<'application'>,
  signal: AbortSignal,
): Promise<Routing> => {
  const [rules, targets] = await Promise.all([
    readRules(parts, signal),
    readSideTargets(parts, signal),
  ]);
  const [preview] = rules.previews;
  return {
    side: sideOf(rules.users, targets),
    preview: preview === undefined ? null : sideOf(preview, targets),
  };
};

/** @throws CallFailed, AnswerUnusable */
export const readRules = async (
  { fleet, clients, routing: { arn } }: RoutedBy<'application'>,
  abortSignal: AbortSignal,
): Promise<KnownRules> => {
  const listener = listenerOf(arn);
  const rules = await rulesOf(clients.retried.balancing, listener, abortSignal);
  const users = rules.find((rule) =>
    arn === listener ? rule.IsDefault === true : rule.RuleArn === arn,
  );
  if (users === undefined) {
    throw new AnswerUnusable(
      `the load balancer has no ${arn === listener ? 'default action' : 'rule'} ${arn}: correct \`routing\` of fleet "${fleet.name}"`,
    );
  }
  const previews = rules.filter((rule) => isPreview(rule, fleet));
  const priorities = new Set(rules.map(({ Priority }) => Priority ?? ''));
  return { listener, users, previews, priorities };
};

const rulesOf = async (
  client: ElasticLoadBalancingV2Client,
  ListenerArn: string,
  abortSignal: AbortSignal,
): Promise<readonly Rule[]> => {
  const pages = await pagesOf(
    'elasticloadbalancing:DescribeRules',
    paginateDescribeRules({ client }, { ListenerArn }, { abortSignal }),
  );
  return pages.flatMap((page) => page.Rules ?? []);
};

const isPreview = ({ Conditions = [] }: Rule, { name }: Fleet): boolean =>
  Conditions.some(
    ({ HttpHeaderConfig }) =>
      HttpHeaderConfig?.HttpHeaderName?.toLowerCase() === PREVIEW_HEADER &&
      HttpHeaderConfig.Values?.includes(name) === true,
  );

/** @throws CallFailed, AnswerUnusable when the two sides cannot be told from each other */
export const readSideTargets = async (
  { fleet, clients }: RoutingParts,
  signal: AbortSignal,
): Promise<SideTargets> => {
  const of = async (side: SideName): Promise<readonly string[]> => {
    const there = fleetOn(fleet, side);
    if (there === null) return [];
    return (await readGroup(clients.retried.autoScaling, there, signal)).targetGroupArns;
  };
  const [blue, green] = await Promise.all([of('blue'), of('green')]);
  const common = blue.find((arn) => green.includes(arn));
  if (common !== undefined) {
    throw new AnswerUnusable(
      `both groups of fleet "${fleet.name}" register in target group ${common}: give each one of its own`,
    );
  }
  return { blue, green };
};

/** `null`: not all of it goes to one of the sides. */
export const sideOf = (rule: Pick<Rule, 'Actions'>, targets: SideTargets): SideName | null => {
  const used = forwardedTo(rule);
  if (used.length === 0) return null;
  const all = (arns: readonly string[]): boolean => used.every((arn) => arns.includes(arn));
  if (all(targets.blue)) return 'blue';
  return all(targets.green) ? 'green' : null;
};

/** Target groups that get anything. A rule that redirects or answers itself leads nowhere. */
export const forwardedTo = ({ Actions = [] }: Pick<Rule, 'Actions'>): readonly string[] => {
  const forwards = Actions.filter(({ Type }) => Type === 'forward');
  return forwards.flatMap(({ TargetGroupArn, ForwardConfig }) => {
    const weighted = (ForwardConfig?.TargetGroups ?? []).filter(({ Weight = 1 }) => Weight > 0);
    const arns = weighted.flatMap(({ TargetGroupArn: arn }) => arn ?? []);
    return arns.length === 0 && TargetGroupArn !== undefined ? [TargetGroupArn] : arns;
  });
};

/** Whether users are asked who they are before they are let through. */
export const authenticates = ({ Actions = [] }: Rule): boolean =>
  Actions.some(
    ({ Type }) => Type?.startsWith('authenticate-') === true || Type === 'jwt-validation',
  );

/** A forward to all of `arns` alike, in one change; stickiness stays as it was. */
export const forwardTo = (arns: readonly string[], before?: Action): Action => {
  const stickiness = before?.ForwardConfig?.TargetGroupStickinessConfig;
  return {
    Type: 'forward',
    ...(before?.Order === undefined ? {} : { Order: before.Order }),
    ForwardConfig: {
      TargetGroups: arns.map((arn) => ({ TargetGroupArn: arn, Weight: 1 })),
      ...(stickiness === undefined ? {} : { TargetGroupStickinessConfig: stickiness }),
    },
  };
};
