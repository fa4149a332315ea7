/** Turns what moto stores about load balancing into the configuration of the lab's real load balancer. */
import {
  type Action,
  DescribeListenersCommand,
  DescribeLoadBalancersCommand,
  DescribeRulesCommand,
  DescribeTargetGroupAttributesCommand,
  DescribeTargetGroupsCommand,
  type Rule,
  type TargetGroup,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Balancer, RuleSpec, TargetGroupSpec } from '../parts.ts';
import type { Clients } from './clients.ts';
import type { Instances } from './instances.ts';
import { createQueue } from './queue.ts';
import type { Targets } from './targets.ts';

type GroupSettings = Omit<TargetGroupSpec, 'targets' | 'draining'>;

export interface Balancing {
  /** Reads moto again and configures the balancer; resolves when that is done. */
  refresh: () => Promise<void>;
  /** Configures the balancer again with the targets of now. */
  apply: () => void;
  /** As the balancer has them, default rules last. */
  rules: () => readonly RuleSpec[];
  /** Whether a listener's rule names the group. */
  isInUse: (targetGroupArn: string) => boolean;
  /** Load balancers with a rule that names the group. */
  leadingTo: (targetGroupArn: string) => readonly string[];
  /** The groups that users are sent to: those of the rules without a condition, weight 0 left out. */
  usersGo: () => readonly string[];
  delayMs: (targetGroupArn: string) => number;
}

/** ELBv2's defaults. */
const DEREGISTRATION_DELAY_S = 300;
const INTERVAL_S = 30;
const TIMEOUT_S = 5;
const HEALTHY_COUNT = 5;
const UNHEALTHY_COUNT = 2;
const STICKINESS_S = 86_400;

export const createBalancing = (parts: {
  readonly moto: Clients;
  readonly balancer: Balancer;
  readonly instances: Instances;
  /** Created later: targets need the delays that are read here. */
  readonly targets: () => Targets;
}): Balancing => {
  const { moto, balancer, instances, targets } = parts;
  const oneAtATime = createQueue();
  let groups: readonly GroupSettings[] = [];
  let listening: readonly Listening[] = [];
  const delays = new Map<string, number>();

  const withTargets = (group: GroupSettings): TargetGroupSpec => {
    const registered = targets().of(group.arn);
    const reachable = registered.flatMap(({ instanceId, port }) => {
      const instance = instances.find(instanceId);
      const isUp = instance?.state === 'running' || instance?.state === 'shutting-down';
      return instance && isUp ? [{ instanceId, address: instance.address, port }] : [];
    });
    const draining = registered.filter((each) => each.draining).map((each) => each.instanceId);
    return { ...group, targets: reachable, draining };
  };
  const rules = (): readonly RuleSpec[] =>
    listening.map(({ rule }) => rule).sort((a, b) => orderOf(a) - orderOf(b));
  const apply = (): void =>
    balancer.configure({ targetGroups: groups.map(withTargets), rules: rules() });
  const read = async (): Promise<void> => {
    const described = await moto.elb.send(new DescribeTargetGroupsCommand({}));
    const found: GroupSettings[] = [];
    for (const group of described.TargetGroups ?? []) {
      const attributes = await readAttributes(moto, group.TargetGroupArn ?? '');
      const delayS = attributes.get('deregistration_delay.timeout_seconds');
      delays.set(group.TargetGroupArn ?? '', Number(delayS ?? DEREGISTRATION_DELAY_S) * 1000);
      found.push(settingsOf(group, attributes));
    }
    groups = found;
    listening = await readRules(moto);
    apply();
  };
  return {
    refresh: async () => await oneAtATime(read),
    apply,
    rules,
    isInUse: (arn) => rules().some((rule) => names(rule, arn)),
    leadingTo: (arn) => {
      const leading = listening.filter(({ rule }) => names(rule, arn));
      return [...new Set(leading.map(({ loadBalancerArn }) => loadBalancerArn))];
    },
    usersGo: () =>
      rules()
        .filter(({ header }) => header === null)
        .flatMap(({ forward }) => forward)
        .filter(({ weight }) => weight > 0)
        .map(({ targetGroupArn }) => targetGroupArn),
    delayMs: (arn) => delays.get(arn) ?? DEREGISTRATION_DELAY_S * 1000,
  };
};

interface Listening {
  readonly loadBalancerArn: string;
  readonly rule: RuleSpec;
}

const names = (rule: RuleSpec, arn: string): boolean =>
  rule.forward.some(({ targetGroupArn }) => targetGroupArn === arn);

const orderOf = ({ priority }: RuleSpec): number => priority ?? Infinity;

const readAttributes = async (moto: Clients, arn: string): Promise<Map<string, string>> => {
  const request = new DescribeTargetGroupAttributesCommand({ TargetGroupArn: arn });
  const { Attributes = [] } = await moto.elb.send(request);
  return new Map(Attributes.map(({ Key = '', Value = '' }) => [Key, Value]));
};

const settingsOf = (group: TargetGroup, attributes: Map<string, string>): GroupSettings => {
  const isSticky = attributes.get('stickiness.enabled') === 'true';
  const stickyS = attributes.get('stickiness.lb_cookie.duration_seconds') ?? STICKINESS_S;
  return {
    arn: group.TargetGroupArn ?? '',
    healthCheck: {
      port: portOf(group),
      path: group.HealthCheckPath ?? '/',
      intervalMs: (group.HealthCheckIntervalSeconds ?? INTERVAL_S) * 1000,
      timeoutMs: (group.HealthCheckTimeoutSeconds ?? TIMEOUT_S) * 1000,
      healthyThreshold: group.HealthyThresholdCount ?? HEALTHY_COUNT,
      unhealthyThreshold: group.UnhealthyThresholdCount ?? UNHEALTHY_COUNT,
    },
    stickinessMs: isSticky ? Number(stickyS) * 1000 : null,
  };
};

/** `null`: the port that a target is registered with, ELBv2's `traffic-port`. */
const portOf = ({ HealthCheckPort = 'traffic-port' }: TargetGroup): number | null =>
  HealthCheckPort === 'traffic-port' ? null : Number(HealthCheckPort);

/** The lab runs one load balancer: the rules of all its listeners. */
const readRules = async (moto: Clients): Promise<readonly Listening[]> => {
  const { LoadBalancers = [] } = await moto.elb.send(new DescribeLoadBalancersCommand({}));
  const found: Listening[] = [];
  for (const { LoadBalancerArn = '' } of LoadBalancers) {
    const { Listeners = [] } = await moto.elb.send(
      new DescribeListenersCommand({ LoadBalancerArn }),
    );
    for (const { ListenerArn } of Listeners) {
      const { Rules = [] } = await moto.elb.send(new DescribeRulesCommand({ ListenerArn }));
      found.push(
        ...Rules.map((rule) => ({ loadBalancerArn: LoadBalancerArn, rule: ruleOf(rule) })),
      );
    }
  }
  return found;
};

const ruleOf = (rule: Rule): RuleSpec => {
  const isDefault = rule.IsDefault === true || rule.Priority === 'default';
  const header = rule.Conditions?.find((each) => each.Field === 'http-header')?.HttpHeaderConfig;
  const name = header?.HttpHeaderName;
  const value = header?.Values?.[0];
  return {
    priority: isDefault ? null : Number(rule.Priority),
    header: name !== undefined && value !== undefined ? { name, value } : null,
    forward: (rule.Actions ?? []).flatMap(forwardsOf),
  };
};

const forwardsOf = (action: Action): RuleSpec['forward'] => {
  const weighted = action.ForwardConfig?.TargetGroups ?? [];
  if (weighted.length > 0) {
    // One group alone gets everything, whatever its weight says; a missing weight counts as 1.
    const isAlone = weighted.length === 1;
    return weighted.map(({ TargetGroupArn = '', Weight }) => ({
      targetGroupArn: TargetGroupArn,
      weight: isAlone ? 1 : (Weight ?? 1),
    }));
  }
  return action.TargetGroupArn === undefined
    ? []
    : [{ targetGroupArn: action.TargetGroupArn, weight: 1 }];
};
