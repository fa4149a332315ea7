/** One call of every kind that the adapters make: bundled with and without pruning, and compared. */
import {
  AutoScalingClient,
  DescribeAutoScalingGroupsCommand,
  TerminateInstanceInAutoScalingGroupCommand,
  UpdateAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import {
  DescribeInstancesCommand,
  EC2Client,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import {
  type Action,
  CreateRuleCommand,
  DeleteRuleCommand,
  DeregisterTargetsCommand,
  DescribeRulesCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
  ModifyListenerCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { ListCommandInvocationsCommand, SendCommandCommand, SSMClient } from '@aws-sdk/client-ssm';
import { failureOf } from '../../src/adapters/aws/failure.ts';

/** What the adapters would make of it. */
export type Answered =
  | { readonly answer: unknown }
  | { readonly failure: unknown; readonly isConflict: boolean; readonly status: unknown };

const FORWARD: Action = {
  Type: 'forward',
  ForwardConfig: {
    TargetGroups: [{ TargetGroupArn: 'arn', Weight: 1 }],
    TargetGroupStickinessConfig: { Enabled: true, DurationSeconds: 60 },
  },
};

export const callAll = async (endpoint: string): Promise<readonly Answered[]> => {
  const options = {
    endpoint,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    maxAttempts: 1,
  };
  const ec2 = new EC2Client(options);
  const autoScaling = new AutoScalingClient(options);
  const balancing = new ElasticLoadBalancingV2Client(options);
  const dynamo = new DynamoDBClient(options);
  const ssm = new SSMClient(options);
  const at = new Date(1_000);
  const calls = [
    async () => await ec2.send(new DescribeInstancesCommand({ InstanceIds: ['i-1', 'i-2'] })),
    async () =>
      await ec2.send(new TerminateInstancesCommand({ InstanceIds: ['i-1'], SkipOsShutdown: true })),
    async () =>
      await autoScaling.send(
        new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: ['g'] }),
      ),
    async () =>
      await autoScaling.send(
        new TerminateInstanceInAutoScalingGroupCommand({
          InstanceId: 'i-1',
          ShouldDecrementDesiredCapacity: false,
        }),
      ),
    async () => await balancing.send(new DescribeTargetHealthCommand({ TargetGroupArn: 'arn' })),
    async () =>
      await balancing.send(
        new DeregisterTargetsCommand({ TargetGroupArn: 'arn', Targets: [{ Id: 'i-1', Port: 80 }] }),
      ),
    async () =>
      await autoScaling.send(
        new UpdateAutoScalingGroupCommand({ AutoScalingGroupName: 'g', MinSize: 0 }),
      ),
    async () => await balancing.send(new DescribeRulesCommand({ ListenerArn: 'arn' })),
    async () =>
      await balancing.send(
        new CreateRuleCommand({
          ListenerArn: 'arn',
          Priority: 1,
          Conditions: [
            {
              Field: 'http-header',
              HttpHeaderConfig: { HttpHeaderName: 'x', Values: ['shop'] },
            },
          ],
          Actions: [FORWARD],
          Tags: [{ Key: 'k', Value: 'v' }],
        }),
      ),
    async () =>
      await balancing.send(
        new ModifyListenerCommand({ ListenerArn: 'arn', DefaultActions: [FORWARD] }),
      ),
    async () => await balancing.send(new DeleteRuleCommand({ RuleArn: 'arn' })),
    async () => await dynamo.send(new GetItemCommand({ TableName: 't', Key: { pk: { S: 'a' } } })),
    async () =>
      await dynamo.send(
        new UpdateItemCommand({
          TableName: 't',
          Key: { pk: { S: 'a' } },
          ConditionExpression: 'attribute_not_exists(pk)',
        }),
      ),
    async () =>
      await new EventBridgeClient(options).send(
        new PutEventsCommand({
          Entries: [{ Source: 's', Detail: '{}', DetailType: 'd', Time: at }],
        }),
      ),
    async () =>
      await new CloudWatchClient({ ...options, disableRequestCompression: true }).send(
        new PutMetricDataCommand({
          Namespace: 'n',
          MetricData: [
            { MetricName: 'm', Value: 1.5, Timestamp: at, Dimensions: [{ Name: 'a', Value: 'b' }] },
          ],
        }),
      ),
    async () =>
      await ssm.send(
        new SendCommandCommand({
          DocumentName: 'd',
          InstanceIds: ['i-1'],
          Parameters: { Fence: ['1'] },
        }),
      ),
    async () =>
      await ssm.send(new ListCommandInvocationsCommand({ CommandId: 'c', Details: true })),
    async () =>
      await new LambdaClient(options).send(
        new InvokeCommand({ FunctionName: 'f', Payload: new TextEncoder().encode('{}') }),
      ),
  ];
  const answers: Answered[] = [];
  for (const send of calls) answers.push(await answered(send));
  return answers;
};

const answered = async (send: () => Promise<object>): Promise<Answered> => {
  try {
    return { answer: { ...(await send()), $metadata: undefined } };
  } catch (error) {
    return {
      failure: failureOf(error),
      isConflict: error instanceof ConditionalCheckFailedException,
      status: (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode,
    };
  }
};
