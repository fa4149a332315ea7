import { describe, expect, it } from 'vitest';
import { checkStatement } from '../../lab/cloud/iam/check-statement.ts';
import { parsePolicy } from '../../lab/cloud/iam/policy.ts';
import { createRights } from '../../lab/cloud/iam/rights.ts';
import { readRole } from '../../lab/cloud/iam/roles.ts';
import { surplusRights } from '../../lab/rights.ts';

const check = async (Action: string | readonly string[], Condition?: object): Promise<void> => {
  const statement = { Sid: 'S', Effect: 'Allow', Action, Resource: '*' };
  const given = Condition === undefined ? statement : { ...statement, Condition };
  for (const each of parsePolicy('Role', 'watch', { Statement: given })) await checkStatement(each);
};
const tag = (key: string): object => ({ StringEquals: { [key]: 'api' } });

describe('a statement is taken', () => {
  it.each<[string, object | undefined]>([
    ['ec2:DescribeInstances', undefined],
    ['ec2:Describe*', undefined],
    ['ec2:TerminateInstances', tag('aws:ResourceTag/quorate:fleet')],
    ['ec2:TerminateInstances', tag('ec2:ResourceTag/quorate:fleet')],
    ['ssm:SendCommand', tag('ssm:resourceTag/quorate:fleet')],
    ['autoscaling:EnterStandby', tag('aws:ResourceTag/quorate:fleet')],
    ['autoscaling:ExitStandby', tag('aws:ResourceTag/quorate:fleet')],
    ['autoscaling:SetDesiredCapacity', tag('aws:ResourceTag/quorate:fleet')],
    ['elasticloadbalancing:RegisterTargets', tag('aws:ResourceTag/quorate:fleet')],
    ['events:PutEvents', tag('events:source')],
    ['cloudwatch:PutMetricData', tag('cloudwatch:namespace')],
    ['dynamodb:UpdateItem', { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': 'api' } }],
    ['ec2:DescribeSubnets', { ArnLike: { 'lambda:SourceFunctionArn': 'arn:aws:lambda:*:*:*:*' } }],
  ])('%s', async (action, condition) => {
    await expect(check(action, condition)).resolves.toBeUndefined();
  });
});

describe('a statement is refused that', () => {
  it.each<[string, string, object | undefined, RegExp]>([
    ['names no action of AWS', 'ec2:TerminateInstance', undefined, /TerminateInstance/],
    ['names no service of AWS', 'ec3:TerminateInstances', undefined, /./],
    ['stands for no action', 'ec2:Terminates*', undefined, /AWS knows no action ec2:Terminates\*/],
    [
      'asks for a key that the action has not',
      'ssm:SendCommand',
      tag('ec2:ResourceTag/a'),
      /AWS knows no ec2:resourcetag\/a for ssm:SendCommand/,
    ],
    [
      'asks for a tag where there is no resource',
      'ec2:DescribeInstances',
      tag('aws:ResourceTag/a'),
      /AWS knows no/,
    ],
    [
      'asks for tags that the lab has not',
      'dynamodb:GetItem',
      tag('aws:ResourceTag/a'),
      /the lab cannot tell aws:resourcetag\/a/,
    ],
    [
      'asks for what the lab does not read',
      'ec2:TerminateInstances',
      tag('ec2:Tenancy'),
      /the lab cannot tell ec2:tenancy/,
    ],
    [
      'hides its actions under a condition',
      'ec2:Terminate*',
      tag('aws:ResourceTag/a'),
      /written out/,
    ],
  ])('%s', async (_, action, condition, words) => {
    await expect(check(action, condition)).rejects.toThrow(words);
  });

  it.each(['ManagedPolicyArns', 'PermissionsBoundary'])('hides rights in %s', async (name) => {
    await expect(readRole('Role', 'arn', { [name]: ['arn'] })).rejects.toThrow(`knows no ${name}`);
  });
});

describe('rights', () => {
  const statements = parsePolicy('Role', 'watch', {
    Statement: [
      { Sid: 'See', Effect: 'Allow', Action: ['ec2:Describe*', 'ec2:RunInstances'], Resource: '*' },
      { Sid: 'Not', Effect: 'Deny', Action: 's3:*', Resource: '*' },
    ],
  });

  it('are used as the policy spells them, and a Deny is none', () => {
    const rights = createRights();
    rights.grant(statements);
    rights.use(statements, 'ec2:DescribeInstances');
    expect(rights.granted()).toEqual(['watch/See ec2:Describe*', 'watch/See ec2:RunInstances']);
    expect(rights.used()).toEqual(['watch/See ec2:Describe*']);
  });

  it('are surplus when no run of all used them', () => {
    const granted = ['R/S a:One', 'R/S a:Two', 'R/S a:Three'];
    const runs = [
      { rights: { granted, used: ['R/S a:One'] } },
      { rights: { granted, used: ['R/S a:Two'] } },
    ];
    expect(surplusRights(runs, {})).toEqual(['no scenario needs R/S a:Three']);
    expect(surplusRights(runs, { 'R/S a:Three': 'why' })).toEqual([]);
    expect(surplusRights(runs, { R: 'a whole policy' })).toEqual([]);
  });

  it('are not excused when they are used, or not given', () => {
    const runs = [{ rights: { granted: ['R/S a:One'], used: ['R/S a:One'] } }];
    expect(surplusRights(runs, { 'R/S a:One': 'why', 'R/S a:Gone': 'why' })).toEqual([
      'scenarios need R/S a:One, which is said to be unplayed',
      'R/S a:Gone is not given, but said to be unplayed',
    ]);
  });

  it('are not judged where nothing was deployed', () => {
    expect(surplusRights([{}])).toEqual([]);
  });
});
