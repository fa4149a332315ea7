/** Auto Scaling groups and Classic Load Balancers, which moto holds: whoever is in service is registered there too. */
import { type AutoScaling, findGroup } from './auto-scaling.ts';
import { AwsError } from './aws-error.ts';
import type { Handler, Handlers } from './dispatch.ts';
import type { Group } from './group.ts';
import { page } from './page.ts';
import { text, texts } from './parameters.ts';
import type { RawCalls } from './raw-calls.ts';
import { activeRefresh } from './refresh.ts';
import { reply } from './wire.ts';
import { members } from './xml.ts';

export interface Classic {
  /** @throws when there is no such load balancer */
  register: (balancer: string, instanceIds: readonly string[]) => Promise<void>;
  deregister: (balancer: string, instanceIds: readonly string[]) => Promise<void>;
}

const VERSION = '2012-06-01';

export const createClassic = (raw: RawCalls): Classic => {
  const change =
    (action: string) =>
    async (LoadBalancerName: string, instanceIds: readonly string[]): Promise<void> => {
      const ids = instanceIds.map((id, at) => [`Instances.member.${at + 1}.InstanceId`, id]);
      const parameters = { Version: VERSION, LoadBalancerName, ...Object.fromEntries(ids) };
      if (ids.length > 0) await raw.query('elasticloadbalancing', action, parameters);
    };
  return {
    register: change('RegisterInstancesWithLoadBalancer'),
    deregister: change('DeregisterInstancesFromLoadBalancer'),
  };
};

const inService = ({ members: all }: Group): readonly string[] =>
  [...all.values()]
    .filter(({ lifecycle }) => lifecycle === 'InService')
    .map(({ instanceId }) => instanceId);

export const classicHandlers = (
  scaling: AutoScaling,
  classic: Classic,
  raw: RawCalls,
): Handlers => {
  const check = async (name: string): Promise<void> => {
    const named = { Version: VERSION, 'LoadBalancerNames.member.1': name };
    await raw.query('elasticloadbalancing', 'DescribeLoadBalancers', named).catch(() => {
      const message = `Provided Load Balancers may not be valid. Please ensure they exist and try again.`;
      throw new AwsError('ValidationError', message);
    });
  };
  const attach: Handler = async (call) => {
    const group = findGroup(scaling, text(call.parameters, 'AutoScalingGroupName'));
    if (activeRefresh(group)) {
      throw new AwsError('InstanceRefreshInProgress', 'An instance refresh is in progress.');
    }
    for (const name of texts(call.parameters, 'LoadBalancerNames')) {
      await check(name);
      group.balancerNames.add(name);
      await classic.register(name, inService(group));
    }
    return reply(call, {});
  };
  const detach: Handler = async (call) => {
    const group = findGroup(scaling, text(call.parameters, 'AutoScalingGroupName'));
    for (const name of texts(call.parameters, 'LoadBalancerNames')) {
      if (!group.balancerNames.delete(name)) {
        const message = `Trying to remove Load Balancers that are not part of the group: [${name}]`;
        throw new AwsError('ValidationError', message);
      }
      await classic.deregister(name, inService(group));
    }
    return reply(call, {});
  };
  const describe: Handler = async (call) => {
    const group = findGroup(scaling, text(call.parameters, 'AutoScalingGroupName'));
    const found = [...group.balancerNames].map((LoadBalancerName) => ({
      LoadBalancerName,
      State: 'Added',
    }));
    const { items, next } = page(found, call.parameters, { sizeDefault: 100, sizeMax: 100 });
    return reply(call, { LoadBalancers: members(items), NextToken: next });
  };
  return {
    autoscaling: {
      AttachLoadBalancers: attach,
      DetachLoadBalancers: detach,
      DescribeLoadBalancers: describe,
    },
  };
};
