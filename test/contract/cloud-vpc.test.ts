/** A function in the VPC, as the courier is one: how it is started, how long it may run, and which of AWS it reaches. */
import {
  CreateTableCommand,
  ListTablesCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Template } from '../../lab/cloud/intrinsics.ts';
import { type Bench, clientsOf, skipWithoutMoto, startBench, until } from './cloud-bench.ts';
import { functionOf, roleOf, writeEcho } from './cloud-functions.ts';

const INTERFACES = {
  Effect: 'Allow',
  Action: [
    'ec2:AssignPrivateIpAddresses',
    'ec2:CreateNetworkInterface',
    'ec2:DeleteNetworkInterface',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeSubnets',
    'ec2:UnassignPrivateIpAddresses',
  ],
  Resource: '*',
};
const TABLES = { Effect: 'Allow', Action: ['dynamodb:ListTables'], Resource: '*' };
const OWN_ITEM = {
  Effect: 'Allow',
  Action: ['dynamodb:PutItem', 'dynamodb:UpdateItem'],
  Resource: 'arn:aws:dynamodb:eu-central-1:123456789012:table/state',
  Condition: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['courier#api'] } },
};
const IN_VPC = { VpcConfig: { SubnetIds: ['subnet-1'] } };
const NAME = 'courier';

describe.skipIf(skipWithoutMoto)('a function in the VPC of the lab', () => {
  let bench: Bench;
  let aws: ReturnType<typeof clientsOf>;
  let folder: string;

  beforeAll(async () => {
    folder = writeEcho();
    bench = await startBench();
    aws = clientsOf(bench);
    await deploy({
      Role: roleOf('courier', [INTERFACES, TABLES, OWN_ITEM]),
      Courier: functionOf(NAME, { ...IN_VPC, Timeout: 900 }),
      Outside: functionOf('outside'),
    });
    await bench.clients.dynamodb.send(
      new CreateTableCommand({
        TableName: 'state',
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
  });
  afterAll(async () => await bench?.stop());

  const deploy = async (Resources: NonNullable<Template['Resources']>) =>
    await bench.deployTemplate({ Resources }, { codeDirectory: folder, usesNamespaces: false });
  const environmentOf = async (FunctionName: string): Promise<Record<string, string>> => {
    const { Payload } = await aws.lambda.send(new InvokeCommand({ FunctionName }));
    return JSON.parse(Buffer.from(Payload!).toString()).environment;
  };

  it('is told the way to DynamoDB alone, which answers for no other service', async () => {
    const endpoint = (await environmentOf(NAME))['AWS_ENDPOINT_URL_DYNAMODB']!;
    expect(endpoint).not.toBe(bench.endpoint);
    expect(await environmentOf('outside')).not.toHaveProperty('AWS_ENDPOINT_URL_DYNAMODB');
    const { accessKeyId } = bench.lambda.find(NAME);
    const inside = clientsOf({ endpoint }, accessKeyId);
    await expect(inside.dynamodb.send(new ListTablesCommand({}))).resolves.toMatchObject({
      TableNames: ['state'],
    });
    await expect(
      inside.lambda.send(new InvokeCommand({ FunctionName: NAME })),
    ).rejects.toMatchObject({ name: 'UnknownEndpoint' });
  });

  it('writes the items that its role names, and no other, however it writes', async () => {
    const { dynamodb } = clientsOf(bench, bench.lambda.find(NAME).accessKeyId);
    const TableName = 'state';
    const put = async (id: string) =>
      await dynamodb.send(
        new PutItemCommand({ TableName, Item: { id: { S: id }, beat: { N: '1' } } }),
      );
    const update = async (id: string) =>
      await dynamodb.send(
        new UpdateItemCommand({
          TableName,
          Key: { id: { S: id } },
          UpdateExpression: 'SET beat = :beat',
          ExpressionAttributeValues: { ':beat': { N: '2' } },
        }),
      );
    await put('courier#api');
    await update('courier#api');
    const denied = { name: 'AccessDeniedException' };
    await expect(put('api')).rejects.toMatchObject(denied);
    await expect(update('api')).rejects.toMatchObject(denied);
  });

  it('runs on after whoever started it has had an answer', async () => {
    const before = bench.lambda.find(NAME).invocations.length;
    const Payload = Buffer.from(JSON.stringify({ sleepMs: 300 }));
    const started = new InvokeCommand({ FunctionName: NAME, InvocationType: 'Event', Payload });
    await expect(aws.lambda.send(started)).resolves.toMatchObject({ StatusCode: 202 });
    expect(bench.lambda.find(NAME).invocations).toHaveLength(before);
    await until(async () => bench.lambda.find(NAME).invocations.length > before);
    expect(bench.lambda.find(NAME).invocations.at(-1)).toMatchObject({ functionError: null });
  });

  it('may not be given more than 15 minutes', async () => {
    const Long = functionOf('long', { Timeout: 901 });
    await expect(deploy({ Role: roleOf('long', []), Long })).rejects.toThrow(
      'long: Timeout is 901 s, and must be 1 to 900',
    );
  });
});
