/** Auto Scaling calls that move instances out of a group's service and back: detaching, standby, target groups. */
import { type Activities, type Activity, describeActivity } from './activities.ts';
import { type AutoScaling, findGroup } from './auto-scaling.ts';
import { AwsError } from './aws-error.ts';
import type { Handlers } from './dispatch.ts';
import { chosenMembers, type Found } from './find-member.ts';
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
    return chosenMembers(scaling, call).map((found) => {
      const { group, member } = found;
      if (decrements) group.desired = Math.max(group.min, group.desired - 1);
      member.lifecycle = transit;
      const cause = `At ${now()} instance ${member.instanceId} was moved in response to a user request.`;
      const description = `${transit} EC2 instance: ${member.instanceId}`;
      const about = { group: group.name, instanceId: member.instanceId, details: {} };
      const activity = activities.start({ ...about, description, cause }, 'InProgress');
      void leave(found, activity, after);
      return describeActivity(activity);
    });
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
        for (const { group, member } of chosenMembers(scaling, call.parameters)) {
          group.desired += 1;
          member.lifecycle = 'InService';
          member.inServiceAtMs = Date.now();
          await life.addToLoadBalancer(group, member);
        }
        return reply(call, { Activities: members([]) });
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
