import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DescribeTableCommand, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { GetFunctionConfigurationCommand, InvokeCommand } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Deployment } from '../../lab/cloud/template.ts';
import { type Bench, clientsOf, skipWithoutMoto, startBench, until } from './cloud-bench.ts';
import { functionOf, roleOf, scheduleOf, writeEcho } from './cloud-functions.ts';

const TEMPLATE = {
  Parameters: { Stage: { Type: 'String', Default: 'test' } },
  Conditions: { Never: { 'Fn::Equals': [{ Ref: 'Stage' }, 'other'] } },
  Resources: {
    Role: roleOf(
      'echo-role',
      [
        { Sid: 'Invoke', Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: '*' },
        { Sid: 'Fail', Effect: 'Allow', Action: 'sqs:SendMessage', Resource: '*' },
      ],
      ['lambda.amazonaws.com', 'scheduler.amazonaws.com'],
    ),
    Echo: functionOf('echo', {
      Environment: {
        Variables: {
          TABLE: { Ref: 'Table' },
          BUS: { 'Fn::GetAtt': ['Bus', 'Arn'] },
          // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation's own syntax
          WHERE: { 'Fn::Sub': '${AWS::Region}/${Stage}/${Topic.TopicName}' },
          SECOND: { 'Fn::Select': [1, { 'Fn::Split': [',', 'a,b'] }] },
          JOINED: { 'Fn::Join': ['-', ['x', { Ref: 'Stage' }]] },
        },
      },
    }),
    Single: functionOf('single', { ReservedConcurrentExecutions: 1 }),
    Broken: functionOf('broken', { Handler: 'dist/nothing/index.handler' }),
    Skipped: { ...functionOf('skipped'), Condition: 'Never' },
    SingleEvents: {
      Type: 'AWS::Lambda::EventInvokeConfig',
      Properties: {
        FunctionName: { Ref: 'Single' },
        Qualifier: '$LATEST',
        MaximumRetryAttempts: 0,
        MaximumEventAgeInSeconds: 60,
        DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': ['Queue', 'Arn'] } } },
      },
    },
    Tick: scheduleOf('Echo', 'Role'),
    Table: {
      Type: 'AWS::DynamoDB::Table',
      Properties: {
        TableName: 'state',
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
        TimeToLiveSpecification: { AttributeName: 'expires', Enabled: true },
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      },
    },
    Document: {
      Type: 'AWS::SSM::Document',
      Properties: {
        Name: 'kill',
        DocumentType: 'Command',
        Content: {
          schemaVersion: '2.2',
          mainSteps: [{ action: 'aws:runShellScript', inputs: { runCommand: ['true'] } }],
        },
      },
    },
    Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: 'quorate' } },
    Rule: {
      Type: 'AWS::Events::Rule',
      Properties: {
        EventBusName: { Ref: 'Bus' },
        EventPattern: { source: ['quorate'] },
        Targets: [
          { Id: 'people', Arn: { Ref: 'Topic' } },
          { Id: 'function', Arn: { 'Fn::GetAtt': ['Echo', 'Arn'] } },
        ],
      },
    },
    RuleMayInvoke: {
      Type: 'AWS::Lambda::Permission',
      Properties: {
        FunctionName: { 'Fn::GetAtt': ['Echo', 'Arn'] },
        Action: 'lambda:InvokeFunction',
        Principal: 'events.amazonaws.com',
        SourceArn: { 'Fn::GetAtt': ['Rule', 'Arn'] },
      },
    },
    Topic: {
      Type: 'AWS::SNS::Topic',
      Properties: {
        TopicName: 'people',
        Subscription: [{ Protocol: 'sqs', Endpoint: { 'Fn::GetAtt': ['Queue', 'Arn'] } }],
      },
    },
    Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'failed' } },
    Logs: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: '/aws/lambda/echo' } },
    Alarm: { Type: 'AWS::CloudWatch::Alarm', Properties: { AlarmName: 'silence' } },
    Bucket: { Type: 'AWS::S3::Bucket' },
  },
};

describe.skipIf(skipWithoutMoto)('functions in the lab', () => {
  let bench: Bench;
  let aws: ReturnType<typeof clientsOf>;
  let deployment: Deployment;

  beforeAll(async () => {
    bench = await startBench({ firstTickInMs: 10, scheduleJitterMs: 0 });
    aws = clientsOf(bench);
    const options = { codeDirectory: writeEcho(), usesNamespaces: false };
    deployment = await bench.deployTemplate(TEMPLATE, options);
  });
  afterAll(async () => await bench?.stop());

  const invoke = async (FunctionName: string, event: object = {}) => {
    const Payload = JSON.stringify(event);
    const request = new InvokeCommand({ FunctionName, Payload, LogType: 'Tail' });
    const answer = await aws.lambda.send(request);
    const payload = JSON.parse(answer.Payload!.transformToString());
    const log = Buffer.from(answer.LogResult!, 'base64').toString();
    return { payload, log, error: answer.FunctionError };
  };

  it('deploys what it knows and lists the rest', async () => {
    expect(deployment).toMatchObject({
      functions: ['echo', 'single', 'broken'],
      schedules: ['tick'],
      documents: ['kill'],
      alarms: ['silence'],
      inert: [{ id: 'Bucket', type: 'AWS::S3::Bucket' }],
    });
    expect((await aws.dynamodb.send(new ListTablesCommand({}))).TableNames).toEqual(['state']);
    const table = await aws.dynamodb.send(new DescribeTableCommand({ TableName: 'state' }));
    expect(table.Table!.TableStatus).toBe('ACTIVE');
    expect(bench.ssm.documents.has('kill')).toBe(true);
  });

  it('fires the schedule soon, with its input filled in', async () => {
    const echo = bench.lambda.find('echo');
    const first = await until(async () => echo.invocations[0]);
    const { event } = JSON.parse(first.payload);
    expect(event.kind).toBe('tick');
    expect(event.at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  });

  it('starts cold, with the environment of Lambda and nothing else, then stays warm', async () => {
    await bench.lambda.chill('echo');
    const cold = await invoke('echo', { hello: 1 });
    expect(cold.payload).toMatchObject({ count: 1, event: { hello: 1 } });
    expect(cold.log).toContain(`START RequestId: ${cold.payload.requestId}`);
    expect(cold.log).toContain('event {"hello":1}');
    const { environment } = cold.payload;
    expect(environment).toMatchObject({
      TABLE: 'state',
      BUS: 'arn:aws:events:eu-central-1:123456789012:event-bus/quorate',
      WHERE: 'eu-central-1/test/people',
      SECOND: 'b',
      JOINED: 'x-test',
      AWS_ENDPOINT_URL: bench.endpoint,
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
    });
    expect(environment).not.toHaveProperty('HOME');
    expect(environment).not.toHaveProperty('NODE_CHANNEL_FD');
    expect(cold.payload.leftMs).toBeGreaterThan(0);
    expect((await invoke('echo')).payload.count).toBe(2);
    const made = bench.lambda.find('echo').invocations.map((each) => each.isCold);
    expect(made.slice(-2)).toEqual([true, false]);
    expect(readFileSync(join(bench.logFolder, 'echo.log'), 'utf8')).toContain('event {"hello":1}');
  });

  it('is frozen between invocations', async () => {
    await bench.lambda.chill('echo');
    const before = (await invoke('echo', { sleepMs: 100 })).payload.beats;
    await sleep(700);
    const after = (await invoke('echo')).payload.beats;
    expect(before).toBeGreaterThan(2);
    // Unfrozen, its clock of 10 ms would have beaten some 70 times.
    expect(after - before).toBeLessThan(20);
  });

  it('runs as many environments as there are events at once', async () => {
    await bench.lambda.chill('echo');
    const both = await Promise.all([
      invoke('echo', { sleepMs: 300 }),
      invoke('echo', { sleepMs: 300 }),
    ]);
    expect(both.map((each) => each.payload.count)).toEqual([1, 1]);
  });

  it('kills what takes longer than its time-out, and starts anew', async () => {
    const late = await invoke('echo', { sleepMs: 5_000 });
    expect(late.error).toBe('Unhandled');
    expect(late.payload).toMatchObject({ errorType: 'Sandbox.Timedout' });
    expect(late.payload.errorMessage).toContain('Task timed out after 1.00 seconds');
    await bench.lambda.chill('echo');
    expect((await invoke('echo')).payload.count).toBe(1);
  });

  it('reports errors, exits and code that is not there', async () => {
    const thrown = await invoke('echo', { throws: 'no' });
    expect(thrown).toMatchObject({
      error: 'Unhandled',
      payload: { errorType: 'TypeError', errorMessage: 'no' },
    });
    expect((await invoke('echo', { exits: true })).payload.errorType).toBe('Runtime.ExitError');
    expect((await invoke('broken')).payload.errorType).toBe('Runtime.ImportModuleError');
    await expect(invoke('nobody')).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      $metadata: { httpStatusCode: 404 },
    });
  });

  it('dies in the middle when a scenario kills it', async () => {
    const running = invoke('echo', { sleepMs: 900 });
    await until(async () => bench.lambda.find('echo').busy() > 0);
    await sleep(100);
    expect(await bench.lambda.kill('echo')).toBe(1);
    expect((await running).payload.errorType).toBe('Runtime.ExitError');
  });

  it('holds to its reserved concurrency, and keeps events until there is room', async () => {
    const request = (InvocationType: 'Event' | 'RequestResponse', event: object) =>
      new InvokeCommand({
        FunctionName: 'single',
        InvocationType,
        Payload: JSON.stringify(event),
      });
    const running = aws.lambda.send(request('RequestResponse', { sleepMs: 500 }));
    await until(async () => bench.lambda.find('single').busy() === 1);
    await expect(aws.lambda.send(request('RequestResponse', {}))).rejects.toMatchObject({
      name: 'TooManyRequestsException',
      $metadata: { httpStatusCode: 429 },
    });
    const accepted = await aws.lambda.send(request('Event', { queued: true }));
    expect(accepted.StatusCode).toBe(202);
    await running;
    await until(async () =>
      bench.lambda.find('single').invocations.some((each) => each.payload.includes('queued')),
    );
  });

  it('carries bus events to functions, and failed events to the queue', async () => {
    await aws.events.send(
      new PutEventsCommand({
        Entries: [
          { EventBusName: 'quorate', Source: 'quorate', DetailType: 'Evicted', Detail: '{}' },
        ],
      }),
    );
    const echo = bench.lambda.find('echo');
    await until(async () => echo.invocations.some((each) => each.payload.includes('Evicted')));
    await aws.lambda.send(
      new InvokeCommand({
        FunctionName: 'single',
        InvocationType: 'Event',
        Payload: JSON.stringify({ throws: 'on purpose' }),
      }),
    );
    await until(async () =>
      bench.journal
        .find({ service: 'sqs', action: 'SendMessage' })
        .some((each) => each.parameters.includes('RetriesExhausted')),
    );
    expect(
      bench.lambda.find('single').invocations.filter((each) => each.functionError),
    ).toHaveLength(1);
  });

  it('tells its configuration', async () => {
    const request = new GetFunctionConfigurationCommand({ FunctionName: 'echo' });
    expect(await aws.lambda.send(request)).toMatchObject({
      FunctionName: 'echo',
      Timeout: 1,
      Role: 'arn:aws:iam::123456789012:role/echo-role',
      State: 'Active',
    });
  });
});
