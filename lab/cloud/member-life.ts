/** One instance's way into a group and out of it: the order of steps is Auto Scaling's (user guide, "How lifecycle hooks work"). */
import type { Activities, Activity } from './activities.ts';
import { INSUFFICIENT_CAPACITY } from './capacity.ts';
import type { Classic } from './classic.ts';
import type { Clients } from './clients.ts';
import type { EmitEvent } from './emit.ts';
import type { Group, GroupMember, Subnet } from './group.ts';
import { isShunned } from './group-choice.ts';
import type { Hooks } from './hooks.ts';
import type { Instances } from './instances.ts';
import { launch } from './launch.ts';
import { createRegistration } from './registration.ts';
import type { Targets } from './targets.ts';

export interface MemberLifeParts {
  /** The lab's clients: launches take the same way as anybody's. */
  readonly clients: Clients;
  readonly instances: Instances;
  readonly targets: Targets;
  readonly classic: Classic;
  readonly portOf: (targetGroupArn: string) => Promise<number>;
  readonly hooks: Hooks;
  readonly activities: Activities;
  readonly emit: EmitEvent;
}

export interface MemberLife {
  /** Launches an instance into `subnet` and brings it in service. Never rejects. */
  bringUp: (group: Group, subnet: Subnet, cause: string) => Promise<void>;
  /** Takes a member out of service and terminates it. Never rejects. */
  takeDown: (group: Group, member: GroupMember, cause: string) => Activity;
  /** Registers a member's targets, unless that process is suspended. */
  addToLoadBalancer: (group: Group, member: GroupMember) => Promise<void>;
  /** Resolves when the targets are drained. */
  removeFromLoadBalancer: (group: Group, member: GroupMember) => Promise<void>;
}

export const createMemberLife = (parts: MemberLifeParts): MemberLife => {
  const { clients, instances, hooks, activities } = parts;
  const { addToLoadBalancer, removeFromLoadBalancer } = createRegistration(parts);

  const tell = (activity: Activity, what: 'Launch' | 'Terminate'): void => {
    const outcome = activity.status === 'Successful' ? 'Successful' : 'Unsuccessful';
    parts.emit('aws.autoscaling', `EC2 Instance ${what} ${outcome}`, eventOf(activity));
  };

  const enter = async (group: Group, member: GroupMember): Promise<boolean> => {
    const { instanceId } = member;
    await instances.until(instanceId, ['running', 'shutting-down', 'terminated']);
    if (hooks.has(group, 'launching') && isUp(instances, instanceId)) {
      member.lifecycle = 'Pending:Wait';
      const gone = instances.until(instanceId, ['terminated']).then(() => 'ABANDON' as const);
      const result = await Promise.race([hooks.wait(group, member, 'launching'), gone]);
      if (result === 'ABANDON') return false;
      member.lifecycle = 'Pending:Proceed';
    }
    if (!isUp(instances, instanceId)) return false;
    await addToLoadBalancer(group, member);
    member.lifecycle = 'InService';
    member.inServiceAtMs = Date.now();
    return true;
  };
  const bringUp = async (group: Group, subnet: Subnet, cause: string): Promise<void> => {
    const details = { 'Subnet ID': subnet.id, 'Availability Zone': subnet.availabilityZone };
    const about = { group: group.name, instanceId: null, cause, details };
    const description = 'Launching a new EC2 instance';
    const activity = activities.start({ ...about, description }, 'PreInService');
    try {
      const member = await launch(clients, group, subnet);
      activities.name(activity, member.instanceId);
      if (await enter(group, member)) {
        activities.finish(activity, 'Successful');
        group.failedLaunches = 0;
      } else {
        backOff(group);
        activities.finish(activity, 'Cancelled', abandoned(member.instanceId));
        takeDown(group, member, `At ${now()} the launch of ${member.instanceId} was abandoned.`);
      }
    } catch (error) {
      if (isFull(error)) shun(group, subnet);
      else backOff(group);
      activities.finish(activity, 'Failed', `${sentenceOf(error)} Launching EC2 instance failed.`);
    }
    tell(activity, 'Launch');
  };

  const leave = async (group: Group, member: GroupMember, activity: Activity): Promise<void> => {
    const { instanceId } = member;
    const gone = instances.until(instanceId, ['terminated']);
    activity.status = 'WaitingForELBConnectionDraining';
    await removeFromLoadBalancer(group, member);
    if (hooks.has(group, 'terminating') && isUp(instances, instanceId)) {
      activity.status = 'MidLifecycleAction';
      member.lifecycle = 'Terminating:Wait';
      // CONTINUE and ABANDON both terminate; the latter only skips other hooks.
      await Promise.race([hooks.wait(group, member, 'terminating'), gone]);
    }
    activity.status = 'InProgress';
    member.lifecycle = 'Terminating:Proceed';
    instances.terminate([instanceId], 'graceful');
    await gone;
    group.members.delete(instanceId);
    activities.finish(activity, 'Successful');
  };
  const takeDown = (group: Group, member: GroupMember, cause: string): Activity => {
    member.lifecycle = 'Terminating';
    const description = `Terminating EC2 instance: ${member.instanceId}`;
    const details = { 'Subnet ID': member.subnetId };
    const about = { group: group.name, instanceId: member.instanceId, description, cause, details };
    const activity = activities.start(about, 'InProgress');
    leave(group, member, activity)
      .catch((error: unknown) => activities.finish(activity, 'Failed', String(error)))
      .finally(() => tell(activity, 'Terminate'));
    return activity;
  };
  return { bringUp, takeDown, addToLoadBalancer, removeFromLoadBalancer };
};

const BACK_OFF_MS = 1_000;
const BACK_OFF_MS_MAX = 300_000;

/** AWS slows down, too, when launches keep failing; it does not publish by how much. */
const backOff = (group: Group): void => {
  const ms = Math.min(BACK_OFF_MS * 2 ** group.failedLaunches, BACK_OFF_MS_MAX);
  group.failedLaunches += 1;
  group.launchAfterMs = Date.now() + ms;
};

/** How long another zone is tried instead. AWS does not publish it. */
const SHUN_MS = 300_000;

/** A zone without room: Auto Scaling tries the others before it slows down. */
const shun = (group: Group, subnet: Subnet): void => {
  group.shunnedUntilMs.set(subnet.id, Date.now() + SHUN_MS);
  if (!group.subnets.every((each) => isShunned(group, each))) return;
  group.shunnedUntilMs.clear();
  backOff(group);
};

const isFull = (error: unknown): boolean =>
  error instanceof Error && error.name === INSUFFICIENT_CAPACITY;

const sentenceOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

export const now = (): string => `${new Date().toISOString().slice(0, 19)}Z`;

const abandoned = (instanceId: string): string =>
  `Instance failed to complete user's Lifecycle Action: Lifecycle Action was abandoned: ${instanceId}`;

const isUp = (instances: Instances, id: string): boolean => instances.find(id)?.state === 'running';

const eventOf = (activity: Activity): object => ({
  AutoScalingGroupName: activity.group,
  ActivityId: activity.id,
  RequestId: activity.id,
  EC2InstanceId: activity.instanceId,
  Description: activity.description,
  Cause: activity.cause,
  StartTime: new Date(activity.startedAtMs).toISOString(),
  EndTime: new Date(activity.endedAtMs ?? activity.startedAtMs).toISOString(),
  StatusCode: activity.status === 'Successful' ? 'InProgress' : 'Failed',
  StatusMessage: activity.message ?? '',
  Details: activity.details,
});
