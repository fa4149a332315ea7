/** The parts of a template that only store or pass on: tables, buses, topics, queues, logs. moto holds them. */
import {
  CreateEventBusCommand,
  PutRuleCommand,
  PutTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import type { Clients } from './clients.ts';
import { createSqsQueue, type EventTargets } from './event-targets.ts';
import type { Resolver, Resource } from './intrinsics.ts';
import { optionalText, type Parameters, record, records, text } from './parameters.ts';
import type { RawCalls } from './raw-calls.ts';
import type { Webhooks } from './webhooks.ts';

/** Targets of rules that moto delivers to as AWS does. */
const MOTOS_OWN: readonly string[] = ['sqs', 'logs', 'events'];

type Deployer = (resource: Resource, properties: Parameters) => Promise<void>;

export interface Stores {
  deployers: (
    nameOf: (resource: Resource) => string,
    arnOf: (resource: Resource) => string,
  ) => Readonly<Record<string, Deployer>>;
  /** What needs both ends: rules and subscriptions. */
  connect: (resources: readonly Resource[], resolver: Resolver) => Promise<void>;
}

export const createStores = (
  moto: Clients,
  raw: RawCalls,
  targets: EventTargets,
  webhooks: Webhooks,
): Stores => {
  const rule = async (name: string, arn: string, properties: Parameters): Promise<void> => {
    const EventBusName = optionalText(properties, 'EventBusName');
    const on = EventBusName === undefined ? {} : { EventBusName };
    const pattern = properties['EventPattern'];
    const EventPattern = typeof pattern === 'string' ? pattern : JSON.stringify(pattern);
    await moto.events.send(
      new PutRuleCommand({ Name: name, ...on, EventPattern, State: 'ENABLED' }),
    );
    for (const target of records(properties, 'Targets')) {
      const wanted = text(target, 'Arn');
      const [, , service = '', , , what = ''] = wanted.split(':');
      const isKnown = MOTOS_OWN.includes(service) && !what.startsWith('api-destination/');
      const roleArn = optionalText(target, 'RoleArn') ?? null;
      const Arn = isKnown
        ? wanted
        : await targets.standIn({ targetArn: wanted, ruleArn: arn, roleArn });
      const Targets = [{ Id: text(target, 'Id'), Arn }];
      await moto.events.send(new PutTargetsCommand({ Rule: name, ...on, Targets }));
    }
  };
  const subscribe = async (TopicArn: string, subscription: Parameters): Promise<void> => {
    const Protocol = text(subscription, 'Protocol');
    const Endpoint = text(subscription, 'Endpoint');
    await raw.query('sns', 'Subscribe', { TopicArn, Protocol, Endpoint });
  };
  return {
    deployers: (nameOf, arnOf) => ({
      'AWS::Events::Connection': async (resource, properties) =>
        webhooks.connect(arnOf(resource), properties),
      'AWS::Events::ApiDestination': async (resource, properties) =>
        webhooks.add(arnOf(resource), properties),
      'AWS::DynamoDB::Table': async (resource, properties) => {
        await createTable(raw, nameOf(resource), properties);
      },
      'AWS::Events::EventBus': async (resource) => {
        await moto.events.send(new CreateEventBusCommand({ Name: nameOf(resource) }));
      },
      'AWS::SNS::Topic': async (resource, properties) => {
        const created = await raw.query('sns', 'CreateTopic', { Name: nameOf(resource) });
        const topic = String(record(created, 'CreateTopicResult')['TopicArn']);
        for (const each of records(properties, 'Subscription')) await subscribe(topic, each);
      },
      'AWS::SQS::Queue': async (resource, properties) => {
        const { QueueName: _, Tags: __, ...attributes } = properties;
        await createSqsQueue(raw, nameOf(resource), attributes);
      },
      'AWS::Logs::LogGroup': async (resource) => {
        const logGroupName = nameOf(resource);
        await raw.json('logs', 'Logs_20140328.CreateLogGroup', { logGroupName });
      },
    }),
    connect: async (resources, { propertiesOf, nameOf, arnOf }) => {
      for (const resource of resources) {
        const properties = propertiesOf(resource);
        if (resource.type === 'AWS::Events::Rule' && properties['EventPattern'] !== undefined) {
          await rule(nameOf(resource), arnOf(resource), properties);
        }
        if (resource.type === 'AWS::SNS::Subscription') {
          await subscribe(text(properties, 'TopicArn'), properties);
        }
      }
    },
  };
};

const createTable = async (
  raw: RawCalls,
  TableName: string,
  properties: Parameters,
): Promise<void> => {
  const { KeySchema, AttributeDefinitions, GlobalSecondaryIndexes } = properties;
  const call = async (action: string, parameters: object): Promise<void> =>
    void (await raw.json('dynamodb', `DynamoDB_20120810.${action}`, { TableName, ...parameters }));
  const BillingMode = properties['BillingMode'] ?? 'PAY_PER_REQUEST';
  const table = { KeySchema, AttributeDefinitions, GlobalSecondaryIndexes, BillingMode };
  await call('CreateTable', table);
  const AttributeName = record(properties, 'TimeToLiveSpecification')['AttributeName'];
  if (AttributeName !== undefined) {
    const TimeToLiveSpecification = { AttributeName, Enabled: true };
    await call('UpdateTimeToLive', { TimeToLiveSpecification });
  }
  const PointInTimeRecoverySpecification = record(properties, 'PointInTimeRecoverySpecification');
  if (PointInTimeRecoverySpecification['PointInTimeRecoveryEnabled'] === true) {
    await call('UpdateContinuousBackups', { PointInTimeRecoverySpecification });
  }
};
