/** Groups as the Auto Scaling API shows them. */
import type { Group, GroupMember, Hook } from './group.ts';
import { transitionName } from './hooks.ts';
import { members } from './xml.ts';

/** The API's default. */
export const COOLDOWN_S = 300;

const templateOf = (group: Group): object => ({
  LaunchTemplateId: group.launchTemplate.id,
  LaunchTemplateName: group.launchTemplate.name,
  Version: group.launchTemplate.version,
});

export const describeGroup = (group: Group): object => ({
  AutoScalingGroupName: group.name,
  AutoScalingGroupARN: group.arn,
  LaunchTemplate: templateOf(group),
  MinSize: group.min,
  MaxSize: group.max,
  DesiredCapacity: group.desired,
  DefaultCooldown: COOLDOWN_S,
  AvailabilityZones: members(group.subnets.map((subnet) => subnet.availabilityZone)),
  LoadBalancerNames: members([...group.balancerNames]),
  TargetGroupARNs: members([...group.targetGroupArns]),
  TrafficSources: members(
    [...group.targetGroupArns].map((arn) => ({ Identifier: arn, Type: 'elbv2' })),
  ),
  HealthCheckType: group.healthCheckType,
  HealthCheckGracePeriod: group.gracePeriodS,
  Instances: members([...group.members.values()].map((member) => memberOf(group, member))),
  CreatedTime: new Date(group.createdAtMs).toISOString(),
  SuspendedProcesses: members(
    [...group.suspended].map(([ProcessName, SuspensionReason]) => ({
      ProcessName,
      SuspensionReason,
    })),
  ),
  VPCZoneIdentifier: group.subnets.map((subnet) => subnet.id).join(','),
  EnabledMetrics: members([]),
  Status: group.isDeleting ? 'Delete in progress' : undefined,
  Tags: members(tagsOf(group)),
  TerminationPolicies: members(['Default']),
  NewInstancesProtectedFromScaleIn: false,
  ServiceLinkedRoleARN: undefined,
});

const memberOf = (group: Group, member: GroupMember): object => {
  const subnet = group.subnets.find((each) => each.id === member.subnetId);
  return {
    InstanceId: member.instanceId,
    AvailabilityZone: subnet?.availabilityZone,
    LifecycleState: member.lifecycle,
    HealthStatus: member.unhealthy === null ? 'Healthy' : 'Unhealthy',
    LaunchTemplate: templateOf(group),
    ProtectedFromScaleIn: member.isProtected,
  };
};

/** `DescribeAutoScalingInstances` writes the health in capitals and names the group. */
export const describeMember = (group: Group, member: GroupMember): object => ({
  ...memberOf(group, member),
  AutoScalingGroupName: group.name,
  HealthStatus: member.unhealthy === null ? 'HEALTHY' : 'UNHEALTHY',
});

export const tagsOf = (group: Group): readonly object[] =>
  [...group.tags.values()].map(({ key, value, propagate }) => ({
    ResourceId: group.name,
    ResourceType: 'auto-scaling-group',
    Key: key,
    Value: value,
    PropagateAtLaunch: propagate,
  }));

export const describeHook = (group: Group, hook: Hook): object => ({
  LifecycleHookName: hook.name,
  AutoScalingGroupName: group.name,
  LifecycleTransition: transitionName(hook.transition),
  HeartbeatTimeout: hook.heartbeatS,
  GlobalTimeout: Math.min(172_800, hook.heartbeatS * 100),
  DefaultResult: hook.defaultResult,
  NotificationMetadata: hook.metadata,
});
