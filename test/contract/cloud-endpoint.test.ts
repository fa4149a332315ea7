import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SuspendProcessesCommand } from '@aws-sdk/client-auto-scaling';
import {
  CreateTableCommand,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import {
  CreateVpcCommand,
  DescribeInstancesCommand,
  DescribeVpcsCommand,
  ReportInstanceStatusCommand,
} from '@aws-sdk/client-ec2';
import { DescribeTargetGroupsCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { DescribeInstanceInformationCommand } from '@aws-sdk/client-ssm';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Bench, clientsOf, skipWithoutMoto, startBench } from './cloud-bench.ts';

const TableName = 'counters';

describe.skipIf(skipWithoutMoto)('the lab endpoint', () => {
  let bench: Bench;
  let aws: ReturnType<typeof clientsOf>;

  beforeAll(async () => {
    bench = await startBench();
    aws = clientsOf(bench);
    await aws.dynamodb.send(
      new CreateTableCommand({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      }),
    );
  });
  afterEach(() => bench.faults.clear());
  afterAll(async () => await bench?.stop());

  it('lets one of twenty racing conditional writes win', async () => {
    const put = new PutItemCommand({ TableName, Item: { id: { S: 'race' }, v: { N: '0' } } });
    await aws.dynamodb.send(put);
    for (let round = 0; round < 10; round += 1) {
      const racers = Array.from(
        { length: 20 },
        async () =>
          await aws.dynamodb.send(
            new UpdateItemCommand({
              TableName,
              Key: { id: { S: 'race' } },
              UpdateExpression: 'SET v = :next',
              ConditionExpression: 'v = :old',
              ExpressionAttributeValues: {
                ':old': { N: String(round) },
                ':next': { N: String(round + 1) },
              },
            }),
          ),
      );
      const outcomes = await Promise.allSettled(racers);
      const lost = outcomes.filter((each) => each.status === 'rejected');
      expect(lost).toHaveLength(19);
      for (const each of lost) expect(each.reason.name).toBe('ConditionalCheckFailedException');
    }
    const get = new GetItemCommand({ TableName, Key: { id: { S: 'race' } } });
    expect((await aws.dynamodb.send(get)).Item!['v']).toEqual({ N: '10' });
  });

  it('answers 400 with a code where moto answers a page of HTML', async () => {
    const request = new ReportInstanceStatusCommand({
      Instances: ['i-00000000000000000'],
      ReasonCodes: ['other'],
      Status: 'impaired',
    });
    await expect(aws.ec2.send(request)).rejects.toMatchObject({
      name: 'InvalidParameterValue',
      $metadata: { httpStatusCode: 400 },
    });
    await expect(
      aws.ec2.send(new DescribeInstancesCommand({ InstanceIds: ['i-00000000000000000'] })),
    ).rejects.toMatchObject({ name: 'InvalidInstanceID.NotFound' });
    await expect(
      aws.autoScaling.send(
        new SuspendProcessesCommand({ AutoScalingGroupName: 'nobody', ScalingProcesses: [] }),
      ),
    ).rejects.toMatchObject({ name: 'ValidationError' });
  });

  it.each([
    ['ec2', async () => await aws.ec2.send(new DescribeVpcsCommand({})), 'RequestLimitExceeded'],
    [
      'elasticloadbalancing',
      async () => await aws.elb.send(new DescribeTargetGroupsCommand({})),
      'Throttling',
    ],
    [
      'ssm',
      async () => await aws.ssm.send(new DescribeInstanceInformationCommand({})),
      'ThrottlingException',
    ],
  ])('throttles %s in its own words, as often as told', async (service, call, name) => {
    bench.faults.add({ kind: 'throttle', service, count: 1 });
    await expect(call()).rejects.toMatchObject({ name });
    await expect(call()).resolves.toBeDefined();
    expect(bench.journal.find({ service, code: name })).toHaveLength(1);
  });

  it('performs a call whose reply is lost', async () => {
    bench.faults.add({ kind: 'lost-reply', action: 'PutItem', count: 1 });
    const put = new PutItemCommand({ TableName, Item: { id: { S: 'lost' } } });
    await expect(aws.dynamodb.send(put)).rejects.toThrow(/hang up|ECONNRESET|aborted/);
    const get = new GetItemCommand({ TableName, Key: { id: { S: 'lost' } } });
    expect((await aws.dynamodb.send(get)).Item).toEqual({ id: { S: 'lost' } });
    expect(bench.journal.find({ action: 'PutItem' }).at(-1)).toMatchObject({
      fault: 'lost-reply',
      status: null,
    });
  });

  it('does not perform a call that fails with 5xx, and never hits the lab itself', async () => {
    bench.faults.add({ kind: 'error', action: 'CreateVpc' });
    const create = new CreateVpcCommand({ CidrBlock: '10.1.0.0/16' });
    const count = async (): Promise<number> =>
      (await aws.ec2.send(new DescribeVpcsCommand({}))).Vpcs!.length;
    const before = await count();
    await expect(aws.ec2.send(create)).rejects.toMatchObject({
      $metadata: { httpStatusCode: 500 },
    });
    expect(await count()).toBe(before);
    await bench.clients.ec2.send(create);
    expect(await count()).toBe(before + 1);
    expect(bench.journal.find({ action: 'CreateVpc', who: 'lab' })).toHaveLength(1);
  });

  it('gives stale answers to reads only while told so', async () => {
    const count = async (): Promise<number> =>
      (await aws.ec2.send(new DescribeVpcsCommand({}))).Vpcs!.length;
    const before = await count();
    const stop = bench.faults.add({ kind: 'stale', action: 'DescribeVpcs', staleForMs: 60_000 });
    await aws.ec2.send(new CreateVpcCommand({ CidrBlock: '10.2.0.0/16' }));
    expect(await count()).toBe(before);
    stop();
    expect(await count()).toBe(before + 1);
  });

  it('writes every call to its journal', async () => {
    await aws.events.send(
      new PutEventsCommand({ Entries: [{ Source: 'test', DetailType: 'T', Detail: '{}' }] }),
    );
    const [entry] = bench.journal.find({ service: 'events', who: 'tester' });
    expect(entry).toMatchObject({ action: 'PutEvents', status: 200, code: null });
    expect(entry!.parameters).toContain('"Source":"test"');
    const file = join(bench.logFolder, 'calls.jsonl');
    const lines = readFileSync(file, 'utf8').trim().split('\n');
    expect(lines).toHaveLength(bench.journal.find().length);
  });

  it('refuses what is not signed', async () => {
    const answer = await fetch(bench.endpoint, { method: 'POST', body: 'Action=DescribeVpcs' });
    expect(answer.status).toBe(403);
  });

  it('keeps a log of moto', () => {
    expect(existsSync(join(bench.logFolder, 'moto.log'))).toBe(true);
  });
});
