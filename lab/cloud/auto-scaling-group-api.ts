/** Auto Scaling calls about groups: create, read, resize, suspend, tag, delete. */

import { randomUUID } from 'node:crypto';
import { DescribeLaunchTemplatesCommand, DescribeSubnetsCommand } from '@aws-sdk/client-ec2';
import { PLAN, ZONES } from '../parts.ts';
import { type Activities, describeActivity } from './activities.ts';
import { type AutoScaling, findGroup } from './auto-scaling.ts';
import { AwsError } from './aws-error.ts';
import type { Clients } from './clients.ts';
import type { Handler, Handlers } from './dispatch.ts';
import { type Group, PROCESSES, type Process, type Subnet, type Tag } from './group.ts';
import { describeGroup, describeMember, tagsOf } from './group-view.ts';
import { readHook } from './hook-api.ts';
import { page } from './page.ts';
import {
  flag,
  optionalNumber,
  optionalText,
  type Parameters,
  record,
  records,
  text,
  texts,
} from './parameters.ts';
import { reply } from './wire.ts';
import { members } from './xml.ts';

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
    group.desired = desired;
    scaling.tick();
    return reply(call, {});
  };
  const describeGroups: Handler = async (call) => {
    const names = texts(call.parameters, 'AutoScalingGroupNames');
    const filters = records(call.parameters, 'Filters');
    const found = [...scaling.groups.values()]
      .filter((group) => names.length === 0 || names.includes(group.name))
      .filter((group) => filters.every((filter) => hasTag(group, filter)));
    const { items, next } = page(found, call.parameters, { sizeDefault: 50, sizeMax: 100 });
    return reply(call, { AutoScalingGroups: members(items.map(describeGroup)), NextToken: next });
  };
  const describeInstances: Handler = async (call) => {
    const ids = texts(call.parameters, 'InstanceIds');
    const found = [...scaling.groups.values()].flatMap((group) =>
      [...group.members.values()]
        .filter((member) => ids.length === 0 || ids.includes(member.instanceId))
        .map((member) => describeMember(group, member)),
    );
    const { items, next } = page(found, call.parameters, { sizeDefault: 50, sizeMax: 50 });
    return reply(call, { AutoScalingInstances: members(items), NextToken: next });
  };
  const describeActivities: Handler = async (call) => {
    const name = optionalText(call.parameters, 'AutoScalingGroupName') ?? null;
    if (name !== null) findGroup(scaling, name);
    const ids = texts(call.parameters, 'ActivityIds');
    const found = activities.of(name).filter(({ id }) => ids.length === 0 || ids.includes(id));
    const { items, next } = page(found, call.parameters, { sizeDefault: 100, sizeMax: 100 });
    return reply(call, { Activities: members(items.map(describeActivity)), NextToken: next });
  };
  const suspend =
    (apply: (group: Group, process: Process) => void): Handler =>
    async (call) => {
      const group = find(call.parameters);
      for (const process of readProcesses(call.parameters)) apply(group, process);
      scaling.tick();
      return reply(call, {});
    };
  const tag: Handler = async (call) => {
    for (const each of records(call.parameters, 'Tags')) {
      const group = findGroup(scaling, text(each, 'ResourceId'));
      const read = readTag(each);
      group.tags.set(read.key, read);
    }
    return reply(call, {});
  };
  const untag: Handler = async (call) => {
    for (const each of records(call.parameters, 'Tags')) {
      findGroup(scaling, text(each, 'ResourceId')).tags.delete(text(each, 'Key'));
    }
    return reply(call, {});
  };
  return {
    autoscaling: {
      CreateAutoScalingGroup: create,
      UpdateAutoScalingGroup: update,
      DeleteAutoScalingGroup: remove,
      SetDesiredCapacity: setDesired,
      DescribeAutoScalingGroups: describeGroups,
      DescribeAutoScalingInstances: describeInstances,
      DescribeScalingActivities: describeActivities,
      SuspendProcesses: suspend((group, process) =>
        group.suspended.set(process, `User suspended at ${new Date().toISOString()}`),
      ),
      ResumeProcesses: suspend((group, process) => group.suspended.delete(process)),
      CreateOrUpdateTags: tag,
      DeleteTags: untag,
      DescribeTags: async (call) =>
        reply(call, { Tags: members([...scaling.groups.values()].flatMap(tagsOf)) }),
      DescribeInstanceRefreshes: async (call) => reply(call, { InstanceRefreshes: members([]) }),
      '*': async (call) => {
        throw new AwsError('InvalidAction', `The lab does not know autoscaling:${call.action}`);
      },
    },
  };
};

const buildGroup = async (parameters: Parameters, moto: Clients): Promise<Group> => {
  const name = text(parameters, 'AutoScalingGroupName');
  const launchTemplate = await readTemplate(parameters, moto);
  const subnets = await readSubnets(parameters, moto);
  if (!launchTemplate || !subnets) {
    throw new AwsError('ValidationError', 'A launch template and VPCZoneIdentifier are required.');
  }
  const min = optionalNumber(parameters, 'MinSize') ?? 0;
  const tags = records(parameters, 'Tags').map(readTag);
  const hooks = records(parameters, 'LifecycleHookSpecificationList').map(readHook);
  return {
    name,
    arn: `arn:aws:autoscaling:${PLAN.region}:${PLAN.account}:autoScalingGroup:${randomUUID()}:autoScalingGroupName/${name}`,
    createdAtMs: Date.now(),
    launchTemplate,
    subnets,
    ...readSizes(parameters, { min, max: min, desired: min }),
    healthCheckType: optionalText(parameters, 'HealthCheckType') ?? 'EC2',
    // The API's default is 0; the console's is 300.
    gracePeriodS: optionalNumber(parameters, 'HealthCheckGracePeriod') ?? 0,
    suspended: new Map(),
    hooks: new Map(hooks.map((hook) => [hook.name, hook])),
    targetGroupArns: new Set(texts(parameters, 'TargetGroupARNs')),
    tags: new Map(tags.map((each) => [each.key, each])),
    members: new Map(),
    launching: [],
    isDeleting: false,
  };
};

type Sizes = Pick<Group, 'min' | 'max' | 'desired'>;

/** A new minimum or maximum pulls the desired capacity along when that is not given. */
const readSizes = (parameters: Parameters, current: Sizes): Sizes => {
  const min = optionalNumber(parameters, 'MinSize') ?? current.min;
  const max = optionalNumber(parameters, 'MaxSize') ?? current.max;
  const pulled = Math.min(Math.max(current.desired, min), max);
  return { min, max, desired: optionalNumber(parameters, 'DesiredCapacity') ?? pulled };
};

const checkSizes = ({ min, max, desired }: Sizes): void => {
  if (min > max) throw new AwsError('ValidationError', 'Max bound must be >= min bound');
  if (desired < min || desired > max) {
    const message = `Desired capacity:${desired} must be between the specified min size:${min} and max size:${max}`;
    throw new AwsError('ValidationError', message);
  }
};

const readTemplate = async (
  parameters: Parameters,
  moto: Clients,
): Promise<Group['launchTemplate'] | null> => {
  const wanted = record(parameters, 'LaunchTemplate');
  const id = optionalText(wanted, 'LaunchTemplateId');
  const name = optionalText(wanted, 'LaunchTemplateName');
  if (id === undefined && name === undefined) return null;
  const by = id === undefined ? { LaunchTemplateNames: [name ?? ''] } : { LaunchTemplateIds: [id] };
  const { LaunchTemplates = [] } = await moto.ec2.send(new DescribeLaunchTemplatesCommand(by));
  const found = LaunchTemplates[0];
  const version = optionalText(wanted, 'Version') ?? '$Default';
  return {
    id: found?.LaunchTemplateId ?? '',
    name: found?.LaunchTemplateName ?? '',
    version,
  };
};

const readSubnets = async (
  parameters: Parameters,
  moto: Clients,
): Promise<readonly Subnet[] | null> => {
  const ids = optionalText(parameters, 'VPCZoneIdentifier')?.split(',');
  if (!ids) return null;
  const { Subnets = [] } = await moto.ec2.send(new DescribeSubnetsCommand({ SubnetIds: ids }));
  return ids.flatMap((id) => {
    const availabilityZone = Subnets.find((each) => each.SubnetId === id)?.AvailabilityZone ?? '';
    const zone = ZONES.find((each) => each === availabilityZone.at(-1));
    return zone ? [{ id, zone, availabilityZone }] : [];
  });
};

const readTag = (parameters: Parameters): Tag => ({
  key: text(parameters, 'Key'),
  value: optionalText(parameters, 'Value') ?? '',
  propagate: flag(parameters, 'PropagateAtLaunch', false),
});

const readProcesses = (parameters: Parameters): readonly Process[] => {
  const names = texts(parameters, 'ScalingProcesses');
  if (names.length === 0) return PROCESSES;
  return names.map((name) => {
    const known = PROCESSES.find((process) => process === name);
    if (known) return known;
    throw new AwsError('ValidationError', `Unknown scaling process: ${name}`);
  });
};

const hasTag = (group: Group, filter: Parameters): boolean => {
  const name = text(filter, 'Name');
  const values = texts(filter, 'Values');
  const tags = [...group.tags.values()];
  if (name === 'tag-key') return tags.some((tag) => values.includes(tag.key));
  if (name === 'tag-value') return tags.some((tag) => values.includes(tag.value));
  const key = name.startsWith('tag:') ? name.slice('tag:'.length) : null;
  return tags.some((tag) => tag.key === key && values.includes(tag.value));
};
