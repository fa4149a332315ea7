import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CelEngine, TemplateFile } from '@aws/cloudformation-validate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSettings } from '../../src/config/settings.ts';
import { readDocument } from '../adapters/documents.ts';
import { packaged } from './packaged.ts';
import { Template } from './template.ts';

const folder = mkdtempSync(join(tmpdir(), 'quorate-package-'));
let template: Template;

beforeAll(async () => {
  template = new Template((await packaged('three')).out);
});
afterAll(() => rmSync(folder, { recursive: true }));

const FUNCTIONS = [
  'ScheduleLambdaFunction',
  'AlarmLambdaFunction',
  'QueryLambdaFunction',
  'CommandLambdaFunction',
  'ProbeDashaLambdaFunction',
  'ProbeDashbLambdaFunction',
  'CourierLambdaFunction',
];

describe('the template', () => {
  it('holds what is told to users and nothing else', () => {
    const counts: Record<string, number> = {};
    for (const { Type } of Object.values(template.resources))
      counts[Type] = (counts[Type] ?? 0) + 1;

    expect(counts).toEqual({
      // Three a fleet, and three of the deployment.
      'AWS::CloudWatch::Alarm': 12,
      'AWS::DynamoDB::Table': 1,
      'AWS::Events::EventBus': 1,
      'AWS::Events::Rule': 4,
      // One a function, and the scheduler's.
      'AWS::IAM::Role': 8,
      'AWS::Lambda::EventInvokeConfig': 7,
      'AWS::Lambda::Function': 7,
      // Alarms, topics, and a rule each.
      'AWS::Lambda::Permission': 5,
      'AWS::Logs::LogGroup': 7,
      // The bucket that deployments go through.
      'AWS::S3::Bucket': 1,
      'AWS::S3::BucketPolicy': 1,
      'AWS::SNS::Topic': 1,
      'AWS::SNS::TopicPolicy': 1,
      'AWS::SQS::Queue': 1,
      'AWS::SSM::Document': 3,
      'AWS::Scheduler::Schedule': 3,
    });
  });

  it('has no error in the eyes of the CloudFormation validator', () => {
    const engine = new CelEngine();
    const strict = join(folder, 'strict.json');
    // The validator knows the form of real ids.
    const text = readFileSync(template.file, 'utf8');
    writeFileSync(strict, text.replaceAll(/subnet-zone-([ab])/g, 'subnet-0000000$1'));

    const { diagnostics } = engine.validateStandard(new TemplateFile(strict));
    engine.free();

    const serious = diagnostics.filter(
      ({ severity }) => severity === 'ERROR' || severity === 'FATAL',
    );
    expect(diagnostics.length).toBeGreaterThan(0);
    expect(serious.map(({ ruleId, message }) => `${ruleId} ${message}`)).toEqual([]);
  });

  it('runs every function on Node 24 on arm64, in a role of its own, with logs that end', () => {
    const functions = FUNCTIONS.map((id) => template.propertiesOf(id));

    for (const properties of functions) {
      expect(properties).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'] });
    }
    expect(new Set(functions.map((properties) => JSON.stringify(properties['Role']))).size).toBe(7);
    const names = functions.map(
      (properties) => `/aws/lambda/${String(properties['FunctionName'])}`,
    );
    const groups = template.ofType('AWS::Logs::LogGroup').map(({ Properties }) => Properties);
    expect(groups.map((group) => group['LogGroupName'])).toEqual(names);
    expect(groups.map((group) => group['RetentionInDays'])).toEqual(names.map(() => 30));
  });

  it('puts the observers into a subnet each, the courier into both, and the others into none', () => {
    const subnets = FUNCTIONS.map((id) => {
      const config = template.propertiesOf(id)['VpcConfig'] as { SubnetIds: string[] } | undefined;
      return config?.SubnetIds;
    });

    expect(subnets.slice(0, -3)).toEqual(FUNCTIONS.slice(0, -3).map(() => undefined));
    expect(subnets.slice(-3)).toEqual([
      ['subnet-zone-a'],
      ['subnet-zone-b'],
      ['subnet-zone-a', 'subnet-zone-b'],
    ]);
  });

  it('never repeats an invocation and drops what is a minute old', () => {
    const configs = template.ofType('AWS::Lambda::EventInvokeConfig');

    expect(configs.map(({ Properties }) => Properties)).toEqual(
      FUNCTIONS.map(() =>
        expect.objectContaining({ MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 }),
      ),
    );
    expect(template.propertiesOf('ScheduleLambdaEvConf')['DestinationConfig']).toEqual({
      OnFailure: { Destination: { 'Fn::GetAtt': ['DeadLetters', 'Arn'] } },
    });
    expect(template.propertiesOf('ScheduleLambdaFunction')['Timeout']).toBe(150);
  });

  it('reserves what three fleets can need at once, and no more', () => {
    const reserved = FUNCTIONS.map(
      (id) => template.propertiesOf(id)['ReservedConcurrentExecutions'],
    );

    expect(reserved).toEqual([9, 6, 2, 2, 17, 17, 2]);
  });

  it('gives the watcher the environment that it reads', () => {
    const { Variables } = template.propertiesOf('ScheduleLambdaFunction')['Environment'] as {
      Variables: Record<string, unknown>;
    };
    const named = Object.fromEntries(Object.keys(Variables).map((name) => [name, 'x']));

    expect(() => readSettings(named)).not.toThrow();
    expect(Object.keys(Variables).toSorted()).toEqual([
      'COURIER',
      'DOCUMENTS',
      'EVENT_BUS',
      'PROBERS',
      'TABLE',
    ]);
    expect(Variables['PROBERS']).toEqual({
      'Fn::Join': [',', [{ Ref: 'ProbeDashaLambdaFunction' }, { Ref: 'ProbeDashbLambdaFunction' }]],
    });
  });

  it('keeps the table when the stack goes, with point-in-time recovery, TTL and encryption', () => {
    expect(template.resources['StateTable']).toMatchObject({
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
        SSESpecification: { SSEEnabled: true },
      },
    });
  });

  it.each([
    ['KillDocument', 'kill-member'],
    ['FenceDocument', 'fence-peer'],
    ['StopDocument', 'stop-member'],
  ] as const)('carries the scripts of %s as they are in the source', (id, name) => {
    expect(template.propertiesOf(id)['Content']).toEqual(readDocument(name));
    expect(JSON.stringify(template.propertiesOf(id)['Name'])).toContain(`-${name}"`);
  });

  it('starts each fleet every minute, once, and not late', () => {
    const schedules = ['ScheduleApiDash1', 'ScheduleShop', 'ScheduleWeb'].map((id) =>
      template.propertiesOf(id),
    );

    expect(schedules.map((schedule) => schedule['Target'])).toEqual(
      ['api-1', 'shop', 'web'].map((fleet) =>
        expect.objectContaining({
          Input: `{"fleet":"${fleet}","scheduledAt":"<aws.scheduler.scheduled-time>"}`,
          RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 },
        }),
      ),
    );
    expect(schedules.map((schedule) => schedule['ScheduleExpression'])).toEqual([
      'rate(1 minute)',
      'rate(1 minute)',
      'rate(1 minute)',
    ]);
  });
});
