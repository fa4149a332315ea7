/** Lifecycle hooks: an instance waits until someone completes each action, or its heartbeat times out. */
import { randomUUID } from 'node:crypto';
import { AwsError } from './aws-error.ts';
import type { EmitEvent } from './emit.ts';
import type { Group, GroupMember, Hook } from './group.ts';

type Result = 'CONTINUE' | 'ABANDON';

interface Waiting {
  readonly token: string;
  readonly group: string;
  readonly hook: Hook;
  readonly instanceId: string;
  readonly startedAtMs: number;
  readonly done: (result: Result) => void;
  timer: NodeJS.Timeout | undefined;
}

export interface Hooks {
  /** Waits for all hooks of the transition. @returns ABANDON when any was abandoned, `null` when there is no hook. */
  wait: (
    group: Group,
    member: GroupMember,
    transition: Hook['transition'],
  ) => Promise<Result | null>;
  has: (group: Group, transition: Hook['transition']) => boolean;
  /** @throws AwsError when no such action is waiting. */
  complete: (action: ActionId, result: Result) => void;
  heartbeat: (action: ActionId) => void;
  stop: () => void;
}

export interface ActionId {
  readonly group: string;
  readonly hook: string;
  readonly token: string | undefined;
  readonly instanceId: string | undefined;
}

/** However often the heartbeat is recorded: 48 h or 100 heartbeats. */
const globalTimeoutMs = (hook: Hook): number =>
  Math.min(48 * 3_600_000, 100 * hook.heartbeatS * 1000);

export const createHooks = (emit: EmitEvent): Hooks => {
  const waiting = new Set<Waiting>();
  const find = (action: ActionId): Waiting => {
    for (const each of waiting) {
      const isSame = each.group === action.group && each.hook.name === action.hook;
      const isMeant = action.token
        ? each.token === action.token
        : each.instanceId === action.instanceId;
      if (isSame && isMeant) return each;
    }
    const what = action.token ? `token ${action.token}` : `instance ID ${action.instanceId ?? ''}`;
    throw new AwsError('ValidationError', `No active Lifecycle Action found with ${what}`);
  };
  const expire = (each: Waiting): NodeJS.Timeout => {
    const leftMs = each.startedAtMs + globalTimeoutMs(each.hook) - Date.now();
    const ms = Math.min(each.hook.heartbeatS * 1000, leftMs);
    return setTimeout(() => each.done(each.hook.defaultResult), Math.max(0, ms));
  };
  const waitFor = async (group: Group, member: GroupMember, hook: Hook): Promise<Result> =>
    await new Promise((resolve) => {
      const { instanceId } = member;
      const done = (result: Result): void => {
        clearTimeout(mine.timer);
        waiting.delete(mine);
        resolve(result);
      };
      const token = randomUUID();
      const startedAtMs = Date.now();
      const about = { token, group: group.name, hook, instanceId, startedAtMs, done };
      const mine: Waiting = { ...about, timer: undefined };
      mine.timer = expire(mine);
      waiting.add(mine);
      emit('aws.autoscaling', DETAIL_TYPE[hook.transition], {
        LifecycleActionToken: token,
        AutoScalingGroupName: group.name,
        LifecycleHookName: hook.name,
        EC2InstanceId: instanceId,
        LifecycleTransition: transitionName(hook.transition),
        NotificationMetadata: hook.metadata,
      });
    });
  const hooksOf = (group: Group, transition: Hook['transition']): readonly Hook[] =>
    [...group.hooks.values()].filter((hook) => hook.transition === transition);
  return {
    has: (group, transition) => hooksOf(group, transition).length > 0,
    wait: async (group, member, transition) => {
      const hooks = hooksOf(group, transition);
      if (hooks.length === 0) return null;
      const results = await Promise.all(hooks.map((hook) => waitFor(group, member, hook)));
      return results.includes('ABANDON') ? 'ABANDON' : 'CONTINUE';
    },
    complete: (action, result) => find(action).done(result),
    heartbeat: (action) => {
      const found = find(action);
      clearTimeout(found.timer);
      found.timer = expire(found);
    },
    stop: () => {
      for (const each of waiting) clearTimeout(each.timer);
      waiting.clear();
    },
  };
};

export const transitionName = (transition: Hook['transition']): string =>
  `autoscaling:EC2_INSTANCE_${transition.toUpperCase()}`;

const DETAIL_TYPE: Readonly<Record<Hook['transition'], string>> = {
  launching: 'EC2 Instance-launch Lifecycle Action',
  terminating: 'EC2 Instance-terminate Lifecycle Action',
};
