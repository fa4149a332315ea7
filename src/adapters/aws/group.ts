/** The fleet's Auto Scaling group, and the target groups it registers its instances in. */
import {
  type AutoScalingClient,
  type AutoScalingGroup,
  paginateDescribeAutoScalingGroups,
  type TagDescription,
} from '@aws-sdk/client-auto-scaling';
import type { Fleet } from '../../config/fleet.ts';
import type { InstanceId, OtherActor } from '../../core/observation.ts';
import { QuorateError } from '../../errors.ts';
import { pagesOf } from './call.ts';
import { suspendedProcesses } from './other-actors.ts';

/** Opt-in tag of groups and instances (I11). */
export const FLEET_TAG = 'quorate:fleet';

/** AWS answered, and the answer cannot be worked with. The message is a sentence for people. */
export class AnswerUnusable extends QuorateError {
  override readonly name: string = 'AnswerUnusable';
}

/** AWS answered that there is no such group. */
export class GroupGone extends AnswerUnusable {
  override readonly name = 'GroupGone';
}

export interface GroupMember {
  readonly instanceId: InstanceId;
  readonly zone: string;
  readonly lifecycle: string;
}

export interface Group {
  readonly tagged: boolean;
  readonly desired: number;
  readonly max: number;
  readonly min: number;
  readonly members: readonly GroupMember[];
  readonly targetGroupArns: readonly string[];
  /** Processes that are suspended, by whomever. */
  readonly suspended: readonly string[];
  /** Those of them that nobody may get in the way of. */
  readonly suspendedBy: readonly OtherActor[];
  readonly tags: readonly TagDescription[];
}

/** @throws CallFailed, AnswerUnusable */
export const readGroup = async (
  client: AutoScalingClient,
  fleet: Fleet,
  abortSignal: AbortSignal,
): Promise<Group> => {
  const input = { AutoScalingGroupNames: [fleet.group] };
  const pages = await pagesOf(
    'autoscaling:DescribeAutoScalingGroups',
    paginateDescribeAutoScalingGroups({ client }, input, { abortSignal }),
  );
  const found = pages
    .flatMap((page) => page.AutoScalingGroups ?? [])
    .find((group) => group.AutoScalingGroupName === fleet.group);
  if (found === undefined) {
    throw new GroupGone(
      `there is no Auto Scaling group "${fleet.group}" in this account and region: correct \`group\` of fleet "${fleet.name}" or create the group`,
    );
  }
  return groupOf(found, fleet);
};

const groupOf = (found: AutoScalingGroup, fleet: Fleet): Group => {
  if (found.Status !== undefined) {
    // Set only while the group is being deleted.
    throw new AnswerUnusable(
      `Auto Scaling group "${fleet.group}" reports "${found.Status}": remove fleet "${fleet.name}" from the fleets file if that is meant`,
    );
  }
  if (found.DesiredCapacity === undefined) {
    throw new AnswerUnusable(`Auto Scaling group "${fleet.group}" came without a desired capacity`);
  }
  if (found.MaxSize === undefined) {
    throw new AnswerUnusable(`Auto Scaling group "${fleet.group}" came without a maximum size`);
  }
  if (found.MinSize === undefined) {
    throw new AnswerUnusable(`Auto Scaling group "${fleet.group}" came without a minimum size`);
  }
  const tags = found.Tags ?? [];
  return {
    tagged: tags.some((tag) => tag.Key === FLEET_TAG && tag.Value === fleet.name),
    desired: found.DesiredCapacity,
    max: found.MaxSize,
    min: found.MinSize,
    members: (found.Instances ?? []).map((instance) => ({
      instanceId: instance.InstanceId ?? '',
      zone: instance.AvailabilityZone ?? '',
      lifecycle: instance.LifecycleState ?? '',
    })),
    targetGroupArns: targetGroupArnsOf(found),
    suspended: (found.SuspendedProcesses ?? []).map(({ ProcessName }) => ProcessName ?? ''),
    suspendedBy: suspendedProcesses(found),
    tags,
  };
};

/** Attached by either of the two APIs; each shows up in its own list or in both. */
const targetGroupArnsOf = (found: AutoScalingGroup): readonly string[] => {
  const sources = (found.TrafficSources ?? [])
    .filter((source) => source.Type === undefined || source.Type === 'elbv2')
    .map((source) => source.Identifier ?? '')
    .filter((identifier) => identifier.includes(':targetgroup/'));
  return [...new Set([...(found.TargetGroupARNs ?? []), ...sources])];
};
