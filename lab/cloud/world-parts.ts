/** The parts of the region that hold instances: hosts, load balancer, Auto Scaling groups. */
import { DescribeSubnetsCommand } from '@aws-sdk/client-ec2';
import { DescribeTargetGroupsCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { ZONES, type Zone } from '../parts.ts';
import { createActivities } from './activities.ts';
import { createAutoScaling } from './auto-scaling.ts';
import { type Balancing, createBalancing } from './balancing.ts';
import { type Capacity, createCapacity } from './capacity.ts';
import { classicHandlers, createClassic } from './classic.ts';
import type { Clients } from './clients.ts';
import type { Dispatch } from './dispatch.ts';
import { createEc2Status, type Ec2Status } from './ec2-status.ts';
import { ec2StatusHandlers } from './ec2-status-api.ts';
import { createEmit } from './emit.ts';
import { groupHandlers } from './group-api.ts';
import { groupReadHandlers } from './group-read-api.ts';
import { hookHandlers } from './hook-api.ts';
import { createHooks } from './hooks.ts';
import { instanceHandlers } from './instance-api.ts';
import { createInstances, type Instances } from './instances.ts';
import type { WithKnownId } from './known-ids.ts';
import { memberHandlers } from './member-api.ts';
import { createMemberLife } from './member-life.ts';
import { membershipHandlers } from './membership-api.ts';
import { createRawCalls } from './raw-calls.ts';
import { createRefresher } from './refresh.ts';
import { refreshHandlers } from './refresh-api.ts';
import type { RegionOptions } from './region.ts';
import { routingHandlers } from './routing-api.ts';
import type { Sleep } from './sleep.ts';
import { createHealthOf, targetHandlers } from './target-health.ts';
import { createTargets, type Targets } from './targets.ts';

const PENDING_MS = 2_000;

export interface WorldParts {
  readonly instances: Instances;
  readonly ec2Status: Ec2Status;
  readonly capacity: Capacity;
  readonly targets: Targets;
  readonly balancing: Balancing;
  readonly healthOf: ReturnType<typeof createHealthOf>;
  readonly emit: ReturnType<typeof createEmit>;
}

export interface Means {
  readonly sleep: Sleep;
  readonly withKnownId: WithKnownId;
  readonly carry: () => Promise<void>;
  readonly onFailure: (what: string, error: unknown) => void;
}

/** Instances, and the load balancer that serves them. */
export const createWorldParts = (
  { hypervisor, balancer, pendingMs, patience }: RegionOptions,
  { moto, forward, serve }: Dispatch,
  { sleep, withKnownId, carry, onFailure }: Means,
): WorldParts => {
  const emit = createEmit(moto, carry);
  const power = { hypervisor, onFailure, pendingMs: () => pendingMs ?? PENDING_MS };
  const instances = createInstances({ moto, emit, sleep, ...power });
  const balancing = createBalancing({ moto, balancer, instances, targets: () => targets });
  const targets: Targets = createTargets({ instances, delayMs: balancing.delayMs, sleep });
  // The balancer throws once its process is gone; instances and targets move on without it.
  const apply = (): void => {
    try {
      balancing.apply();
    } catch (error) {
      onFailure('configure the balancer', error);
    }
  };
  targets.onChange(apply);
  instances.onChange(apply);
  const healthOf = createHealthOf({ balancer, balancing, instances });
  const ec2Status = createEc2Status(patience);
  const capacity = createCapacity();
  const zoneOfSubnet = createZoneOfSubnet(moto);
  serve(instanceHandlers({ instances, capacity, ec2Status, zoneOfSubnet, forward }));
  serve(ec2StatusHandlers(instances, ec2Status));
  serve(targetHandlers({ moto, balancing, instances, targets, healthOf }));
  serve(routingHandlers({ moto, balancing, forward, withKnownId }));
  return { instances, ec2Status, capacity, targets, balancing, healthOf, emit };
};

export const createScalingParts = (
  { clients, moto, toMoto, serve }: Dispatch,
  { instances, ec2Status, targets, healthOf, emit }: WorldParts,
) => {
  const activities = createActivities();
  const hooks = createHooks(emit);
  const portOf = async (arn: string): Promise<number> => {
    const request = new DescribeTargetGroupsCommand({ TargetGroupArns: [arn] });
    const { TargetGroups = [] } = await moto.elb.send(request);
    return TargetGroups[0]?.Port ?? 80;
  };
  const raw = createRawCalls(toMoto);
  const classic = createClassic(raw);
  const parts = { clients, instances, targets, classic, portOf, hooks, activities, emit };
  const life = createMemberLife(parts);
  const scaling = createAutoScaling({
    instances,
    ec2Status,
    life,
    refresh: createRefresher({ life, emit }),
    healthOf: (arn, instanceId) => {
      const target = targets.of(arn).find((each) => each.instanceId === instanceId);
      return target ? healthOf(arn, target) : null;
    },
  });
  serve(groupHandlers(scaling, activities, moto));
  serve(refreshHandlers(scaling));
  serve(groupReadHandlers(scaling, activities));
  serve(hookHandlers(scaling, hooks));
  serve(memberHandlers(scaling, life));
  serve(membershipHandlers(scaling, life, activities));
  serve(classicHandlers(scaling, classic, raw));
  return { scaling, activities, hooks };
};

/** `null` for a subnet that the lab does not know. */
export const createZoneOfSubnet =
  (moto: Clients) =>
  async (subnetId: string): Promise<Zone | null> => {
    const { Subnets = [] } = await moto.ec2.send(new DescribeSubnetsCommand({}));
    const found = Subnets.find((subnet) => subnet.SubnetId === subnetId)?.AvailabilityZone;
    return ZONES.find((zone) => zone === found?.at(-1)) ?? null;
  };
