/**
 * Target health in ELBv2's words, decided from a configuration and the results of health checks. Pure, because two
 * processes need it: the balancer to route, its parent to answer `DescribeTargetHealth`.
 */
import type { BalancerSpec, BalancerTarget, TargetGroupSpec, TargetHealth } from '../parts.ts';

export type CheckResult =
  | 'pass'
  | 'Target.Timeout'
  | 'Target.FailedHealthChecks'
  | 'Target.ResponseCodeMismatch';

/** What the checks of one target say so far. */
export interface CheckState {
  readonly state: 'initial' | 'healthy' | 'unhealthy';
  readonly reason: string | null;
  /** Results in a row that speak against `state`. */
  readonly against: number;
}

/** By `targetKey`. */
export type Checks = Readonly<Record<string, CheckState>>;

/** A target is another one when its address changes, whatever its id says. */
export const targetKey = (groupArn: string, target: BalancerTarget): string =>
  `${groupArn} ${target.instanceId} ${target.address}:${target.port}`;

export const UNCHECKED: CheckState = {
  state: 'initial',
  reason: 'Elb.RegistrationInProgress',
  against: 0,
};

/**
 * One more result:
 * - a new target needs one pass (ELBv2 guide, "Health checks for your target groups"), whatever `healthyThreshold` says;
 * - it stays `initial` until `unhealthyThreshold` failures in a row, then it is `unhealthy`;
 * - afterwards each change needs its threshold of results in a row.
 */
export const afterCheck = (
  before: CheckState,
  result: CheckResult,
  thresholds: Pick<TargetGroupSpec['healthCheck'], 'healthyThreshold' | 'unhealthyThreshold'>,
): CheckState => {
  const passed = result === 'pass';
  if (before.state === 'healthy' ? passed : !passed && before.state === 'unhealthy') {
    return { state: before.state, reason: passed ? null : result, against: 0 };
  }
  const against = before.against + 1;
  const needed = passed
    ? before.state === 'initial'
      ? 1
      : thresholds.healthyThreshold
    : thresholds.unhealthyThreshold;
  if (against >= needed) {
    return passed
      ? { state: 'healthy', reason: null, against: 0 }
      : { state: 'unhealthy', reason: result, against: 0 };
  }
  const reason = before.state === 'initial' ? 'Elb.InitialHealthChecking' : before.reason;
  return { state: before.state, reason, against };
};

/** Groups that a rule forwards to, weight 0 included. Others are not checked. */
export const groupsInUse = (spec: BalancerSpec): ReadonlySet<string> =>
  new Set(spec.rules.flatMap((rule) => rule.forward.map((forward) => forward.targetGroupArn)));

/** The targets that are health-checked and may get new requests. */
export const activeTargets = (group: TargetGroupSpec): readonly BalancerTarget[] =>
  group.targets.filter((target) => !group.draining.includes(target.instanceId));

/** Every registered target, in the order of the configuration; draining ones last. */
export const targetHealth = (spec: BalancerSpec, checks: Checks): readonly TargetHealth[] => {
  const used = groupsInUse(spec);
  return spec.targetGroups.flatMap((group) => {
    const active = activeTargets(group).map((target): TargetHealth => {
      const of = { targetGroupArn: group.arn, instanceId: target.instanceId };
      if (!used.has(group.arn)) return { ...of, state: 'unused', reason: 'Target.NotInUse' };
      const { state, reason } = checks[targetKey(group.arn, target)] ?? UNCHECKED;
      return { ...of, state, reason };
    });
    const draining = group.draining.map(
      (instanceId): TargetHealth => ({
        targetGroupArn: group.arn,
        instanceId,
        state: 'draining',
        reason: 'Target.DeregistrationInProgress',
      }),
    );
    return [...active, ...draining];
  });
};
