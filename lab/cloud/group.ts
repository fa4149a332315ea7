/** An Auto Scaling group and its members, as stored by the lab. moto's groups act by themselves, and wrongly. */
import type { Zone } from '../parts.ts';
import type { Refresh } from './refresh.ts';

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
export type UnhealthyCause = 'user' | 'ec2' | 'status' | 'event' | 'elb';

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
  /** Classic Load Balancers that are attached. */
  readonly balancerNames: Set<string>;
  readonly tags: Map<string, Tag>;
  readonly members: Map<string, GroupMember>;
  /** Launches that EC2 has not answered yet, by subnet. */
  readonly launching: string[];
  isDeleting: boolean;
  /** Launches that failed in a row. */
  failedLaunches: number;
  /** Before this no further launch is tried. */
  launchAfterMs: number;
  /** Subnets whose zone had no room: until when the others are tried first. */
  readonly shunnedUntilMs: Map<string, number>;
  /** Newest first. */
  readonly refreshes: Refresh[];
  /** Instances above the desired capacity that a refresh asks for: 0 or 1. */
  surge: number;
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

/** What is kept up: the desired capacity, and one more while an instance refresh launches first. */
export const wantedCapacity = (group: Group): number => group.desired + group.surge;
