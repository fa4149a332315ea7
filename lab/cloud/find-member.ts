/** Which group an instance belongs to. */
import { type AutoScaling, findGroup } from './auto-scaling.ts';
import { AwsError } from './aws-error.ts';
import type { Group, GroupMember } from './group.ts';
import { type Parameters, text, texts } from './parameters.ts';

export interface Found {
  readonly group: Group;
  readonly member: GroupMember;
}

/** @throws AwsError `ValidationError` when no group, or not this one, has the instance. */
export const findMember = (scaling: AutoScaling, instanceId: string, groupName?: string): Found => {
  const candidates = groupName ? [findGroup(scaling, groupName)] : [...scaling.groups.values()];
  for (const group of candidates) {
    const member = group.members.get(instanceId);
    if (member) return { group, member };
  }
  const message = `Instance Id not found - No managed instance found for instance ID: ${instanceId}`;
  throw new AwsError('ValidationError', message);
};

/** The instances that a call names, all of one group. */
export const chosenMembers = (scaling: AutoScaling, parameters: Parameters): readonly Found[] => {
  const group = text(parameters, 'AutoScalingGroupName');
  return texts(parameters, 'InstanceIds').map((id) => findMember(scaling, id, group));
};
