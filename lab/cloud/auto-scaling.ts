/** The Auto Scaling loop: keeps every group at its desired capacity with healthy instances, at AWS's own pace. */
import { AwsError } from './aws-error.ts';
import {
  capacity,
  counted,
  emptiestSubnet,
  type Group,
  type GroupMember,
  isLeaving,
  isPending,
  scaleInChoice,
  spread,
  type UnhealthyCause,
} from './group.ts';
import type { Instances } from './instances.ts';
import { type MemberLife, now } from './member-life.ts';
import type { Health } from './target-health.ts';

export interface AutoScaling {
  readonly groups: Map<string, Group>;
  /** Looks at all groups once, and starts what is due. */
  tick: () => void;
}

export interface AutoScalingParts {
  readonly instances: Instances;
  readonly life: MemberLife;
  readonly healthOf: (targetGroupArn: string, instanceId: string) => Health | null;
}

export const createAutoScaling = ({ instances, life, healthOf }: AutoScalingParts): AutoScaling => {
  const groups = new Map<string, Group>();

  const checkOf = (group: Group, member: GroupMember): UnhealthyCause | null => {
    // Any state but running is unhealthy at once, even within the grace period.
    if (instances.find(member.instanceId)?.state !== 'running') return 'ec2';
    if (isInGrace(group, member) || !group.healthCheckType.includes('ELB')) return null;
    const isBad = [...group.targetGroupArns].some(
      (arn) => healthOf(arn, member.instanceId)?.state === 'unhealthy',
    );
    return isBad ? 'elb' : null;
  };
  const check = (group: Group): void => {
    if (group.suspended.has('HealthCheck')) return;
    for (const member of counted(group)) {
      if (member.lifecycle === 'InService') member.unhealthy ??= checkOf(group, member);
    }
  };
  /** Terminating `Terminate` too makes replacement inactive: marks stay, and act on resume. */
  const replace = (group: Group): void => {
    if (group.suspended.has('ReplaceUnhealthy') || group.suspended.has('Terminate')) return;
    const unhealthy = counted(group).filter((member) => member.unhealthy !== null);
    // Instances marked by people or not running any more are replaced at once, all of them.
    const urgent = unhealthy.filter((member) => member.unhealthy !== 'elb');
    for (const member of urgent) life.takeDown(group, member, unhealthyCause(member));
    const own = unhealthy.filter((member) => member.unhealthy === 'elb')[0];
    if (own && !isBusy(group)) life.takeDown(group, own, unhealthyCause(own));
  };
  const fill = (group: Group): void => {
    if (group.suspended.has('Launch') || group.isDeleting) return;
    if (Date.now() < group.launchAfterMs) return;
    while (capacity(group) < group.desired) {
      if (!launchOne(group, launchCause(group))) return;
    }
  };
  const shrink = (group: Group): void => {
    if (group.suspended.has('Terminate')) return;
    const hasNewcomers = counted(group).some(isPending) || group.launching.length > 0;
    if (hasNewcomers) return;
    while (capacity(group) > group.desired) {
      const member = scaleInChoice(group);
      if (!member) return;
      life.takeDown(group, member, scaleInCause(group));
    }
  };
  /** Launches in the emptiest zone first; `shrink` then takes one from the fullest. */
  const rebalance = (group: Group): void => {
    if (group.suspended.has('AZRebalance') || group.suspended.has('Launch')) return;
    if (group.isDeleting || isBusy(group) || capacity(group) !== group.desired) return;
    const sizes = [...spread(group).values()];
    if (Math.max(...sizes) - Math.min(...sizes) <= 1) return;
    launchOne(group, `At ${now()} instances were launched to balance instances in zones.`);
  };
  const launchOne = (group: Group, cause: string): boolean => {
    const subnet = emptiestSubnet(group);
    if (!subnet) return false;
    void life.bringUp(group, subnet, cause);
    return true;
  };
  return {
    groups,
    tick: () => {
      for (const group of groups.values()) {
        check(group);
        replace(group);
        fill(group);
        shrink(group);
        rebalance(group);
        if (group.isDeleting && group.members.size === 0) groups.delete(group.name);
      }
    },
  };
};

export const findGroup = (scaling: AutoScaling, name: string): Group => {
  const group = scaling.groups.get(name);
  if (group) return group;
  throw new AwsError('ValidationError', `Group ${name} not found`);
};

export const isInGrace = (group: Group, member: GroupMember): boolean =>
  member.inServiceAtMs === null || Date.now() - member.inServiceAtMs < group.gracePeriodS * 1000;

/** Small groups are replaced one at a time: while anybody comes or goes, the next one waits. */
const isBusy = (group: Group): boolean =>
  group.launching.length > 0 ||
  [...group.members.values()].some((member) => isPending(member) || isLeaving(member));

const unhealthyCause = (member: GroupMember): string => {
  const reason = {
    user: 'a user health-check',
    ec2: 'an EC2 health check indicating it has been terminated or stopped',
    elb: 'an ELB system health check failure',
  }[member.unhealthy ?? 'user'];
  return `At ${now()} an instance was taken out of service in response to ${reason}.`;
};

const launchCause = (group: Group): string => {
  const size = capacity(group);
  const isReplacing = [...group.members.values()].some((member) => member.unhealthy !== null);
  if (isReplacing) {
    return `At ${now()} an instance was launched in response to an unhealthy instance needing to be replaced.`;
  }
  return `At ${now()} an instance was started in response to a difference between desired and actual capacity, increasing the capacity from ${size} to ${size + 1}.`;
};

const scaleInCause = (group: Group): string => {
  const size = capacity(group);
  return `At ${now()} an instance was taken out of service in response to a difference between desired and actual capacity, shrinking the capacity from ${size} to ${size - 1}.`;
};
