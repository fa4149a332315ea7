/** Reads Auto Scaling requests about groups, with the API's defaults and checks. */

import { randomUUID } from 'node:crypto';
import { DescribeLaunchTemplatesCommand, DescribeSubnetsCommand } from '@aws-sdk/client-ec2';
import { PLAN, ZONES } from '../parts.ts';
import { AwsError } from './aws-error.ts';
import type { Clients } from './clients.ts';
import { type Group, PROCESSES, type Process, type Subnet, type Tag } from './group.ts';
import { readHook } from './hook-api.ts';
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

export const buildGroup = async (parameters: Parameters, moto: Clients): Promise<Group> => {
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
    balancerNames: new Set(texts(parameters, 'LoadBalancerNames')),
    tags: new Map(tags.map((each) => [each.key, each])),
    members: new Map(),
    launching: [],
    isDeleting: false,
    failedLaunches: 0,
    launchAfterMs: 0,
    shunnedUntilMs: new Map(),
    refreshes: [],
    surge: 0,
  };
};

type Sizes = Pick<Group, 'min' | 'max' | 'desired'>;

/** A new minimum or maximum pulls the desired capacity along when that is not given. */
export const readSizes = (parameters: Parameters, current: Sizes): Sizes => {
  const min = optionalNumber(parameters, 'MinSize') ?? current.min;
  const max = optionalNumber(parameters, 'MaxSize') ?? current.max;
  const pulled = Math.min(Math.max(current.desired, min), max);
  return { min, max, desired: optionalNumber(parameters, 'DesiredCapacity') ?? pulled };
};

export const checkSizes = ({ min, max, desired }: Sizes): void => {
  if (min > max) throw new AwsError('ValidationError', 'Max bound must be >= min bound');
  if (desired < min || desired > max) {
    const message = `Desired capacity:${desired} must be between the specified min size:${min} and max size:${max}`;
    throw new AwsError('ValidationError', message);
  }
};

export const readTemplate = async (
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

export const readSubnets = async (
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

export const readTag = (parameters: Parameters): Tag => ({
  key: text(parameters, 'Key'),
  value: optionalText(parameters, 'Value') ?? '',
  propagate: flag(parameters, 'PropagateAtLaunch', false),
});

export const readProcesses = (parameters: Parameters): readonly Process[] => {
  const names = texts(parameters, 'ScalingProcesses');
  if (names.length === 0) return PROCESSES;
  return names.map((name) => {
    const known = PROCESSES.find((process) => process === name);
    if (known) return known;
    throw new AwsError('ValidationError', `Unknown scaling process: ${name}`);
  });
};
