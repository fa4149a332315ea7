import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { CelEngine, TemplateFile } from '@aws/cloudformation-validate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSettings } from '../../src/config/settings.ts';
import { readDocument } from '../adapters/documents.ts';
import { packageInto, type Statement, Template, zipEntries } from './template.ts';

const folder = mkdtempSync(join(tmpdir(), 'quorate-package-'));
const out = join(folder, 'out');
const fleetsFile = join(folder, 'two.yml');
const FLEETS = `
fleets:
  api-1: { mode: act, group: api, networks: [10.77.0.0/16], member: { service: api.service } }
  web: { group: web, networks: [10.77.0.0/16], member: { service: web.service } }
`;
let template: Template;

beforeAll(() => {
  writeFileSync(fleetsFile, FLEETS);
  const { exit, output } = packageInto(
    out,
    fleetsFile,
    '--param',
    'subnetA=subnet-zone-a',
    '--param',
    'subnetB=subnet-zone-b',
  );
  if (exit !== 0) throw new Error(`packaging failed:\n${output}`);
  template = new Template(out);
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true }));

const FUNCTIONS = [
  'ScheduleLambdaFunction',
  'AlarmLambdaFunction',
  'QueryLambdaFunction',
  'CommandLambdaFunction',
  'ProbeDashaLambdaFunction',
  'ProbeDashbLambdaFunction',
];

describe('the template', () => {
  it('holds what the design lists and nothing else', () => {
    const counts: Record<string, number> = {};
    for (const { Type } of Object.values(template.resources))
      counts[Type] = (counts[Type] ?? 0) + 1;

    expect(counts).toEqual({
      // Three a fleet, and three of the deployment.
      'AWS::CloudWatch::Alarm': 9,
      'AWS::CloudWatch::Dashboard': 1,
      'AWS::DynamoDB::Table': 1,
      'AWS::Events::EventBus': 1,
      'AWS::Events::Rule': 4,
      // One a function, and the scheduler's.
      'AWS::IAM::Role': 7,
      'AWS::Lambda::EventInvokeConfig': 6,
      'AWS::Lambda::Function': 6,
      // Alarms, topics, and a rule each.
      'AWS::Lambda::Permission': 5,
      'AWS::Logs::LogGroup': 6,
      // The bucket that deployments go through.
      'AWS::S3::Bucket': 1,
      'AWS::S3::BucketPolicy': 1,
      'AWS::SNS::Topic': 1,
      'AWS::SNS::TopicPolicy': 1,
      'AWS::SQS::Queue': 1,
      'AWS::SSM::Document': 3,
      'AWS::Scheduler::Schedule': 2,
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
    expect(new Set(functions.map((properties) => JSON.stringify(properties['Role']))).size).toBe(6);
    const names = functions.map(
      (properties) => `/aws/lambda/${String(properties['FunctionName'])}`,
    );
    const groups = template.ofType('AWS::Logs::LogGroup').map(({ Properties }) => Properties);
    expect(groups.map((group) => group['LogGroupName'])).toEqual(names);
    expect(groups.map((group) => group['RetentionInDays'])).toEqual(names.map(() => 30));
  });

  it('puts the observers into two subnets, and the others into none', () => {
    const subnets = FUNCTIONS.map((id) => {
      const config = template.propertiesOf(id)['VpcConfig'] as { SubnetIds: string[] } | undefined;
      return config?.SubnetIds;
    });

    expect(subnets.slice(0, -2)).toEqual(FUNCTIONS.slice(0, -2).map(() => undefined));
    expect(subnets.slice(-2)).toEqual([['subnet-zone-a'], ['subnet-zone-b']]);
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

  it('reserves what two fleets can need at once, and no more', () => {
    const reserved = FUNCTIONS.map(
      (id) => template.propertiesOf(id)['ReservedConcurrentExecutions'],
    );

    // Alarms, questions and orders are rare, and take of what nobody has reserved.
    expect(reserved).toEqual([6, undefined, undefined, undefined, 12, 12]);
  });

  it('gives the watcher the environment that it reads', () => {
    const { Variables } = template.propertiesOf('ScheduleLambdaFunction')['Environment'] as {
      Variables: Record<string, unknown>;
    };
    const named = Object.fromEntries(Object.keys(Variables).map((name) => [name, 'x']));

    expect(() => readSettings(named)).not.toThrow();
    expect(Object.keys(Variables).toSorted()).toEqual([
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
    const schedules = ['ScheduleApiDash1', 'ScheduleWeb'].map((id) => template.propertiesOf(id));

    expect(schedules.map((schedule) => schedule['Target'])).toEqual(
      ['api-1', 'web'].map((fleet) =>
        expect.objectContaining({
          Input: `{"fleet":"${fleet}","scheduledAt":"<aws.scheduler.scheduled-time>"}`,
          RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 },
        }),
      ),
    );
    expect(schedules.map((schedule) => schedule['ScheduleExpression'])).toEqual([
      'rate(1 minute)',
      'rate(1 minute)',
    ]);
  });
});

const actionsOf = (statements: readonly Statement[]): readonly string[] =>
  statements.flatMap(({ Action }) => Action);

describe('rights', () => {
  it('of the watcher are the calls that the adapters make, no less and no more', () => {
    const called = globSync('src/adapters/aws/*.ts').flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/'([a-z0-9]+:[A-Z][A-Za-z]+)'/g)].map(
        ([, name]) => name,
      ),
    );

    // Lambda itself writes the log and sends what failed.
    const own = ['logs:CreateLogStream', 'logs:PutLogEvents', 'sqs:SendMessage'];
    expect(new Set(actionsOf(template.statementsOf('ScheduleRole')))).toEqual(
      new Set([...called, ...own]),
    );
  });

  it('are unbounded only where AWS has no resource level', () => {
    const roles = ['ScheduleRole', 'QueryRole', 'ProbeARole', 'ProbeBRole', 'SchedulerRole'];
    const unbounded = roles.flatMap((role) =>
      template
        .statementsOf(role)
        .filter(({ Effect, Resource }) => Effect === 'Allow' && Resource === '*')
        .map(({ Sid }) => `${role} ${Sid}`),
    );

    expect(unbounded).toEqual([
      'ScheduleRole See',
      'ScheduleRole KillOutcome',
      'ScheduleRole Measure',
      'QueryRole See',
      'QueryRole KillOutcome',
      'ProbeARole Attach',
      'ProbeBRole Attach',
    ]);
  });

  it('to change anything end at the tag of a fleet that acts', () => {
    const tagged = ['Deregister', 'Replace', 'Terminate'].map((sid) =>
      template.statement('ScheduleRole', sid),
    );

    expect(tagged.map(({ Condition }) => Condition)).toEqual(
      tagged.map(() => ({ StringEquals: { 'aws:ResourceTag/quorate:fleet': ['api-1'] } })),
    );
    expect(template.statement('ScheduleRole', 'OrderHost').Condition).toEqual({
      StringEquals: { 'ssm:resourceTag/quorate:fleet': ['api-1'] },
    });
    const documents = JSON.stringify(template.statement('ScheduleRole', 'OrderDocument').Resource);
    expect([...documents.matchAll(/:document\/\$\{(\w+)\}"/g)].map(([, id]) => id)).toEqual([
      'KillDocument',
      'FenceDocument',
      'StopDocument',
    ]);
  });

  it('of observers are taken away from their code again', () => {
    const attach = template.statement('ProbeARole', 'Attach');
    const denied = template.statement('ProbeARole', 'NotFromCode');

    expect(
      actionsOf(template.statementsOf('ProbeARole')).filter((name) => !name.startsWith('ec2:')),
    ).toEqual(['logs:CreateLogStream', 'logs:PutLogEvents']);
    expect([denied.Effect, denied.Action]).toEqual(['Deny', attach.Action]);
    expect(JSON.stringify(denied.Condition)).toContain('lambda:SourceFunctionArn');
  });

  it('name adapters that exist', () => {
    const named = readFileSync('infra/roles.yml', 'utf8').match(/\b[a-z-]+\.ts\b/g) ?? [];
    const files = new Set(globSync('src/adapters/**/*.ts').map((file) => basename(file)));

    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((name) => !files.has(name))).toEqual([]);
  });
});

describe('the zips', () => {
  const PLAIN = ['index.js', 'package.json'];
  const probe = (file: string): string => readFileSync(join(out, 'dist/probe', file), 'utf8');

  it.each([
    ['schedule', 'schedule', PLAIN],
    ['alarm', 'alarm', PLAIN],
    ['query', 'query', PLAIN],
    ['command', 'command', PLAIN],
    ['probe-a', 'probe', ['client-thread.js', 'index.js', 'package.json']],
    ['probe-b', 'probe', ['client-thread.js', 'index.js', 'package.json']],
  ])('%s holds its bundle, its threads and nothing else', (zip, name, files) => {
    expect(zipEntries(join(out, `${zip}.zip`))).toEqual(
      files.map((file) => `dist/${name}/${file}`),
    );
  });

  it('keeps the Hazelcast client out of what the observers load at their start', () => {
    expect(probe('client-thread.js')).toContain('hazelcast.client.heartbeat');
    expect(probe('index.js')).not.toContain('hazelcast.client.heartbeat');
  });

  it('holds the fleets of the file it was packaged with', () => {
    expect(probe('index.js')).toContain('api-1');
    expect(probe('index.js')).toContain('web.service');
  });
});
