/** Launches one instance for a group. */
import { RunInstancesCommand } from '@aws-sdk/client-ec2';
import type { Clients } from './clients.ts';
import type { Group, GroupMember, Subnet } from './group.ts';

/** The new member is `Pending`. @throws when EC2 refuses. */
export const launch = async (
  clients: Clients,
  group: Group,
  subnet: Subnet,
): Promise<GroupMember> => {
  group.launching.push(subnet.id);
  try {
    const request = runRequest(group, subnet);
    const { Instances: launched = [] } = await clients.ec2.send(new RunInstancesCommand(request));
    const member: GroupMember = {
      instanceId: launched[0]?.InstanceId ?? '',
      zone: subnet.zone,
      subnetId: subnet.id,
      lifecycle: 'Pending',
      unhealthy: null,
      inServiceAtMs: null,
      isProtected: false,
    };
    group.members.set(member.instanceId, member);
    return member;
  } finally {
    group.launching.splice(group.launching.indexOf(subnet.id), 1);
  }
};
const runRequest = (group: Group, subnet: Subnet) => {
  const propagated = [...group.tags.values()].filter((tag) => tag.propagate);
  const tags = propagated.map(({ key, value }) => ({ Key: key, Value: value }));
  const own = { Key: 'aws:autoscaling:groupName', Value: group.name };
  const { id, version } = group.launchTemplate;
  return {
    MinCount: 1,
    MaxCount: 1,
    SubnetId: subnet.id,
    LaunchTemplate: { LaunchTemplateId: id, Version: version },
    TagSpecifications: [{ ResourceType: 'instance' as const, Tags: [own, ...tags] }],
  };
};
