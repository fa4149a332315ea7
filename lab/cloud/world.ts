/** The world that every scenario starts in: a VPC over three zones, a load balancer, and one Auto Scaling group. */
import { CreateAutoScalingGroupCommand } from '@aws-sdk/client-auto-scaling';
import {
  CreateLaunchTemplateCommand,
  CreateNetworkInterfaceCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
} from '@aws-sdk/client-ec2';
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
  ModifyTargetGroupAttributesCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { PLAN, ZONES, type Zone } from '../parts.ts';
import type { Clients } from './clients.ts';

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
  /** Cookie stickiness of the target group; default off. */
  readonly stickinessS?: number;
}

export interface World {
  readonly group: string;
  readonly vpcId: string;
  readonly subnets: Readonly<Record<Zone, string>>;
  readonly targetGroupArn: string;
  readonly loadBalancerArn: string;
  readonly listenerArn: string;
  readonly launchTemplateId: string;
}

export const GROUP = 'api-servers';
export const FLEET = 'api';

const SIZE = 3;
const DEREGISTRATION_DELAY_S = 10;
/** An image that moto has from the start; hosts do not boot from it. */
const IMAGE = 'ami-12c6146b';

/** Returns as soon as the group exists: its instances come one by one. */
export const createWorld = async (clients: Clients, options: WorldOptions = {}): Promise<World> => {
  const { vpcId, subnets } = await createNetwork(clients);
  const balancing = await createBalancing(clients, vpcId, { subnets, options });
  const template = await clients.ec2.send(
    new CreateLaunchTemplateCommand({
      LaunchTemplateName: GROUP,
      LaunchTemplateData: { ImageId: IMAGE, InstanceType: 't4g.small' },
    }),
  );
  const launchTemplateId = template.LaunchTemplate?.LaunchTemplateId ?? '';
  const size = options.size ?? SIZE;
  await clients.autoScaling.send(
    new CreateAutoScalingGroupCommand({
      AutoScalingGroupName: GROUP,
      MinSize: size,
      MaxSize: size * 2,
      DesiredCapacity: size,
      LaunchTemplate: { LaunchTemplateId: launchTemplateId, Version: '$Latest' },
      VPCZoneIdentifier: ZONES.map((zone) => subnets[zone]).join(','),
      TargetGroupARNs: [balancing.targetGroupArn],
      HealthCheckType: options.healthCheckType ?? 'EC2',
      HealthCheckGracePeriod: options.gracePeriodS ?? 0,
      Tags: [{ Key: 'quorate:fleet', Value: FLEET, PropagateAtLaunch: true }],
    }),
  );
  return { group: GROUP, vpcId, subnets, launchTemplateId, ...balancing };
};

const createNetwork = async (clients: Clients) => {
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

const createBalancing = async (
  clients: Clients,
  vpcId: string,
  { subnets, options }: { subnets: World['subnets']; options: WorldOptions },
) => {
  const { elb } = clients;
  const { TargetGroups } = await elb.send(
    new CreateTargetGroupCommand({
      Name: FLEET,
      Protocol: 'HTTP',
      Port: PLAN.applicationPort,
      VpcId: vpcId,
      HealthCheckPath: options.healthCheck?.path ?? '/health',
      HealthCheckPort:
        options.healthCheck === undefined ? 'traffic-port' : String(options.healthCheck.port),
      HealthCheckIntervalSeconds: 5,
      HealthCheckTimeoutSeconds: 2,
      HealthyThresholdCount: 2,
      UnhealthyThresholdCount: 2,
      // As the group and its instances: without it Quorate has no right to take a target out.
      Tags: [{ Key: 'quorate:fleet', Value: FLEET }],
    }),
  );
  const targetGroupArn = TargetGroups?.[0]?.TargetGroupArn ?? '';
  await elb.send(
    new ModifyTargetGroupAttributesCommand({
      TargetGroupArn: targetGroupArn,
      Attributes: attributesOf(options),
    }),
  );
  const { LoadBalancers } = await elb.send(
    new CreateLoadBalancerCommand({
      Name: FLEET,
      Type: 'application',
      Subnets: Object.values(subnets),
    }),
  );
  const loadBalancerArn = LoadBalancers?.[0]?.LoadBalancerArn ?? '';
  await createInterfaces(clients, subnets, loadBalancerArn);
  const { Listeners } = await elb.send(
    new CreateListenerCommand({
      LoadBalancerArn: loadBalancerArn,
      Protocol: 'HTTP',
      Port: 80,
      DefaultActions: [{ Type: 'forward', TargetGroupArn: targetGroupArn }],
    }),
  );
  return { targetGroupArn, loadBalancerArn, listenerArn: Listeners?.[0]?.ListenerArn ?? '' };
};

const attributesOf = ({ deregistrationDelayS, stickinessS }: WorldOptions) => {
  const delay = String(deregistrationDelayS ?? DEREGISTRATION_DELAY_S);
  const draining = [{ Key: 'deregistration_delay.timeout_seconds', Value: delay }];
  if (stickinessS === undefined) return draining;
  return [
    ...draining,
    { Key: 'stickiness.enabled', Value: 'true' },
    { Key: 'stickiness.type', Value: 'lb_cookie' },
    { Key: 'stickiness.lb_cookie.duration_seconds', Value: String(stickinessS) },
  ];
};

/** ELB puts one into every zone, and describes it by the ARN's tail; moto does not. */
const createInterfaces = async (
  clients: Clients,
  subnets: World['subnets'],
  loadBalancerArn: string,
): Promise<void> => {
  const tail = loadBalancerArn.split(':loadbalancer/')[1] ?? '';
  for (const zone of ZONES) {
    await clients.ec2.send(
      new CreateNetworkInterfaceCommand({
        SubnetId: subnets[zone],
        PrivateIpAddress: PLAN.balancer(zone),
        Description: `ELB ${tail}`,
      }),
    );
  }
};
