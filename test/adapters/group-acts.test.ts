/** What is done to a whole group, on the side that the act names. */
import { describe, expect, it } from 'vitest';
import { createActuator } from '../../src/adapters/aws/actuator.ts';
import type { MoveAct } from '../../src/core/acts.ts';
import { useWire } from './use-wire.ts';
import { FLEET, SETTINGS } from './wire-fleet.ts';
import { type WireAnswer, xml, xmlError } from './wire-server.ts';
import { sideAnswers, TWO_SIDES } from './wire-sides.ts';

const { clients, inputsOf, answer } = useWire(sideAnswers);
const clock = { nowMs: () => 1, sleep: async () => {} };

const perform = async (act: MoveAct, fleet = TWO_SIDES) => {
  const parts = { fleet, settings: SETTINGS, clients: clients(), clock };
  return await createActuator(parts).perform(act, 'blue', AbortSignal.timeout(10_000));
};

const ACTS: Readonly<Record<string, readonly [MoveAct, Readonly<Record<string, string>>]>> = {
  UpdateAutoScalingGroup: [
    { kind: 'scale', side: 'green', min: 2, desired: 3 },
    { MinSize: '2', DesiredCapacity: '3' },
  ],
  SuspendProcesses: [
    { kind: 'suspend', side: 'green', processes: ['ReplaceUnhealthy', 'AZRebalance'] },
    {
      'ScalingProcesses.member.1': 'ReplaceUnhealthy',
      'ScalingProcesses.member.2': 'AZRebalance',
    },
  ],
  ResumeProcesses: [
    { kind: 'unsuspend', side: 'green', processes: ['AZRebalance'] },
    { 'ScalingProcesses.member.1': 'AZRebalance' },
  ],
};

describe.each(Object.entries(ACTS))('%s', (action, [act, input]) => {
  it('names the group of its side, and how that shall be', async () => {
    expect(await perform(act)).toMatchObject({ kind: act.kind, outcome: 'done' });
    expect(inputsOf(action)).toEqual([
      expect.objectContaining({ AutoScalingGroupName: 'shop-green', ...input }),
    ]);
  });

  it.each<[string, WireAnswer, string]>([
    ['throttled', xmlError('Throttling', 'Rate exceeded'), 'deferred'],
    ['busy', xmlError('ScalingActivityInProgress', 'busy'), 'deferred'],
    ['denied', xmlError('AccessDenied', 'no', 403), 'failed'],
    ['a lost reply', 'loseReply', 'unknown'],
  ])('%s', async (_, reply, outcome) => {
    answer({ [action]: reply });
    expect(await perform(act)).toMatchObject({ outcome });
    expect(inputsOf(action)).toHaveLength(1);
  });

  it('touches nothing when the fleet has no such side any more', async () => {
    const performed = await perform(act, { ...FLEET });
    expect(performed).toMatchObject({ outcome: 'failed' });
    expect(performed.detail).toMatch(/has no green side/);
    expect(inputsOf(action)).toEqual([]);
  });
});

it('resumes nothing when nothing is named: without names Auto Scaling would resume all', async () => {
  const act: MoveAct = { kind: 'unsuspend', side: 'green', processes: [] };
  expect(await perform(act)).toMatchObject({ outcome: 'done' });
  expect(inputsOf('ResumeProcesses')).toEqual([]);
});

it('takes out by name whoever stands by, and leaves the size as it is', async () => {
  answer({ TerminateInstanceInAutoScalingGroup: xml('TerminateInstanceInAutoScalingGroup', '') });
  const node = { instanceId: 'i-0a', address: '10.0.0.1' };
  expect(await perform({ kind: 'dismiss', side: 'green', node })).toMatchObject({
    kind: 'dismiss',
    outcome: 'done',
  });
  expect(inputsOf('TerminateInstanceInAutoScalingGroup')).toMatchObject([
    { InstanceId: 'i-0a', ShouldDecrementDesiredCapacity: 'false' },
  ]);
});
