/** Auto Scaling calls that change groups: create, resize, suspend, delete. */
import type { Activities, Activity } from './activities.ts';
import { type AutoScaling, findGroup } from './auto-scaling.ts';
import { AwsError } from './aws-error.ts';
import type { Clients } from './clients.ts';
import type { Handler, Handlers } from './dispatch.ts';
import type { Group, Process } from './group.ts';
import {
  buildGroup,
  checkSizes,
  readProcesses,
  readSizes,
  readSubnets,
  readTemplate,
} from './group-request.ts';
import { COOLDOWN_S } from './group-view.ts';
import { flag, optionalNumber, optionalText, type Parameters, text } from './parameters.ts';
import { reply } from './wire.ts';

export const groupHandlers = (
  scaling: AutoScaling,
  activities: Activities,
  moto: Clients,
): Handlers => {
  const find = (parameters: Parameters): Group =>
    findGroup(scaling, text(parameters, 'AutoScalingGroupName'));

  const create: Handler = async (call) => {
    const name = text(call.parameters, 'AutoScalingGroupName');
    if (scaling.groups.has(name)) {
      const message = 'AutoScalingGroup by this name already exists - A group with the name exists';
      throw new AwsError('AlreadyExists', message);
    }
    const group = await buildGroup(call.parameters, moto);
    checkSizes(group);
    scaling.groups.set(name, group);
    scaling.tick();
    return reply(call, {});
  };
  const update: Handler = async (call) => {
    const group = find(call.parameters);
    const sizes = readSizes(call.parameters, group);
    checkSizes(sizes);
    const subnets = await readSubnets(call.parameters, moto);
    const launchTemplate = await readTemplate(call.parameters, moto);
    Object.assign(group, sizes);
    if (subnets) group.subnets = subnets;
    if (launchTemplate) group.launchTemplate = launchTemplate;
    group.healthCheckType =
      optionalText(call.parameters, 'HealthCheckType') ?? group.healthCheckType;
    group.gracePeriodS =
      optionalNumber(call.parameters, 'HealthCheckGracePeriod') ?? group.gracePeriodS;
    scaling.tick();
    return reply(call, {});
  };
  const remove: Handler = async (call) => {
    const group = find(call.parameters);
    if (group.members.size > 0 && !flag(call.parameters, 'ForceDelete', false)) {
      const message =
        'You cannot delete an AutoScalingGroup while there are instances still in it.';
      throw new AwsError('ResourceInUse', message);
    }
    Object.assign(group, { isDeleting: true, min: 0, desired: 0 });
    scaling.tick();
    return reply(call, {});
  };
  const setDesired: Handler = async (call) => {
    const group = find(call.parameters);
    const desired = optionalNumber(call.parameters, 'DesiredCapacity') ?? group.desired;
    const bound = desired > group.max ? 'max' : desired < group.min ? 'min' : null;
    if (bound !== null) {
      const where = bound === 'max' ? 'above max' : 'below min';
      const message = `New SetDesiredCapacity value ${desired} is ${where} value ${group[bound]} for the AutoScalingGroup.`;
      throw new AwsError('ValidationError', message);
    }
    if (flag(call.parameters, 'HonorCooldown', false)) refuseInCooldown(activities.of(group.name));
    group.desired = desired;
    scaling.tick();
    return reply(call, {});
  };
  const suspend =
    (apply: (group: Group, process: Process) => void): Handler =>
    async (call) => {
      const group = find(call.parameters);
      for (const process of readProcesses(call.parameters)) apply(group, process);
      scaling.tick();
      return reply(call, {});
    };
  return {
    autoscaling: {
      CreateAutoScalingGroup: create,
      UpdateAutoScalingGroup: update,
      DeleteAutoScalingGroup: remove,
      SetDesiredCapacity: setDesired,
      SuspendProcesses: suspend((group, process) =>
        group.suspended.set(process, `User suspended at ${new Date().toISOString()}`),
      ),
      ResumeProcesses: suspend((group, process) => group.suspended.delete(process)),
      '*': async (call) => {
        throw new AwsError('InvalidAction', `The lab does not know autoscaling:${call.action}`);
      },
    },
  };
};

/** From the end of an activity on; one that is not over blocks, too. */
const refuseInCooldown = (all: readonly Activity[]): void => {
  const recent = all.find(
    ({ endedAtMs }) => endedAtMs === null || Date.now() - endedAtMs < COOLDOWN_S * 1_000,
  );
  if (!recent) return;
  const message = `Scaling activity ${recent.id} is in progress and blocks this action`;
  throw new AwsError('ScalingActivityInProgress', message);
};
