/** Functions that AWS's services invoke: with whose permission, and with what in hand. */
import { DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { CreateTagsCommand, DeleteTagsCommand } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { busDetail, topicEvent } from '../../lab/cloud/alarm-events.ts';
import { isDenial } from '../../lab/cloud/iam/denial.ts';
import { type Bench, clientsOf, skipWithoutMoto, startBench, until } from './cloud-bench.ts';
import { functionOf, roleOf, scheduleOf, writeEcho } from './cloud-functions.ts';

const ECHO_ARN = { 'Fn::GetAtt': ['Echo', 'Arn'] };
const LAB = { codeDirectory: writeEcho(), usesNamespaces: false };

const alarmOf = (AlarmName: string, more: object = {}) => ({
  Type: 'AWS::CloudWatch::Alarm',
  Properties: {
    AlarmName,
    AlarmDescription: 'nobody ticks',
    Namespace: 'Quorate',
    MetricName: 'Ticks',
    Dimensions: [{ Name: 'Fleet', Value: 'api' }],
    Statistic: 'Sum',
    Period: 60,
    EvaluationPeriods: 3,
    Threshold: 0.5,
    ComparisonOperator: 'LessThanThreshold',
    TreatMissingData: 'breaching',
    AlarmActions: [ECHO_ARN, { Ref: 'Topic' }],
    ...more,
  },
});

const TEMPLATE = {
  Resources: {
    Role: roleOf('echo-role', [
      { Sid: 'Tag', Effect: 'Allow', Action: 'ec2:CreateTags', Resource: '*' },
    ]),
    Scheduler: roleOf(
      'scheduler-role',
      [
        { Sid: 'Tick', Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: ECHO_ARN },
        { Sid: 'Undelivered', Effect: 'Allow', Action: 'sqs:SendMessage', Resource: '*' },
      ],
      ['scheduler.amazonaws.com'],
    ),
    Echo: functionOf('echo'),
    Other: functionOf('other'),
    Tick: scheduleOf('Echo', 'Scheduler'),
    Wrong: (() => {
      const { Type, Properties } = scheduleOf('Other', 'Scheduler', {
        DeadLetterConfig: { Arn: { 'Fn::GetAtt': ['Queue', 'Arn'] } },
      });
      return { Type, Properties: { ...Properties, Name: 'wrong' } };
    })(),
    Silent: alarmOf('silent'),
    Unknown: alarmOf('unknown', { AlarmActions: [ECHO_ARN] }),
    Off: alarmOf('off', { ActionsEnabled: false }),
    AlarmMayInvoke: {
      Type: 'AWS::Lambda::Permission',
      Properties: {
        FunctionName: ECHO_ARN,
        Action: 'lambda:InvokeFunction',
        Principal: 'lambda.alarms.cloudwatch.amazonaws.com',
        SourceAccount: { Ref: 'AWS::AccountId' },
        SourceArn: { 'Fn::GetAtt': ['Silent', 'Arn'] },
      },
    },
    Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'dead-letters' } },
    Heard: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'heard' } },
    Topic: {
      Type: 'AWS::SNS::Topic',
      Properties: {
        TopicName: 'people',
        Subscription: [{ Protocol: 'sqs', Endpoint: { 'Fn::GetAtt': ['Heard', 'Arn'] } }],
      },
    },
  },
};

describe.skipIf(skipWithoutMoto)('functions that services invoke', () => {
  let bench: Bench;

  beforeAll(async () => {
    bench = await startBench({ scheduleJitterMs: 0, random: () => 0.99 });
    await bench.deployTemplate(TEMPLATE, LAB);
  });
  afterAll(async () => await bench?.stop());

  const eventsOf = (name: string): readonly Record<string, unknown>[] =>
    bench.lambda.find(name).invocations.map(({ payload }) => JSON.parse(payload).event);
  const refused = (who: string) =>
    bench.journal.find({ who }).filter(({ code }) => code === 'AccessDeniedException');

  it('may call what the lab cannot judge, and get an error instead of a yes', async () => {
    const { ec2 } = clientsOf(bench, bench.lambda.find('echo').accessKeyId);
    const tag = new CreateTagsCommand({ Resources: ['i-1'], Tags: [{ Key: 'a', Value: 'b' }] });
    await expect(ec2.send(tag)).rejects.toMatchObject({
      name: 'LabCannotJudge',
      message: expect.stringContaining('does not know what ec2:CreateTags touches'),
    });
    const untag = new DeleteTagsCommand({ Resources: ['i-1'] });
    await expect(ec2.send(untag)).rejects.toMatchObject({ name: 'UnauthorizedOperation' });
    expect(bench.journal.find({ who: 'echo' }).map(({ code }) => isDenial(code))).toEqual([
      true,
      true,
    ]);
  });

  it('a schedule invokes in the name of its role', async () => {
    bench.schedules.fire('tick');
    const [event] = await until(async () => eventsOf('echo').length > 0 && eventsOf('echo'));
    expect(event).toMatchObject({ kind: 'tick' });
    expect(bench.rights.used()).toContain('scheduler-role/Tick lambda:InvokeFunction');
  });

  it('a schedule whose role does not allow it leaves a dead letter', async () => {
    bench.schedules.fire('wrong');
    await until(async () =>
      bench.journal
        .find({ service: 'sqs', action: 'SendMessage' })
        .some(({ parameters }) => parameters.includes('dead-letters')),
    );
    expect(eventsOf('other')).toEqual([]);
    expect(refused('scheduler.amazonaws.com')).toMatchObject([
      { action: 'InvokeFunction', parameters: expect.stringContaining(':function:other because') },
    ]);
  });

  it('an alarm invokes its function with what changed, once', async () => {
    const before = eventsOf('echo').length;
    expect(bench.alarms.set('silent', 'ALARM', 'no ticks')).not.toBeNull();
    expect(bench.alarms.set('silent', 'ALARM')).toBeNull();
    const event = await until(async () => eventsOf('echo')[before]);
    expect(event).toMatchObject({
      source: 'aws.cloudwatch',
      alarmArn: 'arn:aws:cloudwatch:eu-central-1:123456789012:alarm:silent',
      accountId: '123456789012',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/),
      region: 'eu-central-1',
      alarmData: {
        alarmName: 'silent',
        state: { value: 'ALARM', reason: 'no ticks', reasonData: expect.any(String) },
        previousState: { value: 'INSUFFICIENT_DATA' },
        configuration: {
          description: 'nobody ticks',
          metrics: [
            {
              id: 'm1',
              metricStat: {
                metric: { namespace: 'Quorate', name: 'Ticks', dimensions: { Fleet: 'api' } },
                period: 60,
                stat: 'Sum',
              },
              returnData: true,
            },
          ],
        },
      },
    });
    expect(eventsOf('echo')).toHaveLength(before + 1);
    const { MetricAlarms } = await clientsOf(bench).cloudWatch.send(
      new DescribeAlarmsCommand({ AlarmNames: ['silent'] }),
    );
    expect(MetricAlarms).toMatchObject([{ StateValue: 'ALARM', StateReason: 'no ticks' }]);
  });

  it('an alarm tells its topic, too', async () => {
    const published = await until(async () =>
      bench.journal
        .find({ service: 'sns', action: 'Publish' })
        .find(({ parameters }) => parameters.includes('NewStateValue')),
    );
    expect(published.parameters).toContain('no ticks');
  });

  it('an alarm that the function does not know is lost in silence, but not in the journal', () => {
    const before = eventsOf('echo').length;
    bench.alarms.set('unknown', 'ALARM');
    expect(refused('lambda.alarms.cloudwatch.amazonaws.com')).toMatchObject([
      { parameters: expect.stringContaining('no resource-based policy allows') },
    ]);
    expect(eventsOf('echo')).toHaveLength(before);
  });

  it('an alarm whose actions are off, or have none for that state, sets nothing off', () => {
    const before = bench.journal.find({ who: 'lambda.alarms.cloudwatch.amazonaws.com' }).length;
    bench.alarms.set('off', 'ALARM');
    bench.alarms.set('unknown', 'OK');
    const after = bench.journal.find({ who: 'lambda.alarms.cloudwatch.amazonaws.com' }).length;
    expect(after).toBe(before);
    expect(() => bench.alarms.set('nobody', 'OK')).toThrow('no alarm nobody');
  });

  it('the same change has two other forms', () => {
    const change = bench.alarms.set('silent', 'OK', 'ticks again');
    if (!change) throw new Error('nothing changed');
    expect(busDetail(change)).toMatchObject({
      alarmName: 'silent',
      state: { value: 'OK' },
      previousState: { value: 'ALARM' },
      configuration: { metrics: [{ id: 'm1' }] },
    });
    const { Records } = topicEvent(change, 'arn:aws:sns:eu-central-1:123456789012:people') as {
      Records: { EventSource: string; Sns: { Message: string } }[];
    };
    expect(Records[0]?.EventSource).toBe('aws:sns');
    expect(JSON.parse(Records[0]?.Sns.Message ?? '')).toMatchObject({
      AlarmName: 'silent',
      NewStateValue: 'OK',
      OldStateValue: 'ALARM',
      Region: 'EU (Frankfurt)',
      Trigger: {
        MetricName: 'Ticks',
        Dimensions: [{ name: 'Fleet', value: 'api' }],
        Threshold: 0.5,
      },
    });
  });
});

describe.skipIf(skipWithoutMoto)('a template is not deployed', () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await startBench();
  });
  afterAll(async () => await bench?.stop());

  const withStatement = (statement: object) => ({
    Role: roleOf('r', [
      { Effect: 'Allow', Action: 'ec2:DescribeInstances', Resource: '*', ...statement },
    ]),
  });

  it.each<[string, Record<string, object>, string]>([
    [
      'with an operator that the lab does not know',
      withStatement({ Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } }),
      'the lab knows no condition operator IpAddress',
    ],
    [
      'with an action that AWS does not know',
      withStatement({ Action: 'ec2:DescribeInstance' }),
      'DescribeInstance',
    ],
    [
      'with policies outside of roles',
      { Policy: { Type: 'AWS::IAM::ManagedPolicy' } },
      'no AWS::IAM::ManagedPolicy',
    ],
    [
      'with a role that Lambda may not take on',
      { Role: roleOf('r', [], ['ec2.amazonaws.com']), Echo: functionOf('echo') },
      'lambda.amazonaws.com is not authorized to perform: sts:AssumeRole',
    ],
    [
      'with a function in a VPC whose role cannot make an interface',
      {
        Role: roleOf('r', []),
        Echo: functionOf('echo', { VpcConfig: { SubnetIds: ['subnet-1'] } }),
      },
      'not authorized to perform: ec2:AssignPrivateIpAddresses',
    ],
  ])('%s', async (_, Resources, words) => {
    await expect(bench.deployTemplate({ Resources }, LAB)).rejects.toThrow(words);
  });
});
