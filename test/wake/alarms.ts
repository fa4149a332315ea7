/** Alarms and notices as AWS sends them; the fields that Quorate does not read are those of real ones. */

export const ACCOUNT = '123456789012';
export const REGION = 'eu-central-1';

const OLD_STATE = { value: 'OK', reason: 'fine', timestamp: '2026-11-23T09:00:00.000+0000' };

export interface AlarmParts {
  readonly name?: string;
  readonly state?: string;
  readonly atMs: number;
  readonly account?: string;
  readonly region?: string;
  readonly dimensions?: Readonly<Record<string, string>>;
  readonly configuration?: unknown;
  readonly reasonData?: string;
}

/** `2026-11-23T10:01:08.431+0000`, as alarms write it. */
const stamp = (ms: number): string => new Date(ms).toISOString().replace('Z', '+0000');

const arnOf = ({ name = 'silence', account = ACCOUNT, region = REGION }: AlarmParts): string =>
  `arn:aws:cloudwatch:${region}:${account}:alarm:${name}`;

const dataOf = (parts: AlarmParts) => {
  const { name = 'silence', state = 'ALARM', atMs, dimensions = {} } = parts;
  const metric = { namespace: 'Quorate', name: 'NodesBad', dimensions };
  const metricStat = { metric, period: 60, stat: 'Maximum' };
  return {
    alarmName: name,
    state: {
      value: state,
      reason: 'Threshold Crossed',
      reasonData: parts.reasonData ?? '{"version":"1.0","recentDatapoints":[1.0]}',
      timestamp: stamp(atMs),
    },
    previousState: OLD_STATE,
    configuration: parts.configuration ?? {
      metrics: [{ id: 'm1', metricStat, returnData: true }],
    },
  };
};

/** The alarm's own action. */
export const direct = (parts: AlarmParts) => ({
  source: 'aws.cloudwatch',
  alarmArn: arnOf(parts),
  accountId: parts.account ?? ACCOUNT,
  time: stamp(parts.atMs),
  region: parts.region ?? REGION,
  alarmData: dataOf(parts),
});

export const throughBus = (parts: AlarmParts) => ({
  version: '0',
  id: '4f9a2a1e-6b7c-4d54-9d0e-000000000000',
  'detail-type': 'CloudWatch Alarm State Change',
  source: 'aws.cloudwatch',
  account: parts.account ?? ACCOUNT,
  time: new Date(parts.atMs).toISOString(),
  region: parts.region ?? REGION,
  resources: [arnOf(parts)],
  detail: dataOf(parts),
});

export const message = (text: string) => ({
  Records: [
    {
      EventSource: 'aws:sns',
      EventVersion: '1.0',
      EventSubscriptionArn: `arn:aws:sns:${REGION}:${ACCOUNT}:alarms:1`,
      Sns: {
        Type: 'Notification',
        TopicArn: `arn:aws:sns:${REGION}:${ACCOUNT}:alarms`,
        Subject: 'ALARM',
        Message: text,
        MessageAttributes: {},
      },
    },
  ],
});

export const throughTopic = (parts: AlarmParts) => {
  const { name = 'silence', state = 'ALARM', atMs, dimensions = {} } = parts;
  const Dimensions = Object.entries(dimensions).map(([key, value]) => ({ value, name: key }));
  return message(
    JSON.stringify({
      AlarmName: name,
      AlarmDescription: null,
      AWSAccountId: parts.account ?? ACCOUNT,
      AlarmConfigurationUpdatedTimestamp: '2026-11-01T00:00:00.000+0000',
      NewStateValue: state,
      NewStateReason: 'Threshold Crossed',
      StateChangeTime: stamp(atMs),
      Region: 'EU (Frankfurt)',
      AlarmArn: arnOf(parts),
      OldStateValue: 'OK',
      Trigger: parts.configuration ?? {
        MetricName: 'NodesBad',
        Namespace: 'Quorate',
        StatisticType: 'Statistic',
        Statistic: 'MAXIMUM',
        Unit: null,
        Dimensions,
        Period: 60,
      },
    }),
  );
};

export const notice = (type: string, atMs: number, detail: object) => ({
  version: '0',
  id: '4f9a2a1e-6b7c-4d54-9d0e-000000000000',
  'detail-type': type,
  source: 'aws.ec2',
  account: ACCOUNT,
  time: new Date(atMs).toISOString(),
  region: REGION,
  resources: [],
  detail,
});
