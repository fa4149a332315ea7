/** The load balancer of the world: its network interfaces, its listener, and a target group for each side. */
import { CreateNetworkInterfaceCommand } from '@aws-sdk/client-ec2';
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
  ModifyTargetGroupAttributesCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { PLAN, ZONES } from '../parts.ts';
import type { Clients } from './clients.ts';
import type { Net, WorldOptions } from './world.ts';

export const FLEET = 'api';

const DEREGISTRATION_DELAY_S = 10;
/** As the group and its instances: without it Quorate has no right to touch them. */
const Tags = [{ Key: 'quorate:fleet', Value: FLEET }];

/** @returns its ARN; no listener leads to it yet */
export const createTargetGroup = async (
  { elb }: Clients,
  Name: string,
  { net, options }: { readonly net: Net; readonly options: WorldOptions },
): Promise<string> => {
  const { TargetGroups } = await elb.send(
    new CreateTargetGroupCommand({
      Name,
      Protocol: 'HTTP',
      Port: PLAN.applicationPort,
      VpcId: net.vpcId,
      HealthCheckPath: options.healthCheck?.path ?? '/health',
      HealthCheckPort:
        options.healthCheck === undefined ? 'traffic-port' : String(options.healthCheck.port),
      HealthCheckIntervalSeconds: 5,
      HealthCheckTimeoutSeconds: 2,
      HealthyThresholdCount: 2,
      UnhealthyThresholdCount: 2,
      Tags,
    }),
  );
  const TargetGroupArn = TargetGroups?.[0]?.TargetGroupArn ?? '';
  const Attributes = attributesOf(options);
  await elb.send(new ModifyTargetGroupAttributesCommand({ TargetGroupArn, Attributes }));
  return TargetGroupArn;
};

/** A load balancer whose listener leads to the group. */
export const createBalancer = async (
  clients: Clients,
  { subnets }: Net,
  TargetGroupArn: string,
): Promise<{ readonly loadBalancerArn: string; readonly listenerArn: string }> => {
  const { elb } = clients;
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
      DefaultActions: [{ Type: 'forward', TargetGroupArn }],
      Tags,
    }),
  );
  return { loadBalancerArn, listenerArn: Listeners?.[0]?.ListenerArn ?? '' };
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
  subnets: Net['subnets'],
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
