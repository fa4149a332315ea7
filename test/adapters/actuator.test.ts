import { describe, expect, it } from 'vitest';
import { createActuator } from '../../src/adapters/aws/actuator.ts';
import type { Act } from '../../src/core/acts.ts';
import { useWire } from './use-wire.ts';
import { A, FLEET, KILL, SETTINGS, willingAnswers } from './wire-fleet.ts';
import { ec2Error, json, jsonError, type WireAnswer, xmlError } from './wire-server.ts';

const { clients, inputsOf, answer } = useWire(willingAnswers);

let ticks = 0;
const clock = { nowMs: () => ++ticks, sleep: async () => {} };
const actuator = () =>
  createActuator({ fleet: FLEET, settings: SETTINGS, clients: clients(), clock });
const { target } = KILL;
const perform = async (act: Act) =>
  await actuator().perform(act, 'blue', AbortSignal.timeout(10_000));

describe('kill', () => {
  it('sends the document to that one instance, with everything its host checks', async () => {
    expect(await perform(KILL)).toMatchObject({
      kind: 'kill',
      outcome: 'done',
      commandId: 'command-1',
    });
    expect(inputsOf('SendCommand')).toEqual([
      {
        DocumentName: 'quorate-kill-member',
        InstanceIds: [A],
        TimeoutSeconds: 30,
        Comment: 'quorate shop kill 7',
        Parameters: {
          InstanceId: [A],
          Fence: ['7'],
          NotAfter: ['1795000006000'],
          StartedBefore: ['1795000000000'],
          Service: ['shop.service'],
          Port: ['5701'],
          CaptureMs: ['1000'],
        },
      },
    ]);
  });

  it('has failed, for the next rung, when the host has no agent', async () => {
    answer({ SendCommand: jsonError('InvalidInstanceId', 'Instances not in a valid state') });
    const outcome = await perform(KILL);
    expect(outcome).toMatchObject({ outcome: 'failed', commandId: null });
    expect(outcome.detail).toMatch(/InvalidInstanceId.*AmazonSSMManagedInstanceCore/);
  });
});

describe('replace', () => {
  it('terminates in the group without shrinking it', async () => {
    const outcome = await perform({ kind: 'replace', shrink: false, target });
    expect(outcome).toMatchObject({ outcome: 'done', detail: 'Terminating EC2 instance' });
    expect(inputsOf('TerminateInstanceInAutoScalingGroup')).toMatchObject([
      { InstanceId: A, ShouldDecrementDesiredCapacity: 'false' },
    ]);
  });

  it('is done when the instance is gone already', async () => {
    answer({
      TerminateInstanceInAutoScalingGroup: xmlError(
        'ValidationError',
        `Instance Id not found - No managed instance found for instance ID: ${A}`,
      ),
    });
    const outcome = await perform({ kind: 'replace', shrink: false, target });
    expect(outcome.outcome).toBe('done');
    expect(outcome.detail).toMatch(/^already gone/);
  });

  it('is asked again when Auto Scaling is busy', async () => {
    answer({ TerminateInstanceInAutoScalingGroup: xmlError('ScalingActivityInProgress', 'busy') });
    expect(await perform({ kind: 'replace', shrink: false, target })).toMatchObject({
      outcome: 'deferred',
    });
  });
});

const notIn = (state: string) =>
  xmlError('ValidationError', `The instance ${A} is not in ${state}.`);

describe('enterStandby', () => {
  const enterStandby: Act = { kind: 'enterStandby', target };

  it('leaves the desired capacity as it is, so that another is launched', async () => {
    expect(await perform(enterStandby)).toMatchObject({
      outcome: 'done',
      detail: `Moving EC2 instance to Standby: ${A}`,
    });
    expect(inputsOf('EnterStandby')).toMatchObject([
      {
        AutoScalingGroupName: 'shop-asg',
        'InstanceIds.member.1': A,
        ShouldDecrementDesiredCapacity: 'false',
      },
    ]);
  });

  it('is done when it was done before', async () => {
    answer({ EnterStandby: notIn('InService') });
    const outcome = await perform(enterStandby);
    expect(outcome.outcome).toBe('done');
    expect(outcome.detail).toMatch(/^out of service already/);
  });

  it('has failed when the instance is not of the group', async () => {
    const message = `The instance ${A} is not part of Auto Scaling group shop-asg.`;
    answer({ EnterStandby: xmlError('ValidationError', message) });
    expect(await perform(enterStandby)).toMatchObject({ outcome: 'failed' });
  });
});

describe('exitStandby', () => {
  const exitStandby: Act = { kind: 'exitStandby', target };

  it('names the one instance', async () => {
    expect(await perform(exitStandby)).toMatchObject({
      outcome: 'done',
      detail: `Moving EC2 instance out of Standby: ${A}`,
    });
    expect(inputsOf('ExitStandby')).toMatchObject([
      { AutoScalingGroupName: 'shop-asg', 'InstanceIds.member.1': A },
    ]);
  });

  it('is done when it was done before', async () => {
    answer({ ExitStandby: notIn('Standby') });
    expect(await perform(exitStandby)).toMatchObject({ outcome: 'done' });
  });

  it('has failed when the group has no room for it', async () => {
    const message =
      'AutoScalingGroup shop-asg has min-size=3, max-size=3, and desired-size=3. To move out of standby 1 instance, please update the AutoScalingGroup sizes appropriately.';
    answer({ ExitStandby: xmlError('ValidationError', message) });
    expect(await perform(exitStandby)).toMatchObject({ outcome: 'failed' });
  });
});

describe('resize', () => {
  it('says how large the group shall be, whatever its cooldown', async () => {
    expect(await perform({ kind: 'resize', target, desired: 3 })).toMatchObject({
      outcome: 'done',
    });
    expect(inputsOf('SetDesiredCapacity')).toMatchObject([
      { AutoScalingGroupName: 'shop-asg', DesiredCapacity: '3', HonorCooldown: 'false' },
    ]);
  });
});

describe('terminate', () => {
  it('forces and skips the shutdown', async () => {
    expect(await perform({ kind: 'terminate', target })).toMatchObject({
      outcome: 'done',
      detail: 'EC2 says shutting-down',
    });
    expect(inputsOf('TerminateInstances')).toMatchObject([
      { 'InstanceId.1': A, Force: 'true', SkipOsShutdown: 'true' },
    ]);
  });

  it('is done when EC2 has forgotten the instance', async () => {
    answer({ TerminateInstances: ec2Error('InvalidInstanceID.NotFound', 'does not exist') });
    expect(await perform({ kind: 'terminate', target })).toMatchObject({ outcome: 'done' });
  });

  it('has failed when the instance is protected', async () => {
    answer({ TerminateInstances: ec2Error('OperationNotPermitted', 'may not be terminated') });
    expect(await perform({ kind: 'terminate', target })).toMatchObject({ outcome: 'failed' });
  });
});

describe('commandResults', () => {
  const ask = async () =>
    await actuator().commandResults(
      { commandId: 'command-1', instanceIds: [A] },
      AbortSignal.timeout(10_000),
    );
  const told = (invocation: object): WireAnswer =>
    json({ CommandInvocations: [{ CommandId: 'command-1', InstanceId: A, ...invocation }] });
  const printed = (Output: string) => ({ CommandPlugins: [{ Output }] });

  it.each<[string, WireAnswer, object]>([
    ['not known to SSM yet', json({ CommandInvocations: [] }), { status: 'pending' }],
    ['Pending', told({ Status: 'Pending' }), { status: 'pending' }],
    ['InProgress', told({ Status: 'InProgress' }), { status: 'pending' }],
    ['Delayed', told({ Status: 'Delayed' }), { status: 'pending' }],
    [
      'Success',
      told({ Status: 'Success', ...printed('x\nkilled pid 12, fence 7\n\n') }),
      { status: 'succeeded', detail: 'killed pid 12, fence 7' },
    ],
    [
      'Failed',
      told({
        Status: 'Failed',
        ...printed(
          'refused: late by 12 s\n\n----------ERROR-------\nfailed to run commands: exit status 11',
        ),
      }),
      { status: 'failed', detail: 'refused: late by 12 s' },
    ],
    [
      'Failed without output',
      told({ Status: 'Failed', StatusDetails: 'Failed', ...printed('') }),
      { status: 'failed', detail: 'Failed' },
    ],
    [
      'never delivered',
      told({ Status: 'TimedOut', StatusDetails: 'Delivery Timed Out' }),
      { status: 'failed', detail: 'Delivery Timed Out' },
    ],
    ['Cancelled', told({ Status: 'Cancelled' }), { status: 'failed', detail: 'Cancelled' }],
    [
      'a new word',
      told({ Status: 'Levitating' }),
      { status: 'unknown', detail: 'SSM says Levitating' },
    ],
    [
      'denied',
      jsonError('AccessDeniedException', 'no'),
      {
        status: 'unknown',
        detail: expect.stringContaining('AWS denied ssm:ListCommandInvocations'),
      },
    ],
    [
      'throttled',
      jsonError('ThrottlingException', 'Rate exceeded'),
      { status: 'unknown', detail: expect.stringContaining('throttled') },
    ],
    [
      'a lost reply',
      'loseReply',
      { status: 'unknown', detail: expect.stringContaining('ssm:ListCommandInvocations') },
    ],
    [
      'silence',
      'silent',
      { status: 'unknown', detail: expect.stringContaining('no answer in time') },
    ],
  ])('%s', async (_, reply, status) => {
    answer({ ListCommandInvocations: reply });
    expect(await ask()).toEqual([{ commandId: 'command-1', instanceId: A, ...status }]);
  });
});
