/** Auto Scaling calls about lifecycle hooks. */
import { type AutoScaling, findGroup } from './auto-scaling.ts';
import { AwsError } from './aws-error.ts';
import type { Handler, Handlers } from './dispatch.ts';
import type { Hook } from './group.ts';
import { describeHook } from './group-view.ts';
import type { ActionId, Hooks } from './hooks.ts';
import { optionalNumber, optionalText, type Parameters, text, texts } from './parameters.ts';
import { reply } from './wire.ts';
import { members } from './xml.ts';

export const hookHandlers = (scaling: AutoScaling, hooks: Hooks): Handlers => {
  const groupOf = (parameters: Parameters) =>
    findGroup(scaling, text(parameters, 'AutoScalingGroupName'));
  const put: Handler = async (call) => {
    const hook = readHook(call.parameters);
    groupOf(call.parameters).hooks.set(hook.name, hook);
    return reply(call, {});
  };
  const describe: Handler = async (call) => {
    const group = groupOf(call.parameters);
    const names = texts(call.parameters, 'LifecycleHookNames');
    const found = [...group.hooks.values()].filter(
      (hook) => names.length === 0 || names.includes(hook.name),
    );
    return reply(call, { LifecycleHooks: members(found.map((hook) => describeHook(group, hook))) });
  };
  const complete: Handler = async (call) => {
    groupOf(call.parameters);
    hooks.complete(
      readAction(call.parameters),
      readResult(text(call.parameters, 'LifecycleActionResult')),
    );
    return reply(call, {});
  };
  const heartbeat: Handler = async (call) => {
    groupOf(call.parameters);
    hooks.heartbeat(readAction(call.parameters));
    return reply(call, {});
  };
  return {
    autoscaling: {
      PutLifecycleHook: put,
      DescribeLifecycleHooks: describe,
      DeleteLifecycleHook: async (call) => {
        const name = text(call.parameters, 'LifecycleHookName');
        groupOf(call.parameters).hooks.delete(name);
        return reply(call, {});
      },
      CompleteLifecycleAction: complete,
      RecordLifecycleActionHeartbeat: heartbeat,
    },
  };
};

/** Defaults: an hour, ABANDON. AWS wants 30 s at least; the lab takes less, so that time-outs can be rehearsed. */
export const readHook = (parameters: Parameters): Hook => ({
  name: text(parameters, 'LifecycleHookName'),
  transition: text(parameters, 'LifecycleTransition').endsWith('LAUNCHING')
    ? 'launching'
    : 'terminating',
  heartbeatS: optionalNumber(parameters, 'HeartbeatTimeout') ?? 3600,
  defaultResult: readResult(optionalText(parameters, 'DefaultResult') ?? 'ABANDON'),
  metadata: optionalText(parameters, 'NotificationMetadata'),
});

const readResult = (value: string): 'CONTINUE' | 'ABANDON' => {
  if (value === 'CONTINUE' || value === 'ABANDON') return value;
  throw new AwsError('ValidationError', `CONTINUE or ABANDON expected, found ${value}`);
};

const readAction = (parameters: Parameters): ActionId => ({
  group: text(parameters, 'AutoScalingGroupName'),
  hook: text(parameters, 'LifecycleHookName'),
  token: optionalText(parameters, 'LifecycleActionToken'),
  instanceId: optionalText(parameters, 'InstanceId'),
});
