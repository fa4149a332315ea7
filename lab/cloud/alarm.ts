/** A CloudWatch alarm as the template declares it: a metric, an expression over metrics, or a rule over other alarms. */
import { optionalText, type Parameters, record, records, texts } from './parameters.ts';

export const ALARM_STATES = ['OK', 'ALARM', 'INSUFFICIENT_DATA'] as const;
export type AlarmStateValue = (typeof ALARM_STATES)[number];

export interface AlarmState {
  readonly value: AlarmStateValue;
  readonly reason: string;
  readonly sinceMs: number;
}

export interface Alarm {
  readonly name: string;
  readonly arn: string;
  readonly description: string | undefined;
  /** ARNs of what a change to each state sets off. */
  readonly actions: Readonly<Record<AlarmStateValue, readonly string[]>>;
  readonly actionsEnabled: boolean;
  /** As the alarm's events carry it. */
  readonly configuration: object;
  /** As a message to a topic carries it. */
  readonly trigger: object;
  state: AlarmState;
}

/** @param properties of `AWS::CloudWatch::Alarm` or `AWS::CloudWatch::CompositeAlarm`. */
export const readAlarm = (name: string, arn: string, properties: Parameters): Alarm => {
  const description = optionalText(properties, 'AlarmDescription');
  const rule = optionalText(properties, 'AlarmRule');
  const configuration =
    rule === undefined
      ? { description, metrics: metricsOf(properties).map(metricEntry) }
      : { description, alarmRule: rule };
  return {
    name,
    arn,
    description,
    actions: {
      OK: texts(properties, 'OKActions'),
      ALARM: texts(properties, 'AlarmActions'),
      INSUFFICIENT_DATA: texts(properties, 'InsufficientDataActions'),
    },
    actionsEnabled: properties['ActionsEnabled'] !== false,
    configuration,
    trigger: triggerOf(properties),
    state: {
      value: 'INSUFFICIENT_DATA',
      reason: 'Unchecked: Initial alarm creation',
      sinceMs: Date.now(),
    },
  };
};

/** `Metrics`, or the one metric of a simple alarm in the same form. */
const metricsOf = (properties: Parameters): readonly Parameters[] => {
  const several = records(properties, 'Metrics');
  if (several.length > 0) return several;
  const { Namespace, MetricName, Dimensions, Period, Unit } = properties;
  const Stat = properties['Statistic'] ?? properties['ExtendedStatistic'];
  const MetricStat = { Metric: { Namespace, MetricName, Dimensions }, Period, Stat, Unit };
  return [{ Id: 'm1', MetricStat, ReturnData: true }];
};

const metricEntry = (entry: Parameters): object => {
  const { Id: id, Expression: expression, Label: label, ReturnData: returnData = true } = entry;
  if (expression !== undefined) return { id, expression, label, returnData };
  const stat = record(entry, 'MetricStat');
  const metric = record(stat, 'Metric');
  const dimensions = records(metric, 'Dimensions').map(({ Name, Value }) => [Name, Value] as const);
  return {
    id,
    metricStat: {
      metric: {
        namespace: metric['Namespace'],
        name: metric['MetricName'],
        dimensions: Object.fromEntries(dimensions),
      },
      period: stat['Period'],
      stat: stat['Stat'],
      unit: stat['Unit'],
    },
    returnData,
  };
};

const triggerOf = (properties: Parameters): object => {
  const { Namespace, MetricName, Statistic, Unit = null, ComparisonOperator } = properties;
  const { Period, EvaluationPeriods, Threshold, TreatMissingData = 'missing' } = properties;
  const dimensions = records(properties, 'Dimensions');
  return {
    MetricName,
    Namespace,
    StatisticType: 'Statistic',
    Statistic: typeof Statistic === 'string' ? Statistic.toUpperCase() : Statistic,
    Unit,
    Dimensions: dimensions.map(({ Name, Value }) => ({ value: Value, name: Name })),
    Period,
    EvaluationPeriods,
    ComparisonOperator,
    Threshold,
    TreatMissingData,
  };
};
