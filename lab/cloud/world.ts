/** The world that every scenario starts in: a VPC over three zones, a load balancer, an Auto Scaling group, and a second one where it is asked for. */
import { CreateAutoScalingGroupCommand } from '@aws-sdk/client-auto-scaling';
import {
  CreateLaunchTemplateCommand,
  CreateLaunchTemplateVersionCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
} from '@aws-sdk/client-ec2';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { type UserData, writeUserData } from '../host/user-data.ts';
import { PLAN, ZONES, type Zone } from '../parts.ts';
import type { Clients } from './clients.ts';
import { createBalancer, createTargetGroup, FLEET } from './world-balancing.ts';

export interface WorldOptions {
  /** Desired, minimum; the maximum is twice that. Default 3. */
  readonly size?: number;
  /** Default 10: a scenario must not wait AWS's five minutes. */
  readonly deregistrationDelayS?: number;
  /** `EC2` (default) or `ELB`. */
  readonly healthCheckType?: string;
  readonly gracePeriodS?: number;
  /** What the load balancer asks of a target; default `/health` on the application's port. */
  readonly healthCheck?: { readonly port: number; readonly path: string };
  /** Cookie stickiness of the target groups; default off. */
  readonly stickinessS?: number;
  /** A bucket for the sessions; default none. */
  readonly hasVault?: boolean;
  /** An empty second group, which no listener leads to; absent: there is none. */
  readonly standby?: {
    /** Beside its own cluster's name and its own instances, or in their place (lab/member, Settings.java). */
    readonly userData?: UserData;
  };
}

/** Where a fleet lives, or may move to. */
export interface Side {
  readonly group: string;
  readonly targetGroupArn: string;
  readonly launchTemplateId: string;
}

export interface Net {
  readonly vpcId: string;
  readonly subnets: Readonly<Record<Zone, string>>;
}

export interface World extends Net, Side {
  readonly loadBalancerArn: string;
  readonly listenerArn: string;
  readonly standby: Side | null;
}

export const GROUP = 'api-servers';
/** Group and cluster of the second side. */
export const STANDBY = 'api-green';
/** Of the members that are told no other (lab/member, Settings.java). */
export const CLUSTER = 'lab';

const SIZE = 3;
/** An image that moto has from the start; hosts do not boot from it. */
const IMAGE = 'ami-12c6146b';

/** Returns as soon as the groups exist: instances come one by one. */
export const createWorld = async (clients: Clients, options: WorldOptions = {}): Promise<World> => {
  const net = await createNetwork(clients);
  const means = { net, options };
  const targetGroupArn = await createTargetGroup(clients, FLEET, means);
  const balancer = await createBalancer(clients, net, targetGroupArn);
  const { standby, size = SIZE, hasVault = false } = options;
  if (hasVault) await clients.s3.send(new CreateBucketCommand({ Bucket: PLAN.vault.bucket }));
  // With somebody beside it, a side looks for its own instances only.
  const told = standby === undefined ? {} : { CLUSTER_NAME: CLUSTER, DISCOVER_GROUP: GROUP };
  const launchTemplateId = await createTemplate(clients, GROUP, told);
  await createGroup(
    clients,
    { group: GROUP, targetGroupArn, launchTemplateId },
    { ...means, size },
  );
  const world = { ...net, ...balancer, group: GROUP, targetGroupArn, launchTemplateId };
  if (standby === undefined) return { ...world, standby: null };
  return { ...world, standby: await createStandby(clients, means) };
};

type Means = { readonly net: Net; readonly options: WorldOptions };

const createStandby = async (clients: Clients, means: Means): Promise<Side> => {
  const own = { CLUSTER_NAME: STANDBY, DISCOVER_GROUP: STANDBY };
  const userData = { ...own, ...means.options.standby?.userData };
  const side = {
    group: STANDBY,
    targetGroupArn: await createTargetGroup(clients, STANDBY, means),
    launchTemplateId: await createTemplate(clients, STANDBY, userData),
  };
  await createGroup(clients, side, { ...means, size: 0 });
  return side;
};

const createTemplate = async (
  { ec2 }: Clients,
  LaunchTemplateName: string,
  userData: UserData,
): Promise<string> => {
  const LaunchTemplateData = templateData(userData);
  const created = await ec2.send(
    new CreateLaunchTemplateCommand({ LaunchTemplateName, LaunchTemplateData }),
  );
  return created.LaunchTemplate?.LaunchTemplateId ?? '';
};

/** From the next launch on, a group's instances are told this instead: its groups launch the latest version. */
export const changeUserData = async (
  { ec2 }: Clients,
  LaunchTemplateName: string,
  userData: UserData,
): Promise<void> => {
  const LaunchTemplateData = templateData(userData);
  await ec2.send(
    new CreateLaunchTemplateVersionCommand({ LaunchTemplateName, LaunchTemplateData }),
  );
};

const templateData = (userData: UserData) => ({
  ImageId: IMAGE,
  InstanceType: 't4g.small' as const,
  UserData: Buffer.from(writeUserData(userData)).toString('base64'),
});

const createGroup = async (
  clients: Clients,
  { group, targetGroupArn, launchTemplateId }: Side,
  { net, options, size }: Means & { readonly size: number },
): Promise<void> => {
  await clients.autoScaling.send(
    new CreateAutoScalingGroupCommand({
      AutoScalingGroupName: group,
      MinSize: size,
      MaxSize: (options.size ?? SIZE) * 2,
      DesiredCapacity: size,
      LaunchTemplate: { LaunchTemplateId: launchTemplateId, Version: '$Latest' },
      VPCZoneIdentifier: ZONES.map((zone) => net.subnets[zone]).join(','),
      TargetGroupARNs: [targetGroupArn],
      HealthCheckType: options.healthCheckType ?? 'EC2',
      HealthCheckGracePeriod: options.gracePeriodS ?? 0,
      Tags: [{ Key: 'quorate:fleet', Value: FLEET, PropagateAtLaunch: true }],
    }),
  );
};

const createNetwork = async (clients: Clients): Promise<Net> => {
  const { Vpc } = await clients.ec2.send(new CreateVpcCommand({ CidrBlock: PLAN.vpc }));
  const vpcId = Vpc?.VpcId ?? '';
  const created: Record<Zone, string> = { a: '', b: '', c: '' };
  for (const zone of ZONES) {
    const { Subnet } = await clients.ec2.send(
      new CreateSubnetCommand({
        VpcId: vpcId,
        CidrBlock: PLAN.subnet(zone),
        AvailabilityZone: `${PLAN.region}${zone}`,
      }),
    );
    created[zone] = Subnet?.SubnetId ?? '';
  }
  return { vpcId, subnets: created };
};
