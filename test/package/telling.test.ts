/** What tells people: alarms and dashboard, of a fleet that is watched and of one that is looked at once a minute. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { packaged } from './packaged.ts';
import { Template } from './template.ts';

let template: Template;

beforeAll(async () => {
  template = new Template((await packaged('two')).out);
});

const alarm = (id: string) => template.propertiesOf(id);

describe('alarms', () => {
  it('are raised by silence, not by its absence', () => {
    expect(alarm('SilentAlarmApiDash1')).toMatchObject({
      AlarmName: 'quorate-test-api-1-silent',
      MetricName: 'Heartbeat',
      Statistic: 'SampleCount',
      Dimensions: [{ Name: 'Fleet', Value: 'api-1' }],
      Threshold: 1,
      ComparisonOperator: 'LessThanThreshold',
      TreatMissingData: 'breaching',
      Period: 60,
      EvaluationPeriods: 3,
    });
  });

  it('of a frugal fleet are one, for a heart that beats every five minutes or beats in vain', () => {
    const ids = Object.keys(template.resources).filter((id) => id.endsWith('AlarmSlow'));
    expect(ids).toEqual(['SilentAlarmSlow']);
    expect(alarm('SilentAlarmSlow')).toMatchObject({
      Statistic: 'Maximum',
      Threshold: 1,
      ComparisonOperator: 'LessThanThreshold',
      TreatMissingData: 'breaching',
      Period: 300,
      EvaluationPeriods: 3,
    });
  });

  it('are on metrics that the reporter sends', () => {
    const source = readFileSync('src/adapters/aws/report-metrics.ts', 'utf8');
    const names = template
      .ofType('AWS::CloudWatch::Alarm')
      .filter(({ Properties }) => Properties['Namespace'] === 'Quorate')
      .map(({ Properties }) => String(Properties['MetricName']));
    expect(new Set(names)).toEqual(new Set(['Heartbeat', 'QuorumAtRisk']));
    expect(names.filter((name) => !source.includes(`${name}:`))).toEqual([]);
  });

  it('reach people, and people hear when they end', () => {
    for (const { Properties } of template.ofType('AWS::CloudWatch::Alarm')) {
      const topic = [{ Ref: 'PeopleTopic' }];
      expect(Properties).toMatchObject({ AlarmActions: topic, OKActions: topic });
      expect(Properties['AlarmDescription']).toContain('docs/runbook.md, "');
    }
    const { Statement } = template.propertiesOf('PeopleTopicPolicy')['PolicyDocument'] as {
      Statement: { Principal: unknown; Condition: unknown }[];
    };
    expect(Statement.map(({ Principal }) => Principal)).toContainEqual({
      Service: 'cloudwatch.amazonaws.com',
    });
    expect(JSON.stringify(Statement)).toContain(':alarm:quorate-test-*');
  });
});

describe('a deployment of frugal fleets alone', () => {
  it('has neither a dashboard, also when it is asked for, nor alarms of probers', async () => {
    const frugal = new Template((await packaged('frugal')).out);

    expect(frugal.ofType('AWS::CloudWatch::Dashboard')).toEqual([]);
    const alarms = frugal.ofType('AWS::CloudWatch::Alarm');
    expect(alarms.map(({ Properties }) => Properties['AlarmName'])).toEqual([
      'quorate-prod-undelivered',
      'quorate-prod-api-silent',
    ]);
  });
});

describe('the dashboard', () => {
  /** As CloudFormation would put it together. */
  const body = (): {
    widgets: {
      type: string;
      properties: { alarms?: unknown; query?: string; metrics?: unknown[][] };
    }[];
  } => {
    const { 'Fn::Join': joined } = template.propertiesOf('Dashboard')['DashboardBody'] as {
      'Fn::Join': [string, (string | { Ref?: string; 'Fn::GetAtt'?: string[] })[]];
    };
    const texts = joined[1].map((piece) =>
      typeof piece === 'string' ? piece : (piece.Ref ?? piece['Fn::GetAtt']?.join('.') ?? ''),
    );
    return JSON.parse(texts.join('')) as ReturnType<typeof body>;
  };

  it('shows each watched fleet with its alarms, its nodes, its acts and what it says', () => {
    const { widgets } = body();
    expect(widgets.map(({ type }) => type)).toEqual([
      'text',
      'alarm',
      ...Array<string>(4).fill('metric'),
      'log',
    ]);
    expect(widgets[1]?.properties.alarms).toEqual([
      'SilentAlarmApiDash1.Arn',
      'BlindAlarmApiDash1.Arn',
      'QuorumAtRiskAlarmApiDash1.Arn',
    ]);
    expect(widgets[6]?.properties.query).toMatch(
      /^SOURCE '\/aws\/lambda\/quorate-test-schedule' .* filter fleet = 'api-1' /,
    );
  });

  it('draws metrics that the reporter sends, and draws zero for what is not sent', () => {
    const source = readFileSync('src/adapters/aws/report-metrics.ts', 'utf8');
    const drawn = body().widgets.flatMap(({ properties }) => properties.metrics ?? []);
    const names = drawn.flatMap(([namespace, name]) =>
      namespace === 'Quorate' ? [String(name)] : [],
    );
    expect(new Set(names).size).toBe(10);
    expect(names.filter((name) => !new RegExp(`\\b${name}\\b[:,]`).test(source))).toEqual([]);
    expect(drawn.filter(([one]) => JSON.stringify(one).includes('FILL('))).toHaveLength(5);
  });
});
