/** Where a Network Load Balancer's listener sends users, and what keeps it from being changed, over the wire. */
import { describe, expect, it } from 'vitest';
import { createActuator } from '../../src/adapters/aws/actuator.ts';
import { createMoveReader } from '../../src/adapters/aws/move-reader.ts';
import type { Fleet } from '../../src/config/fleet.ts';
import type { MoveAct } from '../../src/core/acts.ts';
import { useWire } from './use-wire.ts';
import { BLUE, GREEN, SETTINGS } from './wire-fleet.ts';
import { type WireAnswer, xml, xmlError } from './wire-server.ts';
import { groupsXml, LISTENER, sideAnswers, TWO_SIDES } from './wire-sides.ts';

const { clients, inputsOf, answer } = useWire(sideAnswers);
const clock = { nowMs: () => 1, sleep: async () => {} };
const ARN = LISTENER.replace('/app/', '/net/');
const FLEET: Fleet = { ...TWO_SIDES, routing: { kind: 'network', arn: ARN } };

const listener = (...targetGroups: readonly string[]): WireAnswer => {
  const actions = targetGroups.map(
    (arn) => `<member><Type>forward</Type><TargetGroupArn>${arn}</TargetGroupArn></member>`,
  );
  return xml(
    'DescribeListeners',
    `<Listeners><member><ListenerArn>${ARN}</ListenerArn><DefaultActions>${actions.join('')}</DefaultActions></member></Listeners>`,
  );
};
const NONE = xml('DescribeListeners', '<Listeners></Listeners>');

const read = async () => {
  const reader = createMoveReader({ fleet: FLEET, settings: SETTINGS, clients: clients() });
  return await reader!.routing(AbortSignal.timeout(10_000));
};
const perform = async (act: MoveAct) => {
  const parts = { fleet: FLEET, settings: SETTINGS, clients: clients(), clock };
  return await createActuator(parts).perform(act, 'blue', AbortSignal.timeout(10_000));
};

describe('where users are sent', () => {
  it.each([
    ['to blue', [BLUE], 'blue'],
    ['to green', [GREEN], 'green'],
    ['to a stranger', [`${BLUE}0`], null],
  ] as const)('%s', async (_, targetGroups, side) => {
    answer({ DescribeListeners: listener(...targetGroups) });
    expect(await read()).toEqual({ ok: true, value: { side, preview: null } });
    expect(inputsOf('DescribeListeners')[0]).toMatchObject({ 'ListenerArns.member.1': ARN });
  });

  it('is not known of a listener that is not there', async () => {
    answer({ DescribeListeners: NONE });
    expect(await read()).toMatchObject({ ok: false, error: expect.stringMatching(/correct `r/) });
  });
});

describe('switch', () => {
  const act: MoveAct = { kind: 'switch', side: 'green' };

  it('leads the listener to the one target group of the side', async () => {
    answer({ DescribeListeners: listener(BLUE) });
    expect(await perform(act)).toMatchObject({ outcome: 'done' });
    expect(inputsOf('ModifyListener')).toMatchObject([
      { ListenerArn: ARN, 'DefaultActions.member.1.TargetGroupArn': GREEN },
    ]);
  });

  it.each<[string, Record<string, WireAnswer>, string]>([
    ['is there already', { DescribeListeners: listener(GREEN) }, 'done'],
    ['cannot be looked at', { DescribeListeners: xmlError('AccessDenied', 'no', 403) }, 'failed'],
    ['is throttled', { DescribeListeners: xmlError('Throttling', 'slow') }, 'deferred'],
    ['has no target group', { DescribeAutoScalingGroups: groupsXml([BLUE], []) }, 'failed'],
    [
      'has two target groups',
      { DescribeAutoScalingGroups: groupsXml([BLUE], [GREEN, `${GREEN}0`]) },
      'failed',
    ],
  ])('changes nothing where a side %s', async (_, answers, outcome) => {
    answer({ DescribeListeners: listener(BLUE), ...answers });
    expect(await perform(act)).toMatchObject({ outcome });
    expect(inputsOf('ModifyListener')).toEqual([]);
  });
});

it('has no rule for verifying to make, and none to end', async () => {
  expect(await perform({ kind: 'preview', side: 'green' })).toMatchObject({ outcome: 'failed' });
  expect(await perform({ kind: 'endPreview', side: 'green' })).toMatchObject({ outcome: 'done' });
});
