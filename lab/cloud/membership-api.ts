/** Auto Scaling calls that move instances out of a group's service and back: detaching, standby, target groups. */
import { type Activities, type Activity, describeActivity } from './activities.ts';
import { type AutoScaling, findGroup } from './auto-scaling.ts';
import { AwsError } from './aws-error.ts';
import type { Handlers } from './dispatch.ts';
import { chosenMembers, type Found } from './find-member.ts';
import type { Group, LifecycleState } from './group.ts';
import { type MemberLife, now } from './member-life.ts';
import { flag, type Parameters, text, texts } from './parameters.ts';
import { activeRefresh } from './refresh.ts';
import { reply } from './wire.ts';
import { members } from './xml.ts';

export const membershipHandlers = (
  scaling: AutoScaling,
  life: MemberLife,
  activities: Activities,
): Handlers => {
  const leave = async (
    found: Found,
    activity: Activity,
    after: (found: Found) => void,
  ): Promise<void> => {
    await life.removeFromLoadBalancer(found.group, found.member);
    after(found);
    activities.finish(activity, 'Successful');
  };
  /** Leaves the load balancer, and the count; `after` decides what the instance becomes. */
  const withdraw = (
    call: Parameters,
    transit: 'Detaching' | 'EnteringStandby',
    after: (found: Found) => void,
  ): readonly object[] => {
    const decrements = flag(call, 'ShouldDecrementDesiredCapacity', false);
    const isStandby = transit === 'EnteringStandby';
    const chosen = chosenMembers(scaling, call);
    checkStates(chosen, isStandby ? ['InService'] : ['InService', 'Standby']);
    const counted = chosen.filter(({ member }) => member.lifecycle === 'InService').length;
    if (decrements) resize(chosen, -counted, isStandby ? 'place into standby' : 'detach');
    return chosen.map((found) => {
      const { group, member } = found;
      member.lifecycle = transit;
      const cause = `At ${now()} instance ${member.instanceId} was ${isStandby ? 'moved to standby' : 'detached'} in response to a user request.`;
      const description = `${isStandby ? 'Moving EC2 instance to Standby' : 'Detaching EC2 instance'}: ${member.instanceId}`;
      const about = { group: group.name, instanceId: member.instanceId, details: {} };
      const activity = activities.start({ ...about, description, cause }, 'InProgress');
      void leave(found, activity, after);
      return describeActivity(activity);
    });
  };
  /** In service again, with a place of its own: it may have one more than was taken from it. */
  const comeBack = async ({ group, member }: Found): Promise<object> => {
    const { instanceId } = member;
    const cause = `At ${now()} instance ${instanceId} was moved out of standby in response to a user request, increasing the capacity from ${group.desired - 1} to ${group.desired}.`;
    const description = `Moving EC2 instance out of Standby: ${instanceId}`;
    const about = { group: group.name, instanceId, details: {} };
    const activity = activities.start({ ...about, description, cause }, 'PreInService');
    const told = describeActivity(activity);
    member.lifecycle = 'InService';
    member.inServiceAtMs = Date.now();
    await life.addToLoadBalancer(group, member);
    activities.finish(activity, 'Successful');
    return told;
  };
  return {
    autoscaling: {
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
        const chosen = chosenMembers(scaling, call.parameters);
        checkStates(chosen, ['Standby']);
        resize(chosen, chosen.length, 'move out of standby');
        const started = await Promise.all(chosen.map(comeBack));
        return reply(call, { Activities: members(started) });
      },
      AttachLoadBalancerTargetGroups: async (call) => {
        const group = findGroup(scaling, text(call.parameters, 'AutoScalingGroupName'));
        if (activeRefresh(group)) {
          throw new AwsError('InstanceRefreshInProgress', 'An instance refresh is in progress.');
        }
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

const checkStates = (chosen: readonly Found[], states: readonly LifecycleState[]): void => {
  for (const { member } of chosen) {
    if (states.includes(member.lifecycle)) continue;
    const message = `The instance ${member.instanceId} is not in ${states.join(' or ')}.`;
    throw new AwsError('ValidationError', message);
  }
};

/** By as many places as instances come or go; nothing happens to any of them where the bounds do not allow that. */
const resize = (chosen: readonly Found[], by: number, what: string): void => {
  const group: Group | undefined = chosen[0]?.group;
  if (!group || by === 0) return;
  const { name, min, max, desired } = group;
  if (desired + by < min || desired + by > max) {
    const count = Math.abs(by) === 1 ? '1 instance' : `${Math.abs(by)} instances`;
    const message = `AutoScalingGroup ${name} has min-size=${min}, max-size=${max}, and desired-size=${desired}. To ${what} ${count}, please update the AutoScalingGroup sizes appropriately.`;
    throw new AwsError('ValidationError', message);
  }
  group.desired += by;
};
