/**
 * Rights to see and to change what leads users to one of two sides, by its kind, and none of a kind that no fleet has. CommonJS,
 * because that is what the Serverless Framework loads.
 */

const allow = (Sid, Action, Resource, Condition) => ({
  Sid,
  Effect: 'Allow',
  Action,
  Resource,
  ...(Condition === undefined ? {} : { Condition }),
});

const GROUPS = {
  'Fn::Sub': `arn:\${AWS::Partition}:autoscaling:\${AWS::Region}:\${AWS::AccountId}:autoScalingGroup:*:autoScalingGroupName/*`,
};

const taggedAs = (fleets) => ({
  StringEquals: { 'aws:ResourceTag/quorate:fleet': fleets.map(({ name }) => name) },
});

const ofKind = (fleets, kind) => fleets.filter(({ routing }) => routing.kind === kind);
const unique = (values) => [...new Set(values)];

const listenerOf = (arn) => arn.replace(/:listener-rule\/(.+)\/[^/]+$/, ':listener/$1');
/** Every rule of a listener. */
const rulesOf = (listener) => `${listener.replace(':listener/', ':listener-rule/')}/*`;
const zoneOf = ({ routing }) => ({
  'Fn::Sub': `arn:\${AWS::Partition}:route53:::hostedzone/${routing.zone}`,
});

/** What reads where users are sent, by kind. `*`: no resource level. */
const SEEN = {
  // routing.ts readRules.
  application: 'elasticloadbalancing:DescribeRules',
  // network-routing.ts readNetworkRouting.
  network: 'elasticloadbalancing:DescribeListeners',
  // classic-routing.ts readClassicRouting.
  classic: 'autoscaling:DescribeLoadBalancers',
};

/** @param fleets those with routing, acting or not */
const seeRouting = (fleets) => {
  const actions = Object.keys(SEEN).filter((kind) => ofKind(fleets, kind).length > 0);
  const named = ofKind(fleets, 'record');
  return [
    ...(actions.length === 0
      ? []
      : [
          allow(
            'SeeRouting',
            actions.map((kind) => SEEN[kind]),
            '*',
          ),
        ]),
    // record-routing.ts readRecordRouting.
    ...(named.length === 0
      ? []
      : [allow('SeeRecords', ['route53:ListResourceRecordSets'], named.map(zoneOf))]),
  ];
};

/** The fleets' own listeners and rules, by their ARNs; our own rule, by the tag of a fleet that acts. */
const changeApplication = (fleets) => {
  const arns = fleets.map(({ routing }) => routing.arn);
  const listeners = unique(arns.map(listenerOf));
  const led = arns.filter((arn) => listenerOf(arn) === arn);
  const ruled = arns.filter((arn) => listenerOf(arn) !== arn);
  return [
    // routing-acts.ts preview: a rule on the listener ...
    allow('Preview', ['elasticloadbalancing:CreateRule'], listeners),
    // ... which is born with the fleet's tag ...
    allow('TagPreview', ['elasticloadbalancing:AddTags'], listeners.map(rulesOf), {
      StringEquals: {
        'elasticloadbalancing:CreateAction': 'CreateRule',
        'aws:RequestTag/quorate:fleet': fleets.map(({ name }) => name),
      },
    }),
    // ... and endPreview: no rule goes that has not that tag.
    allow(
      'EndPreview',
      ['elasticloadbalancing:DeleteRule'],
      listeners.map(rulesOf),
      taggedAs(fleets),
    ),
    // routing-acts.ts switchTo.
    ...(led.length === 0 ? [] : [allow('Switch', ['elasticloadbalancing:ModifyListener'], led)]),
    ...(ruled.length === 0
      ? []
      : [allow('SwitchRule', ['elasticloadbalancing:ModifyRule'], ruled)]),
  ];
};

const CHANGED = {
  application: changeApplication,
  // network-routing.ts switchNetwork.
  network: (fleets) => [
    allow(
      'SwitchNetwork',
      ['elasticloadbalancing:ModifyListener'],
      fleets.map(({ routing }) => routing.arn),
    ),
  ],
  // classic-routing.ts switchClassic: their load balancers, on their groups.
  classic: (fleets) => [
    allow(
      'SwitchClassic',
      ['autoscaling:AttachLoadBalancers', 'autoscaling:DetachLoadBalancers'],
      GROUPS,
      {
        ...taggedAs(fleets),
        'ForAllValues:StringEquals': {
          'autoscaling:LoadBalancerNames': unique(fleets.map(({ routing }) => routing.balancer)),
        },
      },
    ),
  ],
  // record-routing.ts switchRecords: one name, one type, and nothing is ever deleted.
  record: (fleets) => [
    ...fleets.map((fleet, at) =>
      allow(`SwitchRecords${at + 1}`, ['route53:ChangeResourceRecordSets'], zoneOf(fleet), {
        'ForAllValues:StringEquals': {
          'route53:ChangeResourceRecordSetsNormalizedRecordNames': [fleet.routing.name],
          'route53:ChangeResourceRecordSetsRecordTypes': [fleet.routing.type],
          'route53:ChangeResourceRecordSetsActions': ['UPSERT'],
        },
      }),
    ),
    allow('AwaitRecords', ['route53:GetChange'], {
      'Fn::Sub': `arn:\${AWS::Partition}:route53:::change/*`,
    }),
  ],
};

/** @param fleets those that act */
const changeRouting = (fleets) =>
  Object.keys(CHANGED).flatMap((kind) => {
    const those = ofKind(fleets, kind);
    return those.length === 0 ? [] : CHANGED[kind](those);
  });

module.exports = { allow, changeRouting, GROUPS, seeRouting, taggedAs };
