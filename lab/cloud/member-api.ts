/** Auto Scaling calls about single instances: health, termination, protection. */
import { type Activity, describeActivity } from './activities.ts';
import { type AutoScaling, isInGrace } from './auto-scaling.ts';
import { AwsError } from './aws-error.ts';
import type { Handler, Handlers } from './dispatch.ts';
import { chosenMembers, type Found, findMember } from './find-member.ts';
import { isLeaving } from './group.ts';
import { type MemberLife, now } from './member-life.ts';
import { flag, optionalText, type Parameters, text, texts } from './parameters.ts';
import { reply } from './wire.ts';
import { members } from './xml.ts';

export const memberHandlers = (scaling: AutoScaling, life: MemberLife): Handlers => {
  const setHealth: Handler = async (call) => {
    const { group, member } = findMember(scaling, text(call.parameters, 'InstanceId'));
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
    const found =
      several.length > 0 ? chosenMembers(scaling, call.parameters) : [single(call.parameters)];
    const started = found.map((each) => describeActivity(terminateOne(each, decrements)));
    scaling.tick();
    return reply(
      call,
      several.length > 0 ? { Activities: members(started) } : { Activity: started[0] },
    );
  };
  const single = (parameters: Parameters): Found =>
    findMember(
      scaling,
      text(parameters, 'InstanceId'),
      optionalText(parameters, 'AutoScalingGroupName'),
    );
  return {
    autoscaling: {
      SetInstanceHealth: setHealth,
      TerminateInstanceInAutoScalingGroup: terminate,
      SetInstanceProtection: async (call) => {
        const isProtected = flag(call.parameters, 'ProtectedFromScaleIn', false);
        for (const { member } of chosenMembers(scaling, call.parameters))
          member.isProtected = isProtected;
        return reply(call, {});
      },
    },
  };
};
