/** Where users are sent, and what becomes of it: read and changed over the wire. */
import { describe, expect, it } from 'vitest';
import { createActuator } from '../../src/adapters/aws/actuator.ts';
import { createMoveReader } from '../../src/adapters/aws/move-reader.ts';
import type { Fleet } from '../../src/config/fleet.ts';
import type { MoveAct } from '../../src/core/acts.ts';
import type { Routing } from '../../src/core/sides.ts';
import { useWire } from './use-wire.ts';
import { BLUE, GREEN, SETTINGS } from './wire-fleet.ts';
import { type WireAnswer, xmlError } from './wire-server.ts';
import {
  AUTHENTICATE,
  groupsXml,
  LISTENER,
  PREVIEW,
  RULE,
  rulesXml,
  sideAnswers,
  TWO_SIDES,
} from './wire-sides.ts';

const { clients, inputsOf, answer } = useWire(sideAnswers);
const clock = { nowMs: () => 1, sleep: async () => {} };
const OTHER = `${BLUE}0`;
const BY_RULE: Fleet = {
  ...TWO_SIDES,
  routing: { kind: 'application', arn: RULE, port: 80, isSecure: false },
};

const read = async (fleet: Fleet = TWO_SIDES) => {
  const reader = createMoveReader({ fleet, settings: SETTINGS, clients: clients() });
  if (reader === null) throw new Error('there is nothing to read');
  return await reader.routing(AbortSignal.timeout(10_000));
};

const perform = async (act: MoveAct, fleet: Fleet = TWO_SIDES) => {
  const parts = { fleet, settings: SETTINGS, clients: clients(), clock };
  return await createActuator(parts).perform(act, 'blue', AbortSignal.timeout(10_000));
};

const ALL_CHANGES = ['CreateRule', 'DeleteRule', 'ModifyListener', 'ModifyRule'];
const changes = () => ALL_CHANGES.filter((action) => inputsOf(action).length > 0);

describe('where users are sent', () => {
  it.each<[string, WireAnswer, Routing]>([
    ['all to blue', rulesXml({}), { side: 'blue', preview: null }],
    ['all to green', rulesXml({ weights: { [GREEN]: 1 } }), { side: 'green', preview: null }],
    [
      'weight 0 is nothing',
      rulesXml({ weights: { [BLUE]: 0, [GREEN]: 7 } }),
      { side: 'green', preview: null },
    ],
    [
      'some to each',
      rulesXml({ weights: { [BLUE]: 9, [GREEN]: 1 } }),
      { side: null, preview: null },
    ],
    [
      'some to a stranger',
      rulesXml({ weights: { [BLUE]: 1, [OTHER]: 1 } }),
      { side: null, preview: null },
    ],
    ['nowhere', rulesXml({ weights: {} }), { side: null, preview: null }],
    [
      'beside a rule for verifying',
      rulesXml({}, { arn: PREVIEW, priority: '1', header: 'shop', weights: { [GREEN]: 1 } }),
      { side: 'blue', preview: 'green' },
    ],
    [
      "beside another fleet's rule for verifying",
      rulesXml({}, { arn: PREVIEW, priority: '1', header: 'other', weights: { [OTHER]: 1 } }),
      { side: 'blue', preview: null },
    ],
  ])('%s', async (_, rules, value) => {
    answer({ DescribeRules: rules });
    expect(await read()).toEqual({ ok: true, value });
    expect(inputsOf('DescribeRules')[0]).toMatchObject({ ListenerArn: LISTENER });
  });

  it('is told by the rule that the fleets file names', async () => {
    answer({
      DescribeRules: rulesXml({ weights: { [OTHER]: 1 }, arn: PREVIEW }, { priority: '7' }),
    });
    expect(await read(BY_RULE)).toMatchObject({ ok: true, value: { side: 'blue' } });
    expect(inputsOf('DescribeRules')[0]).toMatchObject({ ListenerArn: LISTENER });
  });

  it.each<[string, Record<string, WireAnswer>, RegExp]>([
    ['a rule that is gone', { DescribeRules: rulesXml({ arn: PREVIEW }) }, /correct `routing`/],
    [
      'one target group for both sides',
      { DescribeAutoScalingGroups: groupsXml([BLUE], [BLUE]) },
      /give each one of its own/,
    ],
    [
      'a denied call',
      { DescribeRules: xmlError('AccessDenied', 'no', 403) },
      /AWS denied elasticloadbalancing:DescribeRules/,
    ],
  ])('is not known for %s', async (_, answers, error) => {
    answer(answers);
    const reading = await read(BY_RULE);
    expect(reading.ok ? '' : reading.error).toMatch(error);
  });

  it('is nobody to ask about in a fleet without routing', () => {
    const fleet = { ...TWO_SIDES, routing: null, standby: null };
    expect(createMoveReader({ fleet, settings: SETTINGS, clients: clients() })).toBeNull();
  });
});

describe('switch', () => {
  const act: MoveAct = { kind: 'switch', side: 'green' };

  it("changes the listener's forward, and nothing else of its default action", async () => {
    answer({ DescribeRules: rulesXml({ sticky: true, actions: AUTHENTICATE }) });
    expect(await perform(act)).toMatchObject({ kind: 'switch', outcome: 'done' });
    const [input] = inputsOf('ModifyListener');
    expect(input).toMatchObject({
      ListenerArn: LISTENER,
      'DefaultActions.member.1.Type': 'authenticate-oidc',
      'DefaultActions.member.2.Type': 'forward',
      'DefaultActions.member.2.Order': '2',
      'DefaultActions.member.2.ForwardConfig.TargetGroups.member.1.TargetGroupArn': GREEN,
      'DefaultActions.member.2.ForwardConfig.TargetGroupStickinessConfig.DurationSeconds': '3600',
    });
    expect(JSON.stringify(input)).not.toContain(BLUE);
    expect(changes()).toEqual(['ModifyListener']);
  });

  it('changes the rule where the fleets file names one', async () => {
    answer({ DescribeRules: rulesXml({ arn: PREVIEW }, { priority: '7' }) });
    expect(await perform(act, BY_RULE)).toMatchObject({ outcome: 'done' });
    expect(inputsOf('ModifyRule')).toMatchObject([
      {
        RuleArn: RULE,
        'Actions.member.1.ForwardConfig.TargetGroups.member.1.TargetGroupArn': GREEN,
      },
    ]);
    expect(changes()).toEqual(['ModifyRule']);
  });

  it('changes nothing when users are there already', async () => {
    answer({ DescribeRules: rulesXml({ weights: { [GREEN]: 1 } }) });
    expect(await perform(act)).toMatchObject({ outcome: 'done' });
    expect(changes()).toEqual([]);
  });

  it.each<[string, Record<string, WireAnswer>, string]>([
    ['a lost reply', { ModifyListener: 'loseReply' }, 'unknown'],
    ['a throttled change', { ModifyListener: xmlError('Throttling', 'slow down') }, 'deferred'],
    ['a denied change', { ModifyListener: xmlError('AccessDenied', 'no', 403) }, 'failed'],
    ['a throttled look before', { DescribeRules: xmlError('Throttling', 'slow') }, 'deferred'],
    [
      'a group without a target group',
      { DescribeAutoScalingGroups: groupsXml([BLUE], []) },
      'failed',
    ],
  ])('%s', async (_, answers, outcome) => {
    answer(answers);
    expect(await perform(act)).toMatchObject({ outcome });
  });
});

describe('preview', () => {
  const act: MoveAct = { kind: 'preview', side: 'green' };
  const known = (weights: Readonly<Record<string, number>>) =>
    ({ arn: PREVIEW, priority: '1', header: 'shop', weights }) as const;

  it('adds a tagged rule for our header at the first free place', async () => {
    answer({
      DescribeRules: rulesXml({}, { priority: '1', arn: RULE }, { priority: '3', arn: OTHER }),
    });
    expect(await perform(act)).toMatchObject({ outcome: 'done' });
    expect(inputsOf('CreateRule')).toMatchObject([
      {
        ListenerArn: LISTENER,
        Priority: '2',
        'Conditions.member.1.HttpHeaderConfig.HttpHeaderName': 'x-quorate-preview',
        'Conditions.member.1.HttpHeaderConfig.Values.member.1': 'shop',
        'Actions.member.1.ForwardConfig.TargetGroups.member.1.TargetGroupArn': GREEN,
        'Tags.member.1.Key': 'quorate:fleet',
        'Tags.member.1.Value': 'shop',
      },
    ]);
  });

  it('is there already when it comes twice', async () => {
    answer({ DescribeRules: rulesXml({}, known({ [GREEN]: 1 })) });
    expect(await perform(act)).toMatchObject({ outcome: 'done' });
    expect(changes()).toEqual([]);
  });

  it('takes the place of one that leads to the other side', async () => {
    answer({ DescribeRules: rulesXml({}, known({ [BLUE]: 1 })) });
    expect(await perform(act)).toMatchObject({ outcome: 'done' });
    expect(inputsOf('DeleteRule')).toMatchObject([{ RuleArn: PREVIEW }]);
    expect(inputsOf('CreateRule')).toHaveLength(1);
  });

  it('does not lead calls past an authentication', async () => {
    answer({ DescribeRules: rulesXml({ actions: AUTHENTICATE }) });
    const performed = await perform(act);
    expect(performed.outcome).toBe('failed');
    expect(performed.detail).toMatch(/cannot be verified/);
    expect(changes()).toEqual([]);
  });

  it("needs a place before the users' rule", async () => {
    answer({ DescribeRules: rulesXml({ arn: OTHER }, { priority: '1', arn: RULE }) });
    const performed = await perform(act, BY_RULE);
    expect(performed.outcome).toBe('failed');
    expect(performed.detail).toMatch(/no priority is free before the rule/);
  });

  it('ends with its rule, however often it is ended', async () => {
    const end: MoveAct = { kind: 'endPreview', side: 'green' };
    answer({ DescribeRules: rulesXml({}, known({ [GREEN]: 1 })) });
    expect(await perform(end)).toMatchObject({ outcome: 'done' });
    expect(inputsOf('DeleteRule')).toMatchObject([{ RuleArn: PREVIEW }]);
    answer({ DeleteRule: xmlError('RuleNotFound', 'One or more rules not found') });
    expect(await perform(end)).toMatchObject({ outcome: 'done' });
    answer({ DescribeRules: rulesXml({}) });
    expect(await perform(end)).toMatchObject({ outcome: 'done' });
  });
});
