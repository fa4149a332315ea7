/** One change of an alarm in the three forms that AWS tells it in. */
import { randomUUID } from 'node:crypto';
import { PLAN } from '../parts.ts';
import type { Alarm, AlarmState } from './alarm.ts';

export interface AlarmChange {
  readonly alarm: Alarm;
  readonly from: AlarmState;
  readonly to: AlarmState;
}

/** What a function gets that is an alarm's action itself (CloudWatch user guide, "Invoke a Lambda function from an alarm"). */
export const directEvent = ({ alarm, from, to }: AlarmChange): object => ({
  source: 'aws.cloudwatch',
  alarmArn: alarm.arn,
  accountId: PLAN.account,
  time: timestamp(to.sinceMs),
  region: PLAN.region,
  alarmData: {
    alarmName: alarm.name,
    state: stateOf(to),
    previousState: stateOf(from),
    configuration: alarm.configuration,
  },
});

export const BUS_TYPE = 'CloudWatch Alarm State Change';

/** Its detail on the default bus. The alarm's ARN is the resource of the event. */
export const busDetail = ({ alarm, from, to }: AlarmChange): object => ({
  alarmName: alarm.name,
  state: stateOf(to),
  previousState: stateOf(from),
  configuration: alarm.configuration,
});

/** Topics are told the region's long name. */
const REGION_NAME = 'EU (Frankfurt)';

/** The message of an alarm to a topic. */
export const topicMessage = ({ alarm, from, to }: AlarmChange): object => ({
  AlarmName: alarm.name,
  AlarmDescription: alarm.description ?? null,
  AWSAccountId: PLAN.account,
  NewStateValue: to.value,
  NewStateReason: to.reason,
  StateChangeTime: timestamp(to.sinceMs),
  Region: REGION_NAME,
  AlarmArn: alarm.arn,
  OldStateValue: from.value,
  OKActions: alarm.actions.OK,
  AlarmActions: alarm.actions.ALARM,
  InsufficientDataActions: alarm.actions.INSUFFICIENT_DATA,
  Trigger: alarm.trigger,
});

/** The same as a function gets it that is subscribed to the topic. */
export const topicEvent = (change: AlarmChange, topicArn: string): object => ({
  Records: [
    {
      EventSource: 'aws:sns',
      EventVersion: '1.0',
      EventSubscriptionArn: `${topicArn}:${randomUUID()}`,
      Sns: {
        Type: 'Notification',
        MessageId: randomUUID(),
        TopicArn: topicArn,
        Subject: `${change.to.value}: "${change.alarm.name}" in ${REGION_NAME}`,
        Message: JSON.stringify(topicMessage(change)),
        Timestamp: new Date(change.to.sinceMs).toISOString(),
        MessageAttributes: {},
      },
    },
  ],
});

const stateOf = ({ value, reason, sinceMs }: AlarmState): object => ({
  value,
  reason,
  reasonData: JSON.stringify({ version: '1.0', queryDate: timestamp(sinceMs) }),
  timestamp: timestamp(sinceMs),
});

/** CloudWatch writes the offset without a colon. */
const timestamp = (ms: number): string => new Date(ms).toISOString().replace('Z', '+0000');
