/** One dashboard: each fleet's story in three rows. CommonJS, because that is what the Serverless Framework loads. */

/** Of CloudWatch's grid. */
const WIDTH = 24;

const metric = (fleet, name, options = {}) => ['Quorate', name, 'Fleet', fleet, options];

/** What is not sent is zero. */
const orZero = (fleet, name, id, options = {}) => [
  metric(fleet, name, { id, visible: false, ...options }),
  [{ expression: `FILL(${id}, 0)`, label: name, id: `${id}0` }],
];

const graph = (title, metrics, more = {}) => ({
  type: 'metric',
  width: WIDTH / 4,
  height: 6,
  properties: {
    title,
    metrics,
    region: '$REGION',
    period: 60,
    stat: 'Maximum',
    yAxis: { left: { min: 0 } },
    ...more,
  },
});

const widgetsOf = (name, { alarms, logGroup }) => [
  { type: 'text', width: WIDTH, height: 1, properties: { markdown: `## ${name}` } },
  { type: 'alarm', width: WIDTH, height: 2, properties: { title: 'Alarms', alarms } },
  graph('Nodes', [
    metric(name, 'WorkingNodes'),
    metric(name, 'CoreSize'),
    ...orZero(name, 'SuspectNodes', 'suspects'),
  ]),
  graph('Conditions', [
    metric(name, 'Heartbeat'),
    ...orZero(name, 'NotQuorate', 'not'),
    ...orZero(name, 'QuorumAtRisk', 'risk'),
  ]),
  graph(
    'Acts and holds',
    [
      ...orZero(name, 'ActsStarted', 'acts', { stat: 'Sum' }),
      ...orZero(name, 'Holds', 'holds', { stat: 'Sum' }),
    ],
    { view: 'timeSeries', stat: 'Sum' },
  ),
  graph('Ticks, ms', [
    metric(name, 'TickMs', { stat: 'p50', label: 'took, median' }),
    metric(name, 'TickMs', { stat: 'p99', label: 'took, p99' }),
    metric(name, 'TickDelayMs', { label: 'due until seen, longest' }),
  ]),
  {
    type: 'log',
    width: WIDTH,
    height: 6,
    properties: {
      title: 'What it saw and did',
      region: '$REGION',
      view: 'table',
      query: [
        `SOURCE '${logGroup}'`,
        'fields @timestamp, cluster, plan, message',
        `filter fleet = '${name}' and (plan != 'watch' or cluster != 'Quorate')`,
        'sort @timestamp desc',
        'limit 100',
      ].join(' | '),
    },
  },
];

/**
 * @param alarmIdsOf logical ids of a fleet's alarms
 * @param stack what the names of the deployed parts begin with
 * @returns the resource by logical id
 */
module.exports = ({ fleets, alarmIdsOf, stack }) => {
  const alarmIds = fleets.flatMap(({ name }) => alarmIdsOf(name));
  const widgets = fleets.flatMap(({ name }) =>
    widgetsOf(name, {
      alarms: alarmIdsOf(name).map((id) => `$${id}`),
      logGroup: `/aws/lambda/${stack}-schedule`,
    }),
  );
  const text = JSON.stringify({ widgets });
  // CloudFormation puts in what only it knows: the pieces between are plain text.
  const known = new Map([
    ['$REGION', { Ref: 'AWS::Region' }],
    ...alarmIds.map((id) => [`$${id}`, { 'Fn::GetAtt': [id, 'Arn'] }]),
  ]);
  const pieces = text.split(/(\$[A-Z]\w*)/).map((piece) => known.get(piece) ?? piece);
  return {
    Dashboard: {
      Type: 'AWS::CloudWatch::Dashboard',
      Properties: { DashboardName: stack, DashboardBody: { 'Fn::Join': ['', pieces] } },
    },
  };
};
