/**
 * Instance refresh: replaces a group's instances one after the other (EC2 Auto Scaling user guide, "How an instance
 * refresh works"). With a maximum healthy percentage above 100 the newcomer is launched first.
 */
import { randomUUID } from 'node:crypto';
import type { EmitEvent } from './emit.ts';
import {
  counted,
  type Group,
  type GroupMember,
  isLeaving,
  isPending,
  wantedCapacity,
} from './group.ts';
import { fullestFirst } from './group-choice.ts';
import { type MemberLife, now } from './member-life.ts';

export interface RefreshPreferences {
  readonly minHealthyPercentage: number;
  readonly maxHealthyPercentage: number;
  /** How long a newcomer has to be in service before it counts. */
  readonly warmupMs: number;
  /** Shares of replaced instances, ascending, at which it rests. */
  readonly checkpoints: readonly number[];
  readonly checkpointDelayMs: number;
}

export interface Refresh {
  readonly id: string;
  readonly preferences: RefreshPreferences;
  /** In service when it began, and not replaced yet. */
  readonly old: Set<string>;
  readonly total: number;
  readonly startedAtMs: number;
  endedAtMs: number | null;
  status: 'Pending' | 'InProgress' | 'Cancelling' | 'Cancelled' | 'Successful';
  reason: string | null;
  /** The instance that is on its way out; `null` between two, and while a newcomer is launched first. */
  leaving: string | null;
  isLaunching: boolean;
  /** Rests at a checkpoint until then. */
  restsUntilMs: number;
  checkpointsPassed: number;
}

export const beginRefresh = (group: Group, preferences: RefreshPreferences): Refresh => {
  const old = new Set(counted(group).map((member) => member.instanceId));
  const refresh: Refresh = {
    id: randomUUID(),
    preferences,
    old,
    total: old.size,
    startedAtMs: Date.now(),
    endedAtMs: null,
    status: 'Pending',
    reason: null,
    leaving: null,
    isLaunching: false,
    restsUntilMs: 0,
    checkpointsPassed: 0,
  };
  group.refreshes.unshift(refresh);
  return refresh;
};

export const activeRefresh = (group: Group): Refresh | undefined =>
  group.refreshes.find(({ endedAtMs }) => endedAtMs === null);

export const percentOf = ({ old, total }: Refresh): number =>
  total === 0 ? 100 : Math.floor(((total - old.size) / total) * 100);

interface RefresherParts {
  readonly life: Pick<MemberLife, 'takeDown'>;
  readonly emit: EmitEvent;
}

/** @returns takes the next step of a group's refresh, if there is one to take. */
export const createRefresher = ({ life, emit }: RefresherParts): ((group: Group) => void) => {
  const tell = (group: Group, refresh: Refresh, what: string): void =>
    emit('aws.autoscaling', `EC2 Auto Scaling Instance Refresh ${what}`, {
      InstanceRefreshId: refresh.id,
      AutoScalingGroupName: group.name,
    });
  const end = (group: Group, refresh: Refresh, status: 'Cancelled' | 'Successful'): void => {
    refresh.status = status;
    refresh.endedAtMs = Date.now();
    tell(group, refresh, status === 'Successful' ? 'Succeeded' : 'Cancelled');
  };
  const retire = (group: Group, refresh: Refresh): void => {
    const victim = victimOf(group, refresh);
    group.surge = 0;
    refresh.isLaunching = false;
    if (!victim) return;
    refresh.leaving = victim.instanceId;
    const cause = `At ${now()} an instance was taken out of service in response to an instance refresh.`;
    life.takeDown(group, victim, cause);
  };
  /** @returns whether a newcomer or a leaver is still awaited. */
  const isMoving = (group: Group, refresh: Refresh): boolean => {
    if (refresh.isLaunching) {
      if (warmed(group, refresh).length >= wantedCapacity(group)) retire(group, refresh);
      return true;
    }
    if (refresh.leaving === null) return false;
    const isDone =
      !group.members.has(refresh.leaving) && warmed(group, refresh).length >= group.desired;
    if (isDone) refresh.leaving = null;
    return !isDone;
  };
  const rests = (group: Group, refresh: Refresh): boolean => {
    const { checkpoints, checkpointDelayMs } = refresh.preferences;
    const next = checkpoints[refresh.checkpointsPassed];
    if (next !== undefined && next < 100 && percentOf(refresh) >= next) {
      refresh.checkpointsPassed += 1;
      refresh.restsUntilMs = Date.now() + checkpointDelayMs;
      tell(group, refresh, 'Checkpoint Reached');
    }
    return Date.now() < refresh.restsUntilMs;
  };
  const cancel = (group: Group, refresh: Refresh): void => {
    group.surge = 0;
    const isBusy = [...group.members.values()].some((each) => isPending(each) || isLeaving(each));
    if (!isBusy && group.launching.length === 0) end(group, refresh, 'Cancelled');
  };
  return (group) => {
    const refresh = activeRefresh(group);
    if (!refresh) return;
    // Whoever went by another way needs no replacing.
    for (const id of refresh.old) if (!group.members.has(id)) refresh.old.delete(id);
    if (refresh.status === 'Cancelling') {
      cancel(group, refresh);
      return;
    }
    if (refresh.status === 'Pending') {
      refresh.status = 'InProgress';
      tell(group, refresh, 'Started');
    }
    if (group.suspended.has('InstanceRefresh') || isMoving(group, refresh)) return;
    if (refresh.old.size === 0) {
      end(group, refresh, 'Successful');
      return;
    }
    if (rests(group, refresh) || warmed(group, refresh).length < group.desired) return;
    if (refresh.preferences.maxHealthyPercentage > 100) {
      refresh.isLaunching = true;
      group.surge = 1;
    } else retire(group, refresh);
  };
};

/** Those in service that count as healthy: newcomers only after their warm-up. */
const warmed = (group: Group, { old, preferences }: Refresh): readonly GroupMember[] =>
  counted(group).filter(({ lifecycle, unhealthy, inServiceAtMs, instanceId }) => {
    if (lifecycle !== 'InService' || unhealthy !== null || inServiceAtMs === null) return false;
    return old.has(instanceId) || Date.now() - inServiceAtMs >= preferences.warmupMs;
  });

const victimOf = (group: Group, { old }: Refresh): GroupMember | undefined =>
  fullestFirst(group).find(({ instanceId }) => old.has(instanceId));
