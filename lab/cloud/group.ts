/** An Auto Scaling group and its members, as stored by the lab. moto's groups act by themselves, and wrongly. */
import type { Zone } from '../parts.ts';

export type LifecycleState =
  | 'Pending'
  | 'Pending:Wait'
  | 'Pending:Proceed'
  | 'InService'
  | 'Terminating'
  | 'Terminating:Wait'
  | 'Terminating:Proceed'
  | 'Detaching'
  | 'EnteringStandby'
  | 'Standby';

export const PROCESSES = [
  'Launch',
  'Terminate',
  'AddToLoadBalancer',
  'AlarmNotification',
  'AZRebalance',
  'HealthCheck',
  'InstanceRefresh',
  'ReplaceUnhealthy',
  'ScheduledActions',
] as const;
export type Process = (typeof PROCESSES)[number];

/** Why a member is Unhealthy: who said so decides how hastily it is replaced. */
export type UnhealthyCause = 'user' | 'ec2' | 'elb';

export interface GroupMember {
  readonly instanceId: string;
  readonly zone: Zone;
  readonly subnetId: string;
  lifecycle: LifecycleState;
  /** `null` while healthy. */
  unhealthy: UnhealthyCause | null;
  /** `null` before it is first in service. */
  inServiceAtMs: number | null;
  isProtected: boolean;
}

export interface Hook {
  readonly name: string;
  readonly transition: 'launching' | 'terminating';
  readonly heartbeatS: number;
  readonly defaultResult: 'CONTINUE' | 'ABANDON';
  readonly metadata: string | undefined;
}

export interface Tag {
  readonly key: string;
  readonly value: string;
  readonly propagate: boolean;
}

export interface Subnet {
  readonly id: string;
  readonly zone: Zone;
  readonly availabilityZone: string;
}

export interface Group {
  readonly name: string;
  readonly arn: string;
  readonly createdAtMs: number;
  launchTemplate: { readonly id: string; readonly name: string; readonly version: string };
  subnets: readonly Subnet[];
  min: number;
  max: number;
  desired: number;
  healthCheckType: string;
  gracePeriodS: number;
  /** Why each suspended process is. */
  readonly suspended: Map<Process, string>;
  readonly hooks: Map<string, Hook>;
  readonly targetGroupArns: Set<string>;
  readonly tags: Map<string, Tag>;
  readonly members: Map<string, GroupMember>;
  /** Launches that EC2 has not answered yet, by subnet. */
  readonly launching: string[];
  isDeleting: boolean;
  /** Launches that failed in a row. */
  failedLaunches: number;
  /** Before this no further launch is tried. */
  launchAfterMs: number;
}

export const isLeaving = (member: GroupMember): boolean =>
  member.lifecycle.startsWith('Terminating') || member.lifecycle === 'Detaching';

const isAway = (member: GroupMember): boolean =>
  isLeaving(member) || member.lifecycle === 'Standby' || member.lifecycle === 'EnteringStandby';

/** Members that count for the desired capacity. */
export const counted = (group: Group): readonly GroupMember[] =>
  [...group.members.values()].filter((member) => !isAway(member));

export const isPending = (member: GroupMember): boolean => member.lifecycle.startsWith('Pending');

export const capacity = (group: Group): number => counted(group).length + group.launching.length;

/** How many of the group's instances each subnet has, or will have. */
export const spread = (group: Group): ReadonlyMap<string, number> => {
  const counts = new Map(group.subnets.map((subnet) => [subnet.id, 0]));
  const subnets = [...counted(group).map((member) => member.subnetId), ...group.launching];
  for (const subnet of subnets) counts.set(subnet, (counts.get(subnet) ?? 0) + 1);
  return counts;
};

/** Where the next instance goes: the emptiest zone, the earlier listed of equals. */
export const emptiestSubnet = (group: Group): Subnet | undefined => {
  const counts = spread(group);
  const size = (subnet: Subnet): number => counts.get(subnet.id) ?? 0;
  return group.subnets.toSorted((a, b) => size(a) - size(b))[0];
};

/** Whom a scale-in takes: unprotected, from the fullest zone, the longest in service. */
export const scaleInChoice = (group: Group): GroupMember | undefined => {
  const counts = spread(group);
  const size = (member: GroupMember): number => counts.get(member.subnetId) ?? 0;
  return counted(group)
    .filter((member) => member.lifecycle === 'InService' && !member.isProtected)
    .toSorted((a, b) => size(b) - size(a) || (a.inServiceAtMs ?? 0) - (b.inServiceAtMs ?? 0))[0];
};
