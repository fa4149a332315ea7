/**
 * Who else changes the group right now (I5): an instance refresh, somebody who suspended launching or terminating, a
 * deployment that says so by a tag.
 *
 * When it cannot be read whether a refresh is under way, that counts as one: two who replace instances at once may take
 * more of them than the cluster can spare, while a replacement that waits for the next reading costs seconds.
 */
import {
  type AutoScalingClient,
  type AutoScalingGroup,
  DescribeInstanceRefreshesCommand,
  type TagDescription as Tag,
} from '@aws-sdk/client-auto-scaling';
import type { Fleet } from '../../config/fleet.ts';
import type { OtherActor } from '../../core/observation.ts';
import { CallFailed, call } from './call.ts';

/** On the group, by whoever deploys: until when, in ISO 8601. It ends by itself, so that nobody has to remember. */
const DEPLOYING_TAG = 'quorate:deploying-until';

/** Statuses of a refresh that changes instances, or is about to. The others are over. */
const ACTIVE: ReadonlySet<string> = new Set([
  'Pending',
  'InProgress',
  'Cancelling',
  'RollbackInProgress',
  'Baking',
]);

/** The newest come first, and only one can be active. */
const REFRESHES_MAX = 5;

/** Never rejects for what AWS answers. */
export const readRefreshes = async (
  client: AutoScalingClient,
  fleet: Fleet,
  abortSignal: AbortSignal,
): Promise<readonly OtherActor[]> => {
  const input = { AutoScalingGroupName: fleet.group, MaxRecords: REFRESHES_MAX };
  try {
    const answer = await call(
      'autoscaling:DescribeInstanceRefreshes',
      client.send(new DescribeInstanceRefreshesCommand(input), { abortSignal }),
    );
    return (answer.InstanceRefreshes ?? [])
      .filter((refresh) => ACTIVE.has(refresh.Status ?? ''))
      .map(({ InstanceRefreshId, Status, PercentageComplete }) => ({
        kind: 'instanceRefresh',
        detail: `instance refresh ${InstanceRefreshId ?? 'without an id'} is ${Status ?? ''} (${PercentageComplete ?? 0} %)`,
      }));
  } catch (error) {
    if (!(error instanceof CallFailed)) throw error;
    const detail = `whether an instance refresh is under way is not known: ${error.message}`;
    return [{ kind: 'instanceRefresh', detail }];
  }
};

/** Without `Launch` nothing takes the place of what is terminated; without `Terminate` nothing goes. */
const NEEDED: ReadonlySet<string> = new Set(['Launch', 'Terminate']);

export const suspendedProcesses = (group: AutoScalingGroup): readonly OtherActor[] =>
  (group.SuspendedProcesses ?? [])
    .filter(({ ProcessName }) => NEEDED.has(ProcessName ?? ''))
    .map(({ ProcessName, SuspensionReason }) => ({
      kind: 'suspendedProcess',
      detail: `${ProcessName ?? ''} is suspended in the Auto Scaling group (${SuspensionReason ?? 'no reason given'})`,
    }));

/** A date with a time and its offset: without one it would mean another moment in another place. */
const ISO_8601 = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$/;

/** A value that cannot be read counts: whoever wrote it meant to keep others away. */
export const deployment = (tags: readonly Tag[], nowMs: number): readonly OtherActor[] => {
  const value = tags.find((tag) => tag.Key === DEPLOYING_TAG)?.Value;
  if (value === undefined) return [];
  const untilMs = ISO_8601.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(untilMs)) {
    const detail = `tag ${DEPLOYING_TAG} is "${value}", which is no time in ISO 8601, such as 2026-11-23T10:00:00Z: correct it or take it off the group`;
    return [{ kind: 'deployment', detail }];
  }
  if (untilMs <= nowMs) return [];
  return [{ kind: 'deployment', detail: `tag ${DEPLOYING_TAG} says ${value}` }];
};
