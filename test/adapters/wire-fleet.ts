/** A fleet of three instances in three zones, as the AWS services tell it. */
import type { Fleet, Settings } from '../../src/config/fleet.ts';
import type { Act } from '../../src/core/acts.ts';
import { DEFAULT_POLICY } from '../../src/core/policy.ts';
import { ec2Xml, json, type WireAnswer, xml } from './wire-server.ts';

export const FLEET: Fleet = {
  name: 'shop',
  kind: 'hazelcast',
  group: 'shop-asg',
  member: { port: 5701, service: 'shop.service', version: '5.x', cluster: 'dev', canary: null },
  application: null,
  memory: null,
  standby: null,
  routing: null,
  sessions: null,
  announce: null,
  networks: ['10.0.0.0/16'],
  policy: { ...DEFAULT_POLICY, captureMs: 1_000 },
};

export const SETTINGS: Settings = {
  table: 'quorate',
  eventBus: 'quorate-bus',
  probers: [],
  courier: '',
  documents: 'quorate',
};

export const IDS = ['i-0000000000000000a', 'i-0000000000000000b', 'i-0000000000000000c'];
export const [A = '', B = '', C = ''] = IDS;
export const LAUNCHED_AT = '2026-11-23T10:00:00.000Z';
export const BLUE =
  'arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/blue/0123456789abcdef';
export const GREEN =
  'arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/green/fedcba9876543210';

const member = (content: string): string => `<member>${content}</member>`;
const item = (content: string): string => `<item>${content}</item>`;

interface GroupOptions {
  readonly tag?: string;
  /** The rest of the tags, as they are on the wire. */
  readonly tags?: string;
  readonly targetGroups?: readonly string[];
  readonly more?: string;
  readonly ids?: readonly string[];
}

export const groupXml = ({
  tag = 'shop',
  tags = '',
  targetGroups = [BLUE],
  more = '',
  ids = IDS,
}: GroupOptions = {}): WireAnswer => {
  const instances = ids.map((id, index) =>
    member(
      `<InstanceId>${id}</InstanceId><AvailabilityZone>eu-central-1${'abc'[index] ?? 'a'}</AvailabilityZone><LifecycleState>InService</LifecycleState><HealthStatus>Healthy</HealthStatus><ProtectedFromScaleIn>false</ProtectedFromScaleIn>`,
    ),
  );
  const group = [
    `<AutoScalingGroupName>${FLEET.group}</AutoScalingGroupName><MinSize>3</MinSize><MaxSize>4</MaxSize>`,
    '<DesiredCapacity>3</DesiredCapacity><DefaultCooldown>300</DefaultCooldown><HealthCheckType>EC2</HealthCheckType>',
    `<CreatedTime>${LAUNCHED_AT}</CreatedTime><Instances>${instances.join('')}</Instances>`,
    `<Tags>${member(`<Key>quorate:fleet</Key><Value>${tag}</Value>`)}${tags}</Tags>`,
    `<TargetGroupARNs>${targetGroups.map(member).join('')}</TargetGroupARNs>${more}`,
  ].join('');
  return xml(
    'DescribeAutoScalingGroups',
    `<AutoScalingGroups>${member(group)}</AutoScalingGroups>`,
  );
};

export const instanceXml = (id: string, more = ''): string => {
  const index = IDS.indexOf(id) + 1;
  const address = more.includes('terminated')
    ? ''
    : `<privateIpAddress>10.0.${index}.4</privateIpAddress>`;
  const state =
    more === '' ? '<instanceState><code>16</code><name>running</name></instanceState>' : more;
  const tag = item('<key>quorate:fleet</key><value>shop</value>');
  return `<instanceId>${id}</instanceId>${state}${address}<launchTime>${LAUNCHED_AT}</launchTime><placement><availabilityZone>eu-central-1${'abc'[index - 1] ?? 'a'}</availabilityZone></placement><tagSet>${tag}</tagSet>`;
};

export const instancesXml = (instances: readonly string[], nextToken = ''): WireAnswer => {
  const reservations = instances.map((instance) =>
    item(`<instancesSet>${item(instance)}</instancesSet>`),
  );
  const token = nextToken === '' ? '' : `<nextToken>${nextToken}</nextToken>`;
  return ec2Xml(
    'DescribeInstances',
    `<reservationSet>${reservations.join('')}</reservationSet>${token}`,
  );
};

export const healthXml = (states: Readonly<Record<string, string>>): WireAnswer => {
  const descriptions = Object.entries(states).map(([id, state]) =>
    member(
      `<Target><Id>${id}</Id><Port>8080</Port></Target><TargetHealth><State>${state}</State></TargetHealth>`,
    ),
  );
  return xml(
    'DescribeTargetHealth',
    `<TargetHealthDescriptions>${descriptions.join('')}</TargetHealthDescriptions>`,
  );
};

/** @param states by instance. */
export const agentsJson = (states: Readonly<Record<string, string>>): WireAnswer =>
  json({
    InstanceInformationList: Object.entries(states).map(([InstanceId, PingStatus]) => ({
      InstanceId,
      PingStatus,
    })),
  });

const balancerArn =
  'arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/web/50dc6c495c0c9188';
const targetGroupsXml = xml(
  'DescribeTargetGroups',
  `<TargetGroups>${member(`<TargetGroupArn>${BLUE}</TargetGroupArn><VpcId>vpc-1</VpcId><LoadBalancerArns>${member(balancerArn)}</LoadBalancerArns>`)}</TargetGroups>`,
);
export const interfacesXml = (addresses: readonly string[]): WireAnswer =>
  ec2Xml(
    'DescribeNetworkInterfaces',
    `<networkInterfaceSet>${addresses.map((address) => item(`<privateIpAddress>${address}</privateIpAddress>`)).join('')}</networkInterfaceSet>`,
  );

/** @param content by instance, of its `item`: nothing said is nothing wrong. */
export const statusXml = (content: Readonly<Record<string, string>> = {}): WireAnswer => {
  const items = IDS.map((id) =>
    item(
      `<instanceId>${id}</instanceId>${content[id] ?? `${checkXml('system', 'ok')}${checkXml('instance', 'ok')}`}`,
    ),
  );
  return ec2Xml(
    'DescribeInstanceStatus',
    `<instanceStatusSet>${items.join('')}</instanceStatusSet>`,
  );
};

export const checkXml = (of: 'system' | 'instance', status: string): string =>
  `<${of}Status><status>${status}</status></${of}Status>`;

/** @param refreshes status and percentage of each, newest first. */
export const refreshesXml = (...refreshes: readonly (readonly [string, number])[]): WireAnswer => {
  const members = refreshes.map(([status, percentage], index) =>
    member(
      `<InstanceRefreshId>r-${index}</InstanceRefreshId><AutoScalingGroupName>${FLEET.group}</AutoScalingGroupName><Status>${status}</Status><PercentageComplete>${percentage}</PercentageComplete>`,
    ),
  );
  return xml(
    'DescribeInstanceRefreshes',
    `<InstanceRefreshes>${members.join('')}</InstanceRefreshes>`,
  );
};

/** Everything is well. */
export const goodAnswers = (): Record<string, WireAnswer> => ({
  DescribeAutoScalingGroups: groupXml(),
  DescribeInstanceRefreshes: refreshesXml(['Successful', 100]),
  DescribeInstances: instancesXml(IDS.map((id) => instanceXml(id))),
  DescribeInstanceStatus: statusXml(),
  DescribeTargetHealth: healthXml({ [A]: 'healthy', [B]: 'healthy', [C]: 'healthy' }),
  DescribeTargetGroups: targetGroupsXml,
  DescribeNetworkInterfaces: interfacesXml(['10.0.1.250', '10.0.2.250']),
  DescribeInstanceInformation: agentsJson({ [A]: 'Online', [B]: 'ConnectionLost' }),
});

/** Everything is well, and every act is taken. */
export const willingAnswers = (): Record<string, WireAnswer> => ({
  ...goodAnswers(),
  DeregisterTargets: xml('DeregisterTargets', ''),
  RegisterTargets: xml('RegisterTargets', ''),
  SendCommand: json({ Command: { CommandId: 'command-1' } }),
  TerminateInstanceInAutoScalingGroup: xml(
    'TerminateInstanceInAutoScalingGroup',
    '<Activity><Description>Terminating EC2 instance</Description></Activity>',
  ),
  EnterStandby: xml(
    'EnterStandby',
    `<Activities>${member(`<Description>Moving EC2 instance to Standby: ${A}</Description>`)}</Activities>`,
  ),
  ExitStandby: xml(
    'ExitStandby',
    `<Activities>${member(`<Description>Moving EC2 instance out of Standby: ${A}</Description>`)}</Activities>`,
  ),
  SetDesiredCapacity: xml('SetDesiredCapacity', ''),
  TerminateInstances: ec2Xml(
    'TerminateInstances',
    `<instancesSet>${item(`<instanceId>${A}</instanceId><currentState><name>shutting-down</name></currentState>`)}</instancesSet>`,
  ),
});

export const KILL: Extract<Act, { kind: 'kill' }> = {
  kind: 'kill',
  target: { instanceId: A, address: '10.0.1.4' },
  fence: 7,
  notAfterMs: 1_795_000_006_000,
  startedBeforeMs: 1_795_000_000_000,
};
