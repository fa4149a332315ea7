/** Scaling activities: what an Auto Scaling group did, and why, in AWS's words. */
import { randomUUID } from 'node:crypto';

export interface Activity {
  readonly id: string;
  readonly group: string;
  instanceId: string | null;
  description: string;
  readonly cause: string;
  readonly startedAtMs: number;
  endedAtMs: number | null;
  status:
    | 'PreInService'
    | 'InProgress'
    | 'WaitingForELBConnectionDraining'
    | 'MidLifecycleAction'
    | 'Successful'
    | 'Failed'
    | 'Cancelled';
  message: string | null;
  readonly details: object;
}

export interface Activities {
  start(
    about: Pick<Activity, 'group' | 'instanceId' | 'description' | 'cause' | 'details'>,
    status: Activity['status'],
  ): Activity;
  /** Once EC2 has given the instance its id. */
  name: (activity: Activity, instanceId: string) => void;
  finish: (
    activity: Activity,
    status: 'Successful' | 'Failed' | 'Cancelled',
    message?: string,
  ) => void;
  /** Newest first. */
  of: (group: string | null) => readonly Activity[];
  find: (id: string) => Activity | undefined;
}

export const createActivities = (): Activities => {
  const activities: Activity[] = [];
  return {
    start: (about, status) => {
      const open = { endedAtMs: null, message: null, startedAtMs: Date.now() };
      const activity: Activity = { ...about, ...open, id: randomUUID(), status };
      activities.unshift(activity);
      return activity;
    },
    name: (activity, instanceId) => {
      activity.instanceId = instanceId;
      activity.description = `${activity.description}: ${instanceId}`;
    },
    finish: (activity, status, message) => {
      activity.status = status;
      activity.endedAtMs = Date.now();
      activity.message = message ?? null;
    },
    of: (group) => activities.filter((activity) => group === null || activity.group === group),
    find: (id) => activities.find((activity) => activity.id === id),
  };
};

/** As the query protocol writes it. */
export const describeActivity = (activity: Activity): object => ({
  ActivityId: activity.id,
  AutoScalingGroupName: activity.group,
  Description: activity.description,
  Cause: activity.cause,
  StartTime: new Date(activity.startedAtMs).toISOString(),
  EndTime: activity.endedAtMs === null ? undefined : new Date(activity.endedAtMs).toISOString(),
  StatusCode: activity.status,
  StatusMessage: activity.message ?? undefined,
  Progress: PROGRESS[activity.status],
  Details: JSON.stringify(activity.details),
});

const PROGRESS: Readonly<Record<Activity['status'], number>> = {
  PreInService: 30,
  InProgress: 50,
  WaitingForELBConnectionDraining: 30,
  MidLifecycleAction: 60,
  Successful: 100,
  Failed: 100,
  Cancelled: 100,
};
