/** Auto Scaling calls about single instances: health, termination, protection, standby, detaching, target groups. */
import { type Activities, type Activity, describeActivity } from './activities.ts';
import { type AutoScaling, findGroup, isInGrace } from './auto-scaling.ts';
import { AwsError } from './aws-error.ts';
import type { Handler, Handlers } from './dispatch.ts';
import { type Group, type GroupMember, isLeaving } from './group.ts';
import { type MemberLife, now } from './member-life.ts';
import { flag, optionalText, type Parameters, text, texts } from './parameters.ts';
import { reply } from './wire.ts';
import { members } from './xml.ts';

interface Found {
  readonly group: Group;
  readonly member: GroupMember;
}

export const memberHandlers = (
  scaling: AutoScaling,
  life: MemberLife,
  activities: Activities,
): Handlers => {
  const find = (instanceId: string, groupName?: string): Found => {
    const candidates = groupName ? [findGroup(scaling, groupName)] : [...scaling.groups.values()];
    for (const group of candidates) {
      const member = group.members.get(instanceId);
      if (member) return { group, member };
    }
    const message = `Instance Id not found - No managed instance found for instance ID: ${instanceId}`;
    throw new AwsError('ValidationError', message);
  };
  const chosen = (parameters: Parameters): readonly Found[] => {
    const group = text(parameters, 'AutoScalingGroupName');
    return texts(parameters, 'InstanceIds').map((id) => find(id, group));
  };
  const setHealth: Handler = async (call) => {
    const { group, member } = find(text(call.parameters, 'InstanceId'));
    const status = text(call.parameters, 'HealthStatus').toLowerCase();
    if (status !== 'healthy' && status !== 'unhealthy') {
      throw new AwsError(
        'ValidationError',
        `Health status must be Healthy or Unhealthy: ${status}`,
      );
    }
    if (isLeaving(member)) {
      const message = `The instance ${member.instanceId} is already being terminated.`;
      throw new AwsError('ValidationError', message);
    }
    const respectsGrace = flag(call.parameters, 'ShouldRespectGracePeriod', true);
    const isIgnored = respectsGrace && isInGrace(group, member) && member.lifecycle !== 'Standby';
    if (status === 'healthy') member.unhealthy = null;
    else if (!isIgnored) member.unhealthy = 'user';
    scaling.tick();
    return reply(call, {});
  };
  const terminateOne = ({ group, member }: Found, decrements: boolean): Activity => {
    if (isLeaving(member)) {
      const message = `Instance ${member.instanceId} is already being terminated.`;
      throw new AwsError('ScalingActivityInProgress', message);
    }
    if (decrements && group.desired <= group.min) {
      const message = `Currently, desiredSize equals minSize (${group.min}). Terminating instance without replacement will violate group's min size constraint. Either set shouldDecrementDesiredCapacity flag to false or lower group's min size.`;
      throw new AwsError('ValidationError', message);
    }
    const { desired } = group;
    if (decrements) group.desired -= 1;
    const what = decrements
      ? `shrinking the capacity from ${desired} to ${desired - 1}`
      : `keeping the capacity at the current ${desired}`;
    const cause = `At ${now()} instance ${member.instanceId} was taken out of service in response to a user request, ${what}.`;
    return life.takeDown(group, member, cause);
  };
  const terminate: Handler = async (call) => {
    const decrements = flag(call.parameters, 'ShouldDecrementDesiredCapacity', false);
    const several = texts(call.parameters, 'InstanceIds');
    const found = several.length > 0 ? chosen(call.parameters) : [single(call.parameters)];
    const started = found.map((each) => describeActivity(terminateOne(each, decrements)));
    scaling.tick();
    return reply(
      call,
      several.length > 0 ? { Activities: members(started) } : { Activity: started[0] },
    );
  };
  const single = (parameters: Parameters): Found =>
    find(text(parameters, 'InstanceId'), optionalText(parameters, 'AutoScalingGroupName'));
  /** Leaves the load balancer, and the count; `after` decides what the instance becomes. */
  const withdraw = (
    call: Parameters,
    transit: 'Detaching' | 'EnteringStandby',
    after: (found: Found) => void,
  ): readonly object[] => {
    const decrements = flag(call, 'ShouldDecrementDesiredCapacity', false);
    return chosen(call).map((found) => {
      const { group, member } = found;
      if (decrements) group.desired = Math.max(group.min, group.desired - 1);
      member.lifecycle = transit;
      const cause = `At ${now()} instance ${member.instanceId} was moved in response to a user request.`;
      const description = `${transit} EC2 instance: ${member.instanceId}`;
      const about = { group: group.name, instanceId: member.instanceId, details: {} };
      const activity = activities.start({ ...about, description, cause }, 'InProgress');
      void life.removeFromLoadBalancer(group, member).then(() => {
        after(found);
        activities.finish(activity, 'Successful');
      });
      return describeActivity(activity);
    });
  };
  return {
    autoscaling: {
      SetInstanceHealth: setHealth,
      TerminateInstanceInAutoScalingGroup: terminate,
      SetInstanceProtection: async (call) => {
        const isProtected = flag(call.parameters, 'ProtectedFromScaleIn', false);
        for (const { member } of chosen(call.parameters)) member.isProtected = isProtected;
        return reply(call, {});
      },
      DetachInstances: async (call) => {
        const started = withdraw(call.parameters, 'Detaching', ({ group, member }) => {
          group.members.delete(member.instanceId);
        });
        scaling.tick();
        return reply(call, { Activities: members(started) });
      },
      EnterStandby: async (call) => {
        const started = withdraw(call.parameters, 'EnteringStandby', ({ member }) => {
          member.lifecycle = 'Standby';
        });
        scaling.tick();
        return reply(call, { Activities: members(started) });
      },
      ExitStandby: async (call) => {
        for (const { group, member } of chosen(call.parameters)) {
          group.desired += 1;
          member.lifecycle = 'InService';
          member.inServiceAtMs = Date.now();
          await life.addToLoadBalancer(group, member);
        }
        return reply(call, { Activities: members([]) });
      },
      AttachLoadBalancerTargetGroups: async (call) => {
        const group = findGroup(scaling, text(call.parameters, 'AutoScalingGroupName'));
        for (const arn of texts(call.parameters, 'TargetGroupARNs')) group.targetGroupArns.add(arn);
        const inService = [...group.members.values()].filter(
          (each) => each.lifecycle === 'InService',
        );
        for (const member of inService) await life.addToLoadBalancer(group, member);
        return reply(call, {});
      },
    },
  };
};
