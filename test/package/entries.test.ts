/** Who may wake the loop and ask it, as packaged. */
import { beforeAll, describe, expect, it } from 'vitest';
import { readSettings } from '../../src/config/settings.ts';
import { packaged } from './packaged.ts';
import { Template } from './template.ts';

let template: Template;

beforeAll(async () => {
  template = new Template((await packaged('one')).out);
});

const ACCOUNT = { Ref: 'AWS::AccountId' };

describe('a fleet without a standby', () => {
  it('is deployed without a courier and without a right to lead users elsewhere', () => {
    expect(template.resources['CourierLambdaFunction']).toBeUndefined();
    expect(template.resources['CourierRole']).toBeUndefined();
    const actions = ['ScheduleRole', 'AlarmRole', 'CommandRole', 'QueryRole'].flatMap((role) =>
      template.statementsOf(role).flatMap(({ Action }) => Action),
    );
    expect(actions).toContain('autoscaling:SuspendProcesses');
    expect(actions.filter((name) => /Rule|Listener|UpdateAutoScaling/.test(name))).toEqual([]);
    const { Variables } = template.propertiesOf('ScheduleLambdaFunction')['Environment'] as {
      Variables: Record<string, unknown>;
    };
    expect(Variables['COURIER']).toBe('');
  });
});

describe('the alarm', () => {
  it('is woken by alarms of this account and region, by its topics, and by three rules', () => {
    const permissions = template
      .ofType('AWS::Lambda::Permission')
      .map(({ Properties }) => Properties);

    for (const { FunctionName, Action } of permissions) {
      expect(FunctionName).toEqual({ 'Fn::GetAtt': ['AlarmLambdaFunction', 'Arn'] });
      expect(Action).toBe('lambda:InvokeFunction');
    }
    const [alarms, topics, ...rules] = permissions;
    expect(alarms).toMatchObject({
      Principal: 'lambda.alarms.cloudwatch.amazonaws.com',
      SourceAccount: ACCOUNT,
    });
    expect(JSON.stringify(alarms?.['SourceArn'])).toMatch(
      /:cloudwatch:\$\{AWS::Region\}:\$\{AWS::AccountId\}:alarm:\*"/,
    );
    expect(topics).toMatchObject({ Principal: 'sns.amazonaws.com' });
    expect(JSON.stringify(topics?.['SourceArn'])).toMatch(/:sns:.*\$\{AWS::AccountId\}:\*"/);
    expect(rules.map(({ Principal, SourceArn }) => [Principal, SourceArn])).toEqual(
      ['AlarmRule', 'NoticeRule', 'StopRule'].map((rule) => [
        'events.amazonaws.com',
        { 'Fn::GetAtt': [rule, 'Arn'] },
      ]),
    );
  });

  it('is not woken late: rules do not try again', () => {
    const targets = ['AlarmRule', 'NoticeRule', 'StopRule'].map(
      (rule) => template.propertiesOf(rule)['Targets'],
    );

    expect(targets).toEqual(
      targets.map(() => [
        {
          Id: 'alarm',
          Arn: { 'Fn::GetAtt': ['AlarmLambdaFunction', 'Arn'] },
          RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 },
        },
      ]),
    );
    expect(template.propertiesOf('AlarmRule')['EventPattern']).toMatchObject({
      detail: { alarmName: [{ prefix: 'quorate-prod-' }], state: { value: ['ALARM'] } },
    });
  });

  it('watches for as long as the schedule does, the command for less', () => {
    const timeouts = ['Schedule', 'Alarm', 'Command', 'Query'].map(
      (name) => template.propertiesOf(`${name}LambdaFunction`)['Timeout'],
    );

    expect(timeouts).toEqual([150, 150, 60, 30]);
  });
});

describe('the query', () => {
  it('has no right to change anything', () => {
    const statements = template.statementsOf('QueryRole');
    const actions = statements.flatMap(({ Action }) => Action);

    expect(statements.every(({ Effect }) => Effect === 'Allow')).toBe(true);
    // Its own log, and the observers, which have no rights.
    const writing = ['logs:CreateLogStream', 'logs:PutLogEvents', 'lambda:InvokeFunction'];
    const reading =
      /^(autoscaling|ec2|elasticloadbalancing|ssm):(Describe|List)|^dynamodb:GetItem$/;
    expect(actions.filter((action) => !reading.test(action) && !writing.includes(action))).toEqual(
      [],
    );
    expect(template.statement('QueryRole', 'Ask').Resource).toEqual(
      template.statement('ScheduleRole', 'Ask').Resource,
    );
  });

  it('gets the environment that it reads, as all of them', () => {
    for (const name of ['Alarm', 'Query', 'Command']) {
      const { Variables } = template.propertiesOf(`${name}LambdaFunction`)['Environment'] as {
        Variables: Record<string, unknown>;
      };
      const named = Object.fromEntries(Object.keys(Variables).map((key) => [key, 'x']));
      expect(() => readSettings(named)).not.toThrow();
    }
  });
});
