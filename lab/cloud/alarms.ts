/** CloudWatch alarms: a scenario says when one changes; what that sets off is CloudWatch's. */
import { type Alarm, type AlarmStateValue, readAlarm } from './alarm.ts';
import {
  type AlarmChange,
  BUS_TYPE,
  busDetail,
  directEvent,
  topicMessage,
} from './alarm-events.ts';
import type { Handlers } from './dispatch.ts';
import type { EmitEvent } from './emit.ts';
import type { Invocations } from './invocations.ts';
import { type Parameters, texts } from './parameters.ts';
import { reply } from './wire.ts';

export interface Alarms {
  add: (name: string, arn: string, properties: Parameters) => void;
  names: () => readonly string[];
  /**
   * Puts an alarm into a state. Actions are set off by a change only.
   * @returns the change; `null` when the alarm was in that state already. @throws Error when there is no such alarm.
   */
  set: (name: string, value: AlarmStateValue, reason?: string) => AlarmChange | null;
}

export interface AlarmsParts {
  readonly emit: EmitEvent;
  readonly invoke: Invocations['byAlarm'];
  readonly deliver: (topicArn: string, message: object) => Promise<void>;
  readonly onFailure: (what: string, error: unknown) => void;
}

export const createAlarms = (parts: AlarmsParts): Alarms & { readonly handlers: Handlers } => {
  const alarms = new Map<string, Alarm>();
  const setOff = (change: AlarmChange, action: string): void => {
    const { arn, name } = change.alarm;
    const service = action.split(':')[2];
    if (service === 'lambda') parts.invoke(action, arn, JSON.stringify(directEvent(change)));
    if (service === 'sns') {
      const failed = (error: unknown): void => parts.onFailure(`alarm ${name}`, error);
      parts.deliver(action, topicMessage(change)).catch(failed);
    }
  };
  return {
    add: (name, arn, properties) => void alarms.set(name, readAlarm(name, arn, properties)),
    names: () => [...alarms.keys()],
    set: (name, value, reason = 'Threshold Crossed: set by the lab') => {
      const alarm = alarms.get(name);
      if (!alarm) throw new Error(`no alarm ${name}; there are: ${[...alarms.keys()].join(', ')}`);
      if (alarm.state.value === value) return null;
      const change = { alarm, from: alarm.state, to: { value, reason, sinceMs: Date.now() } };
      alarm.state = change.to;
      parts.emit('aws.cloudwatch', BUS_TYPE, busDetail(change), [alarm.arn]);
      if (alarm.actionsEnabled) for (const action of alarm.actions[value]) setOff(change, action);
      return change;
    },
    handlers: {
      monitoring: {
        DescribeAlarms: async (call) => {
          const wanted = texts(call.parameters, 'AlarmNames');
          const found = [...alarms.values()].filter(
            ({ name }) => wanted.length === 0 || wanted.includes(name),
          );
          return reply(call, { MetricAlarms: found.map(describeAlarm) });
        },
      },
    },
  };
};

const describeAlarm = ({ name, arn, description, actions, state }: Alarm): object => ({
  AlarmName: name,
  AlarmArn: arn,
  AlarmDescription: description,
  OKActions: actions.OK,
  AlarmActions: actions.ALARM,
  InsufficientDataActions: actions.INSUFFICIENT_DATA,
  StateValue: state.value,
  StateReason: state.reason,
  StateUpdatedTimestamp: state.sinceMs / 1000,
});
