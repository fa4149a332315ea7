/**
 * What may wake the loop, read from the payload that Lambda is given: a CloudWatch alarm (direct, through SNS, through
 * EventBridge) or a notice of EC2. Parsed loosely: only what is needed is looked at, and what is optional and wrong is
 * left out, because AWS adds fields and contributor alarms have a form that is documented nowhere.
 */
import * as v from 'valibot';
import type { InstanceId, Reading } from '../core/observation.ts';
import { parseJson } from '../parse-json.ts';
import { printable } from '../printable.ts';
import { alarmsIn, dimensionsIn } from './alarm-signs.ts';

/** Names in it that may stand for a fleet. All of them are hints: the decision comes from a fresh observation. */
export interface Signs {
  /** Of the dimension `Fleet`. */
  readonly fleets: readonly string[];
  /** Of the dimension `AutoScalingGroupName`. */
  readonly groups: readonly string[];
  readonly instanceIds: readonly InstanceId[];
  /** The alarm's own name and, of a composite one, those of its children. */
  readonly alarms: readonly string[];
}

export interface WakeUp {
  /** For people: which alarm, or which notice. */
  readonly what: string;
  /** Why it wakes nobody; `null` when it does. */
  readonly quiet: string | null;
  /** When it came to be, on AWS's clock. */
  readonly atMs: number;
  /** Every account and region that it names. */
  readonly accounts: readonly string[];
  readonly regions: readonly string[];
  readonly signs: Signs;
}

const Words = v.pipe(v.string(), v.maxLength(2_048));

/** `2026-11-23T10:01:08.431+0000` or `...Z`: alarms write the offset without a colon. */
const Time = v.pipe(
  v.string(),
  v.transform((text) => Date.parse(text.replace(/([+-]\d\d)(\d\d)$/, '$1:$2'))),
  v.finite(),
);

const AlarmArn = v.pipe(
  v.string(),
  v.regex(/^arn:[\w-]+:cloudwatch:[\w-]+:\d+:alarm:/),
  v.transform((arn) => {
    const [, , , region = '', account = ''] = arn.split(':');
    return { region, account };
  }),
);

/** EventBridge always says it; what stands in for EventBridge may not. */
const Account = v.optional(v.string());

const given = (name: string | undefined): readonly string[] => (name === undefined ? [] : [name]);

/** The same inside a direct action and inside an EventBridge event. */
const AlarmData = v.object({
  alarmName: Words,
  state: v.object({ value: Words, timestamp: Time, reasonData: v.optional(v.unknown()) }),
  configuration: v.optional(v.unknown()),
  alarmContributor: v.optional(v.unknown()),
});

const alarmOf = (
  { alarmName, state, configuration, alarmContributor }: v.InferOutput<typeof AlarmData>,
  accounts: readonly string[],
  regions: readonly string[],
): WakeUp => ({
  what: `alarm ${printable(alarmName)}`,
  quiet: quietState(state.value),
  atMs: state.timestamp,
  accounts,
  regions,
  signs: {
    ...dimensionsIn([configuration, alarmContributor]),
    alarms: [alarmName, ...alarmsIn(configuration, state.reasonData)],
  },
});

const quietState = (state: string): string | null =>
  state === 'ALARM' ? null : `its state is ${printable(state)}, and only ALARM wakes`;

/** Lambda is the alarm's own action. */
const DirectAlarm = v.pipe(
  v.object({
    source: v.literal('aws.cloudwatch'),
    alarmArn: AlarmArn,
    accountId: v.string(),
    region: v.string(),
    alarmData: AlarmData,
  }),
  v.transform(({ alarmArn, accountId, region, alarmData }) =>
    alarmOf(alarmData, [accountId, alarmArn.account], [region, alarmArn.region]),
  ),
);

const BusAlarm = v.pipe(
  v.object({
    source: v.literal('aws.cloudwatch'),
    'detail-type': v.literal('CloudWatch Alarm State Change'),
    account: Account,
    region: v.string(),
    resources: v.looseTuple([AlarmArn]),
    detail: AlarmData,
  }),
  v.transform(({ account, region, resources: [arn], detail }) =>
    alarmOf(detail, [...given(account), arn.account], [region, arn.region]),
  ),
);

/** What SNS carries for an alarm: other names for the same, and a region in words, which says nothing. */
const TopicAlarm = v.pipe(
  v.object({
    AlarmName: Words,
    AlarmArn: v.optional(AlarmArn),
    AWSAccountId: v.string(),
    NewStateValue: Words,
    StateChangeTime: Time,
    Trigger: v.optional(v.unknown()),
    AlarmRule: v.optional(v.unknown()),
    TriggeringChildren: v.optional(v.unknown()),
    AlarmContributorAttributes: v.optional(v.unknown()),
  }),
  v.transform(
    ({
      AlarmName,
      AlarmArn: arn,
      AWSAccountId,
      NewStateValue,
      StateChangeTime,
      ...more
    }): WakeUp => ({
      what: `alarm ${printable(AlarmName)}`,
      quiet: quietState(NewStateValue),
      atMs: StateChangeTime,
      accounts: [AWSAccountId, ...given(arn?.account)],
      regions: given(arn?.region),
      signs: {
        ...dimensionsIn([more.Trigger, more.AlarmContributorAttributes]),
        alarms: [AlarmName, ...alarmsIn(more, more.TriggeringChildren)],
      },
    }),
  ),
);

const Notice = v.pipe(
  v.object({
    source: v.literal('aws.ec2'),
    'detail-type': v.picklist([
      'EC2 Spot Instance Interruption Warning',
      'EC2 Instance Rebalance Recommendation',
      'EC2 Instance State-change Notification',
    ]),
    account: Account,
    region: v.string(),
    time: Time,
    detail: v.object({
      'instance-id': v.pipe(v.string(), v.regex(/^i-[0-9A-Za-z]{1,40}$/)),
      state: v.optional(Words, ''),
    }),
  }),
  v.transform(({ 'detail-type': type, account, region, time, detail }): WakeUp => {
    const { 'instance-id': instanceId, state } = detail;
    return {
      what: [type, instanceId, printable(state)].join(' ').trim(),
      quiet: COMING.includes(state) ? 'an instance that comes is no trouble' : null,
      atMs: time,
      accounts: given(account),
      regions: [region],
      signs: { fleets: [], groups: [], instanceIds: [instanceId], alarms: [] },
    };
  }),
);

const COMING: readonly string[] = ['pending', 'running'];

const Message = v.pipe(v.string(), v.transform(parseJson), v.union([TopicAlarm, BusAlarm, Notice]));

/** Lambda gets one record of a topic at a time. An alarm only uses topics of its own region. */
const Topic = v.pipe(
  v.object({
    Records: v.strictTuple([
      v.object({
        EventSource: v.literal('aws:sns'),
        Sns: v.object({ TopicArn: v.string(), Message }),
      }),
    ]),
  }),
  v.transform(({ Records: [{ Sns }] }): WakeUp => {
    const region = Sns.TopicArn.split(':')[3] ?? '';
    return { ...Sns.Message, regions: [...Sns.Message.regions, region] };
  }),
);

const Any = v.union([DirectAlarm, BusAlarm, Notice, Topic]);

/** @returns an error in words for what is none of them */
export const readWakeUp = (event: unknown): Reading<WakeUp> => {
  const parsed = v.safeParse(Any, event);
  return parsed.success
    ? { ok: true, value: parsed.output }
    : { ok: false, error: 'neither a CloudWatch alarm nor a notice of EC2 that is known here' };
};
