/** ELBv2 calls about targets. moto calls every target healthy, for ever; the lab's balancer really asks them. */
import { DescribeTargetGroupsCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Balancer, TargetHealth } from '../parts.ts';
import { AwsError } from './aws-error.ts';
import type { Balancing } from './balancing.ts';
import type { Clients } from './clients.ts';
import type { Handler, Handlers } from './dispatch.ts';
import type { Instances } from './instances.ts';
import { optionalNumber, records, text } from './parameters.ts';
import type { Target, Targets } from './targets.ts';
import { reply } from './wire.ts';
import { members } from './xml.ts';

export type Health = Pick<TargetHealth, 'state' | 'reason'>;

export interface TargetHealthParts {
  readonly moto: Clients;
  readonly balancing: Balancing;
  readonly instances: Instances;
  readonly targets: Targets;
  readonly healthOf: HealthOf;
}

export type HealthOf = (targetGroupArn: string, target: Target) => Health;

interface HealthSources extends Pick<TargetHealthParts, 'balancing' | 'instances'> {
  readonly balancer: Balancer;
}

/** What ELBv2 would say of a target. */
export const createHealthOf =
  ({ balancer, balancing, instances }: HealthSources): HealthOf =>
  (arn, { instanceId, draining }) => {
    if (draining) return { state: 'draining', reason: 'Target.DeregistrationInProgress' };
    if (!balancing.isInUse(arn)) return { state: 'unused', reason: 'Target.NotInUse' };
    const state = instances.find(instanceId)?.state;
    if (state !== 'running' && state !== 'shutting-down') {
      return { state: 'unused', reason: 'Target.InvalidState' };
    }
    const seen = balancer
      .health()
      .find((each) => each.targetGroupArn === arn && each.instanceId === instanceId);
    if (
      !seen ||
      (seen.state !== 'initial' && seen.state !== 'healthy' && seen.state !== 'unhealthy')
    ) {
      return { state: 'initial', reason: 'Elb.RegistrationInProgress' };
    }
    return { state: seen.state, reason: seen.reason };
  };

export const targetHandlers = (parts: TargetHealthParts): Handlers => {
  const { moto, instances, targets, healthOf } = parts;
  const portOf = async (arn: string): Promise<number> => {
    const request = new DescribeTargetGroupsCommand({ TargetGroupArns: [arn] });
    const { TargetGroups = [] } = await moto.elb.send(request);
    return TargetGroups[0]?.Port ?? 80;
  };
  const register: Handler = async (call) => {
    const arn = text(call.parameters, 'TargetGroupArn');
    const port = await portOf(arn);
    const wanted = records(call.parameters, 'Targets');
    const refused = wanted
      .map((target) => text(target, 'Id'))
      .filter((id) => instances.find(id)?.state !== 'running');
    if (refused.length > 0) {
      const message = `The following targets are not in a running state and cannot be registered: '${refused.join(', ')}'`;
      throw new AwsError('InvalidTarget', message);
    }
    for (const target of wanted) {
      targets.register(arn, text(target, 'Id'), optionalNumber(target, 'Port') ?? port);
    }
    return reply(call, {});
  };
  const deregister: Handler = async (call) => {
    const arn = text(call.parameters, 'TargetGroupArn');
    await portOf(arn);
    // Answers before it takes effect, as ELBv2 does.
    for (const target of records(call.parameters, 'Targets')) {
      void targets.deregister(arn, text(target, 'Id'));
    }
    return reply(call, {});
  };
  const describe: Handler = async (call) => {
    const arn = text(call.parameters, 'TargetGroupArn');
    const port = await portOf(arn);
    const registered = targets.of(arn);
    const ids = records(call.parameters, 'Targets').map((target) => text(target, 'Id'));
    const wanted = ids.length > 0 ? ids : registered.map((target) => target.instanceId);
    const descriptions = wanted.map((id) => {
      const target = registered.find((each) => each.instanceId === id);
      const health: Health = target
        ? healthOf(arn, target)
        : { state: 'unused', reason: 'Target.NotRegistered' };
      return describeTarget(id, target?.port ?? port, health);
    });
    return reply(call, { TargetHealthDescriptions: members(descriptions) });
  };
  return {
    elasticloadbalancing: {
      RegisterTargets: register,
      DeregisterTargets: deregister,
      DescribeTargetHealth: describe,
    },
  };
};

const describeTarget = (id: string, port: number, { state, reason }: Health): object => ({
  Target: { Id: id, Port: String(port) },
  HealthCheckPort: String(port),
  TargetHealth: {
    State: state,
    ...(reason === null ? {} : { Reason: reason, Description: DESCRIPTION[reason] ?? reason }),
  },
});

const DESCRIPTION: Readonly<Record<string, string>> = {
  'Elb.RegistrationInProgress': 'Target registration is in progress',
  'Elb.InitialHealthChecking': 'Initial health checks in progress',
  'Target.ResponseCodeMismatch': 'Health checks failed with these codes',
  'Target.Timeout': 'Request timed out',
  'Target.FailedHealthChecks': 'Health checks failed',
  'Target.NotRegistered': 'Target is not registered to the target group',
  'Target.NotInUse': 'Target group is not configured to receive traffic from the load balancer',
  'Target.InvalidState': 'Target is in an invalid state',
  'Target.DeregistrationInProgress': 'Target deregistration is in progress',
};
