/** In and out of the load balancer, in every target group of the Auto Scaling group. */
import {
  DeregisterTargetsCommand,
  RegisterTargetsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Fleet } from '../../config/fleet.ts';
import type { InstanceId } from '../../core/observation.ts';
import { done, mutate, type Result, skipped, unchecked, worstOf } from './act-result.ts';
import type { AwsClients } from './clients.ts';
import { readGroup } from './group.ts';
import { readTargetHealth, type TargetEntry } from './target-health.ts';

interface Parts {
  readonly clients: Pick<AwsClients, 'once' | 'retried'>;
  readonly fleet: Fleet;
}

interface TargetGroup {
  readonly arn: string;
  readonly entries: readonly TargetEntry[];
}

/**
 * Out of the load balancer, unless that would take the last target that serves. The health is read here, freshly: it
 * may have changed since the plan was made.
 */
export const deregister = async (
  parts: Parts,
  instanceId: InstanceId,
  abortSignal: AbortSignal,
): Promise<Result> => {
  const arns = await targetGroupArns(parts, abortSignal);
  if (!Array.isArray(arns)) return arns;
  const groups = await targetGroups(parts, arns, abortSignal);
  if (!Array.isArray(groups)) return groups;
  const holding = groups.filter((group) => ownEntries(group, instanceId).length > 0);
  if (holding.length === 0) return done('not registered in any target group');
  const last = holding.find((group) => !servesWithout(group, instanceId));
  if (last !== undefined) {
    return skipped(`the last target that serves in ${nameOf(last.arn)}: it stays`);
  }
  const results = holding.map(async (group) => {
    const command = new DeregisterTargetsCommand({
      TargetGroupArn: group.arn,
      Targets: ownEntries(group, instanceId).map(({ port }) => ({ Id: instanceId, Port: port })),
    });
    return await mutate('elasticloadbalancing:DeregisterTargets', abortSignal, async () => {
      await parts.clients.once.balancing.send(command, { abortSignal });
      return done(`deregistered from ${nameOf(group.arn)}`);
    });
  });
  return worstOf(await Promise.all(results));
};

/** Back into the load balancer, on each target group's default port, as Auto Scaling does it. */
export const register = async (
  parts: Parts,
  instanceId: InstanceId,
  abortSignal: AbortSignal,
): Promise<Result> => {
  const arns = await targetGroupArns(parts, abortSignal);
  if (!Array.isArray(arns)) return arns;
  const results = arns.map(async (arn) => {
    const command = new RegisterTargetsCommand({
      TargetGroupArn: arn,
      Targets: [{ Id: instanceId }],
    });
    return await mutate('elasticloadbalancing:RegisterTargets', abortSignal, async () => {
      await parts.clients.once.balancing.send(command, { abortSignal });
      return done(`registered in ${nameOf(arn)}`);
    });
  });
  return worstOf(await Promise.all(results));
};

/** The group's target groups, or why there is nothing to do or no way to know. */
const targetGroupArns = async (
  { clients, fleet }: Parts,
  signal: AbortSignal,
): Promise<string[] | Result> => {
  try {
    const group = await readGroup(clients.retried.autoScaling, fleet, signal);
    return group.targetGroupArns.length === 0
      ? skipped(`group "${fleet.group}" has no target group`)
      : [...group.targetGroupArns];
  } catch (error) {
    return unchecked(error);
  }
};

const targetGroups = async (
  { clients }: Parts,
  arns: readonly string[],
  signal: AbortSignal,
): Promise<TargetGroup[] | Result> => {
  const read = async (arn: string): Promise<TargetGroup> => ({
    arn,
    entries: await readTargetHealth(clients.retried.balancing, arn, signal),
  });
  try {
    return await Promise.all(arns.map(read));
  } catch (error) {
    return unchecked(error);
  }
};

const ownEntries = (group: TargetGroup, instanceId: InstanceId): readonly TargetEntry[] =>
  group.entries.filter(
    (entry) =>
      entry.instanceId === instanceId && entry.state !== 'draining' && entry.state !== 'unused',
  );

/**
 * Whether users are still served when the instance has left:
 *
 * - another target is healthy; or
 * - none is, the victim included: then the load balancer is failing open and sends to all targets, so the others go on
 *   getting what they get now. That is the usual picture when one zombie fails everybody's health check.
 */
const servesWithout = (group: TargetGroup, instanceId: InstanceId): boolean => {
  const others = group.entries.filter((entry) => entry.instanceId !== instanceId);
  if (others.some((entry) => entry.state === 'healthy')) return true;
  const victimServes = ownEntries(group, instanceId).some((entry) => entry.state === 'healthy');
  return !victimServes && others.some((entry) => entry.state === 'unhealthy');
};

/** `...:targetgroup/NAME/ID` to NAME. */
const nameOf = (targetGroupArn: string): string => targetGroupArn.split('/')[1] ?? targetGroupArn;
