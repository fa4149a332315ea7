/**
 * Alarms of each fleet, on what report-metrics.ts sends, and of the probers. They tell people; nothing is decided by them. CommonJS, because
 * that is what the Serverless Framework loads.
 */

/** What is sent only when there is something to send is all right when it is missing. */
const FINE_WHEN_MISSING = 'notBreaching';

/** Three beats in a row are missing. */
const silentOf = (name) => ({
  AlarmDescription: `Nobody watches fleet ${name}. docs/runbook.md, "silent"`,
  MetricName: 'Heartbeat',
  Statistic: 'SampleCount',
  ComparisonOperator: 'LessThanThreshold',
  Threshold: 1,
  Period: 60,
  EvaluationPeriods: 3,
  TreatMissingData: 'breaching',
});

const alarmsOf = (name) => ({
  silent: silentOf(name),
  /** For two beats not one tick could see and judge. Now and then a minute has no beat, because it came a second late. */
  blind: {
    AlarmDescription: `Quorate cannot see or judge fleet ${name} and holds still. docs/runbook.md, "blind"`,
    MetricName: 'Heartbeat',
    Statistic: 'Maximum',
    ComparisonOperator: 'LessThanThreshold',
    Threshold: 1,
    Period: 60,
    EvaluationPeriods: 3,
    DatapointsToAlarm: 2,
    TreatMissingData: FINE_WHEN_MISSING,
  },
  /** For ten minutes: twice the slowest honest boot (policy.ts, startupGraceMs), so that a replacement should be there. */
  'quorum-at-risk': {
    AlarmDescription: `One more loss ends the quorum of fleet ${name}, and nothing has mended it. docs/runbook.md, "quorum at risk"`,
    MetricName: 'QuorumAtRisk',
    Statistic: 'Maximum',
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    Threshold: 1,
    Period: 60,
    EvaluationPeriods: 10,
    DatapointsToAlarm: 8,
    TreatMissingData: FINE_WHEN_MISSING,
  },
});

/**
 * A fleet that is looked at once a minute sends a heart-beat every five (reporter.ts). One alarm says that it is missing or
 * that nothing could be seen; of the rest people hear by events. Each alarm more would be a tenth of what such a fleet costs.
 */
const frugalAlarmsOf = (name) => ({
  silent: {
    ...silentOf(name),
    AlarmDescription: `Nobody looks at fleet ${name}, or nothing can be seen. docs/runbook.md, "silent" and "blind"`,
    Statistic: 'Maximum',
    Period: 300,
  },
});

/**
 * A prober is asked and answered at once, so nothing of it ends in the dead-letter queue. With one of them broken Quorate
 * still sees, but needs a second witness for every act.
 */
const proberAlarmOf = (zone) => ({
  AlarmDescription: `The prober in zone ${zone} fails. docs/runbook.md, "prober"`,
  Namespace: 'AWS/Lambda',
  MetricName: 'Errors',
  Dimensions: [{ Name: 'FunctionName', Value: { Ref: `ProbeDash${zone}LambdaFunction` } }],
  Statistic: 'Sum',
  ComparisonOperator: 'GreaterThanOrEqualToThreshold',
  // A single one is a deployment, or a host of Lambda's that was lost.
  Threshold: 3,
  Period: 300,
  EvaluationPeriods: 1,
  TreatMissingData: FINE_WHEN_MISSING,
});

const isFrugal = ({ policy }) => policy.tickEveryMs >= 60_000;

/** `quorum-at-risk` -> `QuorumAtRisk`. */
const pascal = (text) =>
  text.replaceAll(/(^|-)([a-z])/g, (_, _dash, letter) => letter.toUpperCase());

const told = (name, properties) => ({
  Type: 'AWS::CloudWatch::Alarm',
  Properties: {
    AlarmName: name,
    ...properties,
    AlarmActions: [{ Ref: 'PeopleTopic' }],
    OKActions: [{ Ref: 'PeopleTopic' }],
  },
});

/**
 * @param idOf logical id of something of a fleet
 * @param stack what the names of the deployed parts begin with
 * @returns resources of all fleets by logical id
 */
const fleetAlarms = ({ fleets, idOf, stack }) =>
  Object.fromEntries(
    fleets.flatMap((fleet) => {
      const alarms = (isFrugal(fleet) ? frugalAlarmsOf : alarmsOf)(fleet.name);
      return Object.entries(alarms).map(([kind, alarm]) => [
        idOf(`${pascal(kind)}Alarm`, fleet.name),
        told(`${stack}-${fleet.name}-${kind}`, {
          Namespace: 'Quorate',
          Dimensions: [{ Name: 'Fleet', Value: fleet.name }],
          ...alarm,
        }),
      ]);
    }),
  );

/** Worth their price where a fleet is watched. */
const proberAlarms = ({ fleets, stack }) =>
  fleets.every(isFrugal)
    ? {}
    : Object.fromEntries(
        ['a', 'b'].map((zone) => [
          `Prober${zone.toUpperCase()}Alarm`,
          told(`${stack}-prober-${zone}`, proberAlarmOf(zone)),
        ]),
      );

module.exports = { fleetAlarms, proberAlarms, isFrugal };
