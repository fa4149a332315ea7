/** Wires the region's services to each other. */

import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { DescribeSubnetsCommand } from '@aws-sdk/client-ec2';
import { DescribeTargetGroupsCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { ZONES, type Zone } from '../parts.ts';
import { createActivities } from './activities.ts';
import { createAutoScaling } from './auto-scaling.ts';
import { createBalancing } from './balancing.ts';
import { type Clients, LAB_KEY, type Send } from './clients.ts';
import { createDispatch, type Dispatch } from './dispatch.ts';
import { createEmit } from './emit.ts';
import { createEventTargets } from './event-targets.ts';
import { createFaults } from './faults.ts';
import { groupHandlers } from './group-api.ts';
import { groupReadHandlers } from './group-read-api.ts';
import { hookHandlers } from './hook-api.ts';
import { createHooks } from './hooks.ts';
import { instanceHandlers } from './instance-api.ts';
import { createInstances, type Instances } from './instances.ts';
import { createJournal } from './journal.ts';
import { createLambda, type Lambda } from './lambda.ts';
import { lambdaHandlers } from './lambda-api.ts';
import { createAsyncEvents } from './lambda-events.ts';
import { memberHandlers } from './member-api.ts';
import { createMemberLife } from './member-life.ts';
import { membershipHandlers } from './membership-api.ts';
import { createRawCalls } from './raw-calls.ts';
import type { Region, RegionOptions } from './region.ts';
import { createSchedules } from './schedule.ts';
import { createSleep, type Sleep } from './sleep.ts';
import { createSsm } from './ssm.ts';
import { ssmHandlers } from './ssm-api.ts';
import type { Agent } from './ssm-document.ts';
import { createStores } from './stores.ts';
import { createHealthOf, targetHandlers } from './target-health.ts';
import { createTargets, type Targets } from './targets.ts';
import { deployTemplate } from './template.ts';

const PENDING_MS = 2_000;
/** Design section 5: published with every figure. */
const SSM_DELAY_MS = { dispatch: 1_500, report: 1_500 };
const SSM_UNKNOWN_MS = 200;
const SCHEDULE_JITTER_MS = 3_000;

export interface Services extends Omit<Region, 'endpoint' | 'stop'> {
  readonly dispatch: Dispatch;
  /** One look of the Auto Scaling loop. Never throws. */
  tick: () => void;
  stop: () => void;
}

export const createServices = (
  options: RegionOptions,
  send: Send,
  endpoint: () => string,
): Services => {
  const sleep = createSleep();
  const random = options.random ?? Math.random;
  const journal = createJournal(join(options.logFolder, 'calls.jsonl'));
  const faults = createFaults(random);
  const onFailure = (what: string, error: unknown): void =>
    appendFileSync(join(options.logFolder, 'region.log'), `${what}: ${String(error)}\n`);

  const lambda = createLambda({ endpoint, logFolder: options.logFolder });
  const nameOf = createNameOf(lambda);
  const dispatch = createDispatch({ send, journal, faults, nameOf, sleep });
  const raw = createRawCalls(dispatch.toMoto);
  const eventTargets = createEventTargets(raw, (arn, event) => events.accept(arn, event));
  const { deliver, carry } = eventTargets;
  const events = createAsyncEvents({ lambda, sleep, deliver, onFailure });

  const world = createWorldParts(options, dispatch, { sleep, carry, onFailure });
  const scaling = createScalingParts(dispatch, world);
  const { instances, targets } = world;
  const schedules = createSchedules({
    invoke: (name, event) => events.accept(name, event),
    random,
    firstTickInMs: options.firstTickInMs ?? null,
    jitterMs: options.scheduleJitterMs ?? SCHEDULE_JITTER_MS,
  });
  const ssm = createSsm({ ...options, instances, sleep, settings: ssmSettings(options) });
  let agent: Agent = 'current';
  const { hypervisor } = options;
  dispatch.serve(ssmHandlers({ ssm, instances, hypervisor, agent: () => agent }));
  dispatch.serve(lambdaHandlers(lambda, events));
  dispatch.serve({
    events: {
      PutEvents: async (call) => {
        const answer = await dispatch.forward(call);
        await carry();
        return answer;
      },
    },
  });
  const stores = createStores(dispatch.moto, raw, eventTargets);
  const zoneOfSubnet = createZoneOfSubnet(dispatch.moto);
  const deployParts = { lambda, schedules, ssm, stores, zoneOfSubnet };
  const tick = (): void => {
    try {
      scaling.scaling.tick();
    } catch (error) {
      onFailure('Auto Scaling', error);
    }
  };
  return {
    dispatch,
    tick,
    clients: dispatch.clients,
    journal,
    faults,
    instances,
    targets,
    scaling: scaling.scaling,
    activities: scaling.activities,
    ssm,
    lambda,
    schedules,
    setAgent: (age) => {
      agent = age;
    },
    deployTemplate: async (template, deployOptions) =>
      await deployTemplate(template, deployOptions, deployParts),
    stop: () => {
      schedules.stop();
      scaling.hooks.stop();
      ssm.stop();
      sleep.stop();
    },
  };
};

interface WorldParts {
  readonly instances: Instances;
  readonly targets: Targets;
  readonly healthOf: ReturnType<typeof createHealthOf>;
  readonly emit: ReturnType<typeof createEmit>;
}

interface Means {
  readonly sleep: Sleep;
  readonly carry: () => Promise<void>;
  readonly onFailure: (what: string, error: unknown) => void;
}

/** Instances, and the load balancer that serves them. */
const createWorldParts = (
  { hypervisor, balancer, pendingMs }: RegionOptions,
  { moto, forward, serve }: Dispatch,
  { sleep, carry, onFailure }: Means,
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
  serve(instanceHandlers(instances, forward));
  serve(targetHandlers({ moto, balancing, instances, targets, forward, healthOf }));
  return { instances, targets, healthOf, emit };
};

const createScalingParts = (
  { clients, moto, serve }: Dispatch,
  { instances, targets, healthOf, emit }: WorldParts,
) => {
  const activities = createActivities();
  const hooks = createHooks(emit);
  const portOf = async (arn: string): Promise<number> => {
    const request = new DescribeTargetGroupsCommand({ TargetGroupArns: [arn] });
    const { TargetGroups = [] } = await moto.elb.send(request);
    return TargetGroups[0]?.Port ?? 80;
  };
  const parts = { clients, instances, targets, portOf, hooks, activities, emit };
  const life = createMemberLife(parts);
  const scaling = createAutoScaling({
    instances,
    life,
    healthOf: (arn, instanceId) => {
      const target = targets.of(arn).find((each) => each.instanceId === instanceId);
      return target ? healthOf(arn, target) : null;
    },
  });
  serve(groupHandlers(scaling, moto));
  serve(groupReadHandlers(scaling, activities));
  serve(hookHandlers(scaling, hooks));
  serve(memberHandlers(scaling, life));
  serve(membershipHandlers(scaling, life, activities));
  return { scaling, activities, hooks };
};

const ssmSettings = ({ ssmDelayMs, ssmUnknownMs }: RegionOptions) => ({
  dispatchMs: ssmDelayMs?.dispatch ?? SSM_DELAY_MS.dispatch,
  reportMs: ssmDelayMs?.report ?? SSM_DELAY_MS.report,
  unknownMs: ssmUnknownMs ?? SSM_UNKNOWN_MS,
});

const createNameOf =
  ({ functions }: Lambda) =>
  (accessKeyId: string): string => {
    if (accessKeyId === LAB_KEY) return 'lab';
    const caller = [...functions.values()].find((each) => each.accessKeyId === accessKeyId);
    return caller?.spec.name ?? accessKeyId;
  };

const createZoneOfSubnet =
  (moto: Clients) =>
  async (subnetId: string): Promise<Zone | null> => {
    const { Subnets = [] } = await moto.ec2.send(new DescribeSubnetsCommand({}));
    const found = Subnets.find((subnet) => subnet.SubnetId === subnetId)?.AvailabilityZone;
    return ZONES.find((zone) => zone === found?.at(-1)) ?? null;
  };
