import { describe, expect, it } from 'vitest';
import { createActuator } from '../../src/adapters/aws/actuator.ts';
import type { Act } from '../../src/core/acts.ts';
import { useWire } from './use-wire.ts';
import {
  A,
  B,
  BLUE,
  FLEET,
  GREEN,
  groupXml,
  healthXml,
  KILL,
  SETTINGS,
  willingAnswers,
} from './wire-fleet.ts';
import { type WireAnswer, xml, xmlError } from './wire-server.ts';

const { clients, inputsOf, answer } = useWire(willingAnswers);

let ticks = 0;
const clock = { nowMs: () => ++ticks, sleep: async () => {} };
const actuator = () =>
  createActuator({ fleet: FLEET, settings: SETTINGS, clients: clients(), clock });
const { target } = KILL;
const perform = async (act: Act) =>
  await actuator().perform(act, 'blue', AbortSignal.timeout(10_000));

describe('deregister', () => {
  const act: Act = { kind: 'deregister', target };

  it('takes the target out with the port it is registered with', async () => {
    expect(await perform(act)).toMatchObject({ outcome: 'done', detail: 'deregistered from blue' });
    expect(inputsOf('DeregisterTargets')).toMatchObject([
      { TargetGroupArn: BLUE, 'Targets.member.1.Id': A, 'Targets.member.1.Port': '8080' },
    ]);
  });

  it('takes it out of every target group that holds it', async () => {
    answer({ DescribeAutoScalingGroups: groupXml({ targetGroups: [BLUE, GREEN] }) });
    await perform(act);
    expect(inputsOf('DeregisterTargets').map((input) => input['TargetGroupArn'])).toEqual([
      BLUE,
      GREEN,
    ]);
  });

  it.each<[string, Record<string, string>, 'done' | 'skipped']>([
    ['the last healthy target', { [A]: 'healthy', [B]: 'unhealthy' }, 'skipped'],
    ['the only target', { [A]: 'unhealthy' }, 'skipped'],
    ['a sick target beside one that is draining', { [A]: 'unhealthy', [B]: 'draining' }, 'skipped'],
    ['a healthy target beside another', { [A]: 'healthy', [B]: 'healthy' }, 'done'],
    ['a sick target beside a healthy one', { [A]: 'unhealthy', [B]: 'healthy' }, 'done'],
    [
      'one of several sick targets: the balancer fails open to the rest',
      { [A]: 'unhealthy', [B]: 'unhealthy' },
      'done',
    ],
  ])('%s: %j is %s', async (_, health, outcome) => {
    answer({ DescribeTargetHealth: healthXml(health) });
    expect(await perform(act)).toMatchObject({ outcome });
    expect(inputsOf('DeregisterTargets')).toHaveLength(outcome === 'done' ? 1 : 0);
  });

  it.each([{ [B]: 'healthy' }, { [A]: 'draining', [B]: 'healthy' }])(
    'has nothing to do for %j',
    async (health) => {
      answer({ DescribeTargetHealth: healthXml(health) });
      expect(await perform(act)).toMatchObject({ outcome: 'done' });
      expect(inputsOf('DeregisterTargets')).toEqual([]);
    },
  );

  it('is skipped when the group has no target group', async () => {
    answer({ DescribeAutoScalingGroups: groupXml({ targetGroups: [] }) });
    expect(await perform(act)).toMatchObject({ outcome: 'skipped' });
  });

  it.each<[string, WireAnswer, string]>([
    ['denied', xmlError('AccessDenied', 'no', 403), 'failed'],
    ['lost', 'loseReply', 'deferred'],
  ])('does nothing when the check is %s', async (_, reply, outcome) => {
    answer({ DescribeTargetHealth: reply });
    expect(await perform(act)).toMatchObject({
      outcome,
      detail: expect.stringMatching(/^nothing done: /),
    });
    expect(inputsOf('DeregisterTargets')).toEqual([]);
  });

  it('is as certain as its worst part', async () => {
    answer({ DescribeAutoScalingGroups: groupXml({ targetGroups: [BLUE, GREEN] }) });
    answer({ DeregisterTargets: [xml('DeregisterTargets', ''), 'loseReply'] });
    expect(await perform(act)).toMatchObject({ outcome: 'unknown' });
  });
});

it('register puts the target back into every target group', async () => {
  answer({ DescribeAutoScalingGroups: groupXml({ targetGroups: [BLUE, GREEN] }) });
  expect(await perform({ kind: 'register', target })).toMatchObject({ outcome: 'done' });
  expect(inputsOf('RegisterTargets').map((input) => input['TargetGroupArn'])).toEqual([
    BLUE,
    GREEN,
  ]);
});
