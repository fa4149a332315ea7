/** Auto Scaling calls about instance refreshes. */
import { type AutoScaling, findGroup } from './auto-scaling.ts';
import { AwsError } from './aws-error.ts';
import type { Handler, Handlers } from './dispatch.ts';
import type { Group } from './group.ts';
import { page } from './page.ts';
import { optionalNumber, type Parameters, record, text, texts } from './parameters.ts';
import {
  activeRefresh,
  beginRefresh,
  percentOf,
  type Refresh,
  type RefreshPreferences,
} from './refresh.ts';
import { reply } from './wire.ts';
import { members } from './xml.ts';

/** The API's defaults, in the order of the reference. */
const MIN_HEALTHY_PERCENTAGE = 90;
const MAX_HEALTHY_PERCENTAGE = 100;
const CHECKPOINT_DELAY_S = 3_600;

/** What would change the refresh, and the lab does not do. */
const UNKNOWN = ['AlarmSpecification', 'AutoRollback', 'BakeTime', 'SkipMatching'];

export const refreshHandlers = (scaling: AutoScaling): Handlers => {
  const groupOf = (parameters: Parameters): Group =>
    findGroup(scaling, text(parameters, 'AutoScalingGroupName'));
  const start: Handler = async (call) => {
    const group = groupOf(call.parameters);
    refuseUnknown(call.parameters);
    if (activeRefresh(group)) {
      const message =
        'An Instance Refresh is already in progress and blocks the execution of this Instance Refresh.';
      throw new AwsError('InstanceRefreshInProgress', message);
    }
    const refresh = beginRefresh(group, readPreferences(call.parameters, group));
    return reply(call, { InstanceRefreshId: refresh.id });
  };
  const cancel: Handler = async (call) => {
    const group = groupOf(call.parameters);
    const refresh = activeRefresh(group);
    if (!refresh) {
      const message = `No in progress or pending Instance Refresh found for Auto Scaling group ${group.name}`;
      throw new AwsError('ActiveInstanceRefreshNotFound', message);
    }
    refresh.status = 'Cancelling';
    refresh.reason = 'Cancelled due to user request.';
    return reply(call, { InstanceRefreshId: refresh.id });
  };
  const describe: Handler = async (call) => {
    const group = groupOf(call.parameters);
    const ids = texts(call.parameters, 'InstanceRefreshIds');
    const found = group.refreshes.filter(({ id }) => ids.length === 0 || ids.includes(id));
    const { items, next } = page(found, call.parameters, { sizeDefault: 50, sizeMax: 100 });
    const shown = items.map((refresh) => describeRefresh(group, refresh));
    return reply(call, { InstanceRefreshes: members(shown), NextToken: next });
  };
  return {
    autoscaling: {
      StartInstanceRefresh: start,
      CancelInstanceRefresh: cancel,
      DescribeInstanceRefreshes: describe,
    },
  };
};

const refuseUnknown = (parameters: Parameters): void => {
  const preferences = record(parameters, 'Preferences');
  const asked = [
    ...(parameters['DesiredConfiguration'] === undefined ? [] : ['DesiredConfiguration']),
    ...UNKNOWN.filter((name) => preferences[name] !== undefined && preferences[name] !== 'false'),
    ...(parameters['Strategy'] === 'ReplaceRootVolume' ? ['ReplaceRootVolume'] : []),
  ];
  if (asked.length === 0) return;
  throw new AwsError('ValidationError', `The lab knows no ${asked.join(', ')}.`);
};

const readPreferences = (parameters: Parameters, group: Group): RefreshPreferences => {
  const given = record(parameters, 'Preferences');
  const number = (name: string, otherwise: number): number =>
    optionalNumber(given, name) ?? otherwise;
  return {
    minHealthyPercentage: number('MinHealthyPercentage', MIN_HEALTHY_PERCENTAGE),
    maxHealthyPercentage: number('MaxHealthyPercentage', MAX_HEALTHY_PERCENTAGE),
    // The group's own warm-up where it has one, else its grace period.
    warmupMs: number('InstanceWarmup', group.gracePeriodS) * 1_000,
    checkpoints: texts(given, 'CheckpointPercentages').map(Number),
    checkpointDelayMs: number('CheckpointDelay', CHECKPOINT_DELAY_S) * 1_000,
  };
};

const describeRefresh = (group: Group, refresh: Refresh): object => ({
  InstanceRefreshId: refresh.id,
  AutoScalingGroupName: group.name,
  Status: refresh.status,
  StatusReason: refresh.reason ?? undefined,
  StartTime: new Date(refresh.startedAtMs).toISOString(),
  EndTime: refresh.endedAtMs === null ? undefined : new Date(refresh.endedAtMs).toISOString(),
  PercentageComplete: percentOf(refresh),
  InstancesToUpdate: refresh.old.size,
  Preferences: {
    MinHealthyPercentage: refresh.preferences.minHealthyPercentage,
    MaxHealthyPercentage: refresh.preferences.maxHealthyPercentage,
    InstanceWarmup: refresh.preferences.warmupMs / 1_000,
    CheckpointPercentages: members(refresh.preferences.checkpoints),
    CheckpointDelay: refresh.preferences.checkpointDelayMs / 1_000,
  },
});
