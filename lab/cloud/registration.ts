/** A group's instances, its target groups and its Classic Load Balancers. */
import type { Classic } from './classic.ts';
import type { Group, GroupMember } from './group.ts';
import type { Targets } from './targets.ts';

export const createRegistration = ({
  targets,
  classic,
  portOf,
}: RegistrationParts): Registration => {
  const addToLoadBalancer = async (group: Group, member: GroupMember): Promise<void> => {
    // An instance launched while this process is suspended is not added later either.
    if (group.suspended.has('AddToLoadBalancer')) return;
    for (const arn of group.targetGroupArns) {
      targets.register(arn, member.instanceId, await portOf(arn));
    }
    for (const name of group.balancerNames) await classic.register(name, [member.instanceId]);
  };
  const removeFromLoadBalancer = async (group: Group, member: GroupMember): Promise<void> => {
    const arns = [...group.targetGroupArns];
    for (const name of group.balancerNames) await classic.deregister(name, [member.instanceId]);
    await Promise.all(arns.map((arn) => targets.deregister(arn, member.instanceId)));
  };
  return { addToLoadBalancer, removeFromLoadBalancer };
};

export interface RegistrationParts {
  readonly targets: Targets;
  readonly classic: Classic;
  readonly portOf: (targetGroupArn: string) => Promise<number>;
}

export interface Registration {
  /** Registers a member's targets, unless that process is suspended. */
  addToLoadBalancer: (group: Group, member: GroupMember) => Promise<void>;
  /** Resolves when the targets are drained. */
  removeFromLoadBalancer: (group: Group, member: GroupMember) => Promise<void>;
}
