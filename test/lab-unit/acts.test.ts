import { describe, expect, it } from 'vitest';
import type { JournalEntry } from '../../lab/cloud/journal.ts';
import { actsOf } from '../../lab/stage/controller-acts.ts';
import { removalsOf, type Witness } from '../../lab/stage/removals.ts';

const entry = (action: string, parameters: object, other: Partial<JournalEntry> = {}) => ({
  atMs: 1_000,
  who: 'quorate-prod-schedule',
  service: 'ssm',
  action,
  parameters: JSON.stringify(parameters),
  status: 200,
  code: null,
  ms: 5,
  fault: null,
  ...other,
});

const order = (document: string, hosts: readonly string[], parameters: object = {}) =>
  entry('SendCommand', {
    DocumentName: `quorate-prod-${document}`,
    InstanceIds: hosts,
    Parameters: parameters,
  });

describe('what the controller did', () => {
  it('tells the orders to hosts apart, and names the victim of a fence, not its hosts', () => {
    const fence = { Hosts: ['i-2,i-3'], PeerId: ['i-1'], PeerAddress: ['10.77.1.4'] };
    const acts = actsOf([
      order('kill-member', ['i-1']),
      order('stop-member', ['i-1']),
      order('fence-peer', ['i-2', 'i-3'], { Action: ['fence'], ...fence }),
      order('fence-peer', ['i-2', 'i-3'], { Action: ['lift'], ...fence }),
    ]);
    expect(acts.map(({ kind, target }) => `${kind} ${target}`)).toEqual([
      'kill i-1',
      'stop i-1',
      'fence i-1',
      'lift i-1',
    ]);
  });

  it('leaves out reads and what the lab did itself, and tells how each ended', () => {
    const group = { AutoScalingGroupName: 'api-servers' };
    const acts = actsOf([
      entry('DescribeInstances', {}),
      entry('SetDesiredCapacity', { ...group, DesiredCapacity: 6 }, { who: 'lab' }),
      entry('EnterStandby', { ...group, InstanceIds: ['i-1'] }),
      entry('ExitStandby', { ...group, InstanceIds: ['i-1'] }),
      entry('SetDesiredCapacity', { ...group, DesiredCapacity: 4 }),
      entry('DetachInstances', { InstanceIds: ['i-2'], ...group }),
      entry('TerminateInstances', { InstanceId: ['i-1'] }, { status: 400, code: 'Throttling' }),
      entry('DeregisterTargets', { Targets: [{ Id: 'i-1' }] }, { status: null }),
    ]);
    expect(acts.map(({ kind, target, outcome }) => `${kind} ${target} ${outcome}`)).toEqual([
      'enterStandby i-1 done',
      'exitStandby i-1 done',
      'resize api-servers done',
      'detach i-2 done',
      'terminate i-1 Throttling',
      'deregister i-1 unknown',
    ]);
  });
});

/** Where all instances are, and until when users are sent there. */
const SIDE = 'api-servers';
const LEFT_AT_MS = 8_000;

/** i-1 and i-2 left the lists at these times; Auto Scaling terminated i-2. */
const witness = (goneAtMs: Readonly<Record<string, number>>, cause = ''): Witness => ({
  region: {
    instances: {
      all: () =>
        ['i-1', 'i-2', 'i-3'].map((id) => ({
          id,
          zone: 'a',
          subnetId: 'subnet-1',
          group: SIDE,
          userData: '',
          address: `10.77.1.${id.slice(2)}`,
          state: 'running',
          checks: 'ok',
          runningSinceMs: 0,
          powerLostAtMs: null,
          power: Promise.resolve(),
        })),
    },
    activities: {
      of: () => [
        {
          id: '1',
          group: 'api-servers',
          instanceId: 'i-2',
          description: 'Terminating EC2 instance: i-2',
          cause,
          startedAtMs: 7_000,
          endedAtMs: null,
          status: 'InProgress',
          message: null,
          details: {},
        },
      ],
    },
  },
  truth: { goneAtMs: (address) => goneAtMs[address] ?? null },
  routing: { at: (atMs) => (atMs < LEFT_AT_MS ? SIDE : 'other') },
});

describe('what the controller did to move a fleet', () => {
  it('is told by whom it is about: a group, what users are led to, the courier', () => {
    const arn = 'arn:aws:elasticloadbalancing:eu-central-1:123456789012';
    const rule = `${arn}:listener-rule/app/api/1/2/3`;
    const TargetGroupArn = `${arn}:targetgroup/api-green/4`;
    const acts = actsOf([
      entry('UpdateAutoScalingGroup', { AutoScalingGroupName: 'api-green', MinSize: '3' }),
      entry('SuspendProcesses', { AutoScalingGroupName: 'api-servers' }),
      entry('CreateRule', {
        ListenerArn: `${arn}:listener/app/api/1/2`,
        Actions: [{ TargetGroupArn }],
      }),
      entry('Invoke', { FunctionName: 'quorate-prod-probe-a' }),
      entry('Invoke', { FunctionName: 'quorate-prod-courier' }, { status: 202 }),
      entry('ModifyListener', { DefaultActions: [{ TargetGroupArn }] }, { status: null }),
      entry('DeleteRule', { RuleArn: rule }),
    ]);
    expect(acts.map(({ kind, target, outcome }) => `${kind} ${target} ${outcome}`)).toEqual([
      'scale api-green done',
      'suspend api-servers done',
      'preview api-green done',
      'carry quorate-prod-courier done',
      'switch api-green unknown',
      'endPreview api done',
    ]);
  });
});

describe('removals', () => {
  const victim = { instanceId: 'i-1', address: '10.77.1.1' };
  const gone = { '10.77.1.1': 4_000, '10.77.1.2': 5_000 };
  const told = (acts: Parameters<typeof removalsOf>[1], other = {}): readonly string[] =>
    removalsOf(witness(gone), acts, {
      removesItself: false,
      victims: [victim],
      isLeftToAws: false,
      ...other,
    }).map(({ what, instanceId, atMs }) => `${what} ${instanceId} ${atMs}`);

  it('are kills that came to pass, and whoever left the lists', () => {
    const act = { atMs: 3_000, kind: 'kill', target: 'i-1', outcome: 'done' };
    const acts = [
      act,
      { ...act, target: 'i-3', outcome: 'Throttling' },
      { ...act, target: 'i-3', kind: 'deregister' },
      { ...act, target: 'i-2', kind: 'detach' },
    ];
    expect(told(acts)).toEqual([
      'killed i-1 3000',
      'killed i-2 3000',
      'evicted i-1 4000',
      'evicted i-2 5000',
    ]);
  });

  it('are not what the fault itself does to its victim', () => {
    expect(told([], { removesItself: true })).toEqual(['evicted i-2 5000']);
  });

  it('are not what an instance refresh takes out', () => {
    const cause =
      'At 12:00 an instance was taken out of service in response to an instance refresh.';
    const blame = { removesItself: false, victims: [victim], isLeftToAws: false };
    const ids = removalsOf(witness(gone, cause), [], blame).map(({ instanceId }) => instanceId);
    expect(ids).toEqual(['i-1']);
  });

  it('are also what Auto Scaling terminates, where it is left alone', () => {
    expect(told([], { isLeftToAws: true })).toContain('killed i-2 7000');
  });

  it('are not who goes when users are sent elsewhere', () => {
    const act = { atMs: LEFT_AT_MS, kind: 'kill', target: 'i-3', outcome: 'done' };
    const late = { '10.77.1.1': LEFT_AT_MS - 1, '10.77.1.2': LEFT_AT_MS + 1 };
    const blame = { removesItself: false, victims: [victim], isLeftToAws: false };
    const ids = removalsOf(witness(late), [act], blame).map(({ instanceId }) => instanceId);
    expect(ids).toEqual(['i-1']);
  });
});
