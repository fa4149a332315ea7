/** EC2 calls that tell how instances are. moto calls every instance well, for ever. */
import { PLAN } from '../parts.ts';
import { AwsError } from './aws-error.ts';
import type { Handler, Handlers } from './dispatch.ts';
import type { CheckWord, Ec2Status, ScheduledEvent } from './ec2-status.ts';
import { type Instance, stateOf } from './instance.ts';
import type { Instances } from './instances.ts';
import { page } from './page.ts';
import { flag, optionalText, type Parameters, records, texts } from './parameters.ts';
import { reply } from './wire.ts';

/** Most ids that one call may name (EC2 API reference, DescribeInstanceStatus). */
const IDS_MAX = 100;
const PAGE = { sizeDefault: 1_000, sizeMax: 1_000 };

export const ec2StatusHandlers = (instances: Instances, ec2Status: Ec2Status): Handlers => {
  const chosen = (parameters: Parameters): readonly Instance[] => {
    const ids = texts(parameters, 'InstanceId');
    if (ids.length > IDS_MAX) {
      throw new AwsError('InvalidParameterValue', `At most ${IDS_MAX} instance ids.`);
    }
    if (ids.length > 0 && optionalText(parameters, 'MaxResults') !== undefined) {
      const message = 'The parameter instancesSet cannot be used with the parameter maxResults';
      throw new AwsError('InvalidParameterCombination', message);
    }
    return ids.length > 0 ? ids.map(instances.require) : instances.all();
  };
  const describe: Handler = async (call) => {
    refuseFilters(call.parameters);
    const includeAll = flag(call.parameters, 'IncludeAllInstances', false);
    const found = chosen(call.parameters).filter(({ state }) => includeAll || state === 'running');
    const { items, next } = page(found, call.parameters, PAGE);
    const item = items.map((instance) => itemOf(instance, ec2Status));
    return reply(call, { instanceStatusSet: { item }, nextToken: next });
  };
  const describeSpot: Handler = async (call) => {
    refuseFilters(call.parameters);
    const wanted = texts(call.parameters, 'SpotInstanceRequestId');
    const item = instances
      .all()
      .map((instance) => ({ instance, code: ec2Status.of(instance).spot }))
      .filter(({ code }) => code !== null)
      .map(({ instance, code }) => ({
        spotInstanceRequestId: spotRequestId(instance.id),
        instanceId: instance.id,
        state: 'active',
        status: { code, updateTime: new Date().toISOString() },
      }))
      .filter((each) => wanted.length === 0 || wanted.includes(each.spotInstanceRequestId));
    return reply(call, { spotInstanceRequestSet: { item } });
  };
  return {
    ec2: { DescribeInstanceStatus: describe, DescribeSpotInstanceRequests: describeSpot },
  };
};

export const spotRequestId = (instanceId: string): string => `sir-${instanceId.slice(-8)}`;

/** A filter that is not heeded would be a wrong answer. */
const refuseFilters = (parameters: Parameters): void => {
  const [filter] = records(parameters, 'Filter');
  if (filter === undefined) return;
  throw new AwsError('InvalidParameterValue', `The lab knows no filter ${String(filter['Name'])}.`);
};

const itemOf = (instance: Instance, ec2Status: Ec2Status): object => {
  const { system, instance: own, events } = ec2Status.of(instance);
  return {
    instanceId: instance.id,
    availabilityZone: `${PLAN.region}${instance.zone}`,
    instanceState: stateOf(instance.state),
    systemStatus: checksOf(system),
    instanceStatus: checksOf(own),
    eventsSet: { item: events.map(eventOf) },
  };
};

const checksOf = (status: CheckWord): object => {
  const reachability = REACHABILITY[status] ?? status;
  return { status, details: { item: [{ name: 'reachability', status: reachability }] } };
};

const REACHABILITY: Readonly<Record<string, string>> = { ok: 'passed', impaired: 'failed' };

const eventOf = ({ code, notBeforeMs, description }: ScheduledEvent, index: number): object => ({
  instanceEventId: `instance-event-${`${index}`.padStart(17, '0')}`,
  code,
  description: description ?? 'The instance is running on degraded hardware',
  notBefore: new Date(notBeforeMs).toISOString(),
});
