/** The SSM call that lists agents. */
import type { Hypervisor } from '../parts.ts';
import type { Handler, Handlers } from './dispatch.ts';
import type { Instance } from './instance.ts';
import type { Instances } from './instances.ts';
import { page } from './page.ts';
import { type Parameters, records, texts } from './parameters.ts';
import type { Ssm } from './ssm.ts';
import type { Agent } from './ssm-document.ts';
import { reply } from './wire.ts';

export interface SsmApiParts {
  readonly ssm: Ssm;
  readonly instances: Instances;
  readonly hypervisor: Hypervisor;
  /** How old the hosts' agents are. */
  readonly agent: () => Agent;
}

export const agentHandlers = ({ ssm, instances, hypervisor, agent }: SsmApiParts): Handlers => {
  const describe: Handler = async (call) => {
    const wanted = wantedIds(call.parameters);
    const found = instances
      .all()
      .filter(({ state }) => state === 'running' || state === 'stopped')
      .filter(({ id }) => hypervisor.hasAgent(id))
      .filter(({ id }) => wanted === null || wanted.includes(id))
      .map((instance) => informationOf(instance));
    const { items, next } = page(found, call.parameters, { sizeDefault: 10, sizeMax: 50 });
    return reply(call, { InstanceInformationList: items, NextToken: next });
  };
  const informationOf = (instance: Instance): object => {
    const isOnline = hypervisor.isOn(instance.id) && !ssm.isHeld(instance.id);
    return {
      InstanceId: instance.id,
      PingStatus: isOnline ? 'Online' : 'ConnectionLost',
      LastPingDateTime: Date.now() / 1000,
      AgentVersion: agent() === 'current' ? '3.3.2746.0' : '3.2.582.0',
      IsLatestVersion: agent() === 'current',
      PlatformType: 'Linux',
      PlatformName: 'Amazon Linux',
      PlatformVersion: '2023',
      ResourceType: 'EC2Instance',
      IPAddress: instance.address,
    };
  };
  return { ssm: { DescribeInstanceInformation: describe } };
};

const wantedIds = (parameters: Parameters): readonly string[] | null => {
  const byFilter = records(parameters, 'Filters').find((each) => each['Key'] === 'InstanceIds');
  if (byFilter) return texts(byFilter, 'Values');
  const older = records(parameters, 'InstanceInformationFilterList');
  const byOlder = older.find((each) => each['key'] === 'InstanceIds');
  return byOlder ? texts(byOlder, 'valueSet') : null;
};
