/** The Auto Scaling loop: keeps every group at its desired capacity with healthy instances, at AWS's own pace. */
import { AwsError } from './aws-error.ts';
import type { Ec2Status } from './ec2-status.ts';
import {
  capacity,
  counted,
  type Group,
  type GroupMember,
  isLeaving,
  isPending,
  type UnhealthyCause,
  wantedCapacity,
} from './group.ts';
import {
  emptiestSubnet,
  isShunned,
  roomiestSubnet,
  scaleInChoice,
  spread,
} from './group-choice.ts';
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
  readonly ec2Status: Pick<Ec2Status, 'unhealthyBy'>;
  readonly life: MemberLife;
  /** Takes the next step of a group's instance refresh. */
  readonly refresh: (group: Group) => void;
  readonly healthOf: (targetGroupArn: string, instanceId: string) => Health | null;
}

export const createAutoScaling = (parts: AutoScalingParts): AutoScaling => {
  const { instances, ec2Status, life, refresh, healthOf } = parts;
  const groups = new Map<string, Group>();

  const checkOf = (group: Group, member: GroupMember): UnhealthyCause | null => {
    // Any state but running is unhealthy at once, even within the grace period.
    const instance = instances.find(member.instanceId);
    if (instance?.state !== 'running') return 'ec2';
    if (isInGrace(group, member)) return null;
    const sick = ec2Status.unhealthyBy(instance);
    if (sick !== null || !group.healthCheckType.includes('ELB')) return sick;
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
    while (capacity(group) < wantedCapacity(group)) {
      if (!launchOne(group, launchCause(group))) return;
    }
  };
  const shrink = (group: Group): void => {
    if (group.suspended.has('Terminate')) return;
    const hasNewcomers = counted(group).some(isPending) || group.launching.length > 0;
    if (hasNewcomers) return;
    while (capacity(group) > wantedCapacity(group)) {
      const member = scaleInChoice(group);
      if (!member) return;
      life.takeDown(group, member, scaleInCause(group));
    }
  };
  /** Launches in the emptiest zone first; `shrink` then takes one from the fullest. */
  const rebalance = (group: Group): void => {
    if (group.suspended.has('AZRebalance') || group.suspended.has('Launch')) return;
    if (group.isDeleting || isBusy(group) || capacity(group) !== wantedCapacity(group)) return;
    if (group.surge > 0) return;
    const emptiest = emptiestSubnet(group);
    if (!emptiest || isShunned(group, emptiest)) return;
    const sizes = [...spread(group).values()];
    if (Math.max(...sizes) - Math.min(...sizes) <= 1) return;
    launchOne(group, `At ${now()} instances were launched to balance instances in zones.`);
  };
  const launchOne = (group: Group, cause: string): boolean => {
    const subnet = roomiestSubnet(group);
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
        refresh(group);
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
    status: 'an EC2 instance status checks failure',
    event: 'an EC2 health check indicating it has a scheduled event',
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
