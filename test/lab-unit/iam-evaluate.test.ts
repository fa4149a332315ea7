import { describe, expect, it } from 'vitest';
import { evaluate } from '../../lab/cloud/iam/evaluate.ts';
import { actionMatches, resourceMatches } from '../../lab/cloud/iam/match.ts';
import { parsePolicy } from '../../lab/cloud/iam/policy.ts';

// biome-ignore lint/suspicious/noTemplateCurlyInString: IAM's own syntax
const POLICY_VARIABLE = '${aws:userid}';
const INSTANCE = 'arn:aws:ec2:eu-central-1:123456789012:instance/i-1';

const verdict = (statement: object | readonly object[], values: Record<string, string[]> = {}) => {
  const statements = parsePolicy('role', 'policy', { Statement: statement });
  const request = { action: 'ec2:TerminateInstances', resource: INSTANCE };
  return evaluate(statements, { ...request, values: new Map(Object.entries(values)) }).kind;
};
const allow = (more: object = {}): object => ({
  Effect: 'Allow',
  Action: 'ec2:TerminateInstances',
  Resource: '*',
  ...more,
});
const allowIf = (Condition: object): object => allow({ Condition });

describe('a policy', () => {
  it('allows what a statement allows', () => {
    expect(verdict(allow())).toBe('allowed');
  });

  it.each<[string, object | readonly object[], string]>([
    ['nothing at all', [], 'notAllowed'],
    ['another action', allow({ Action: 'ec2:StopInstances' }), 'notAllowed'],
    ['the action in other letters', allow({ Action: 'EC2:terminateinstances' }), 'allowed'],
    ['a wildcard', allow({ Action: ['s3:*', 'ec2:Term*'] }), 'allowed'],
    ['another resource', allow({ Resource: INSTANCE.replace('i-1', 'i-2') }), 'notAllowed'],
    [
      'resources of another account',
      allow({ Resource: INSTANCE.replace('1234', '9999') }),
      'notAllowed',
    ],
    ['a pattern of the resource', allow({ Resource: INSTANCE.replace('i-1', '*') }), 'allowed'],
    ['a Deny beside it', [allow(), allow({ Effect: 'Deny' })], 'denied'],
    [
      'a Deny of something else',
      [allow(), allow({ Effect: 'Deny', Action: 'ec2:Stop*' })],
      'allowed',
    ],
    ['a Deny alone', allow({ Effect: 'Deny' }), 'denied'],
  ])('with %s', (_, statements, expected) => {
    expect(verdict(statements)).toBe(expected);
  });

  it.each<[string, object]>([
    ['an operator', allowIf({ IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } })],
    [
      'an operator in a Deny',
      { ...allowIf({ DateLessThan: { 'aws:CurrentTime': 'x' } }), Effect: 'Deny' },
    ],
    ['a set operator', allowIf({ 'ForSomeValue:StringEquals': { 'aws:TagKeys': 'x' } })],
    ['NotAction', { Effect: 'Allow', NotAction: 'ec2:*', Resource: '*' }],
    ['NotResource', { Effect: 'Allow', Action: 'ec2:*', NotResource: INSTANCE }],
    ['an effect', allow({ Effect: 'Maybe' })],
    ['a principal', allow({ Principal: { AWS: '*' } })],
    ['a policy variable', allowIf({ StringEquals: { 'aws:ResourceTag/a': POLICY_VARIABLE } })],
  ])('with %s that the lab does not know is an error', (_, statement) => {
    expect(() => verdict(statement)).toThrow(/role/);
  });
});

describe('a condition', () => {
  const TAG = 'aws:resourcetag/fleet';
  const tagged = (operator: string, ...wanted: string[]): object =>
    allowIf({ [operator]: { 'aws:ResourceTag/Fleet': wanted } });

  it.each<[string, object, Record<string, string[]>, boolean]>([
    ['holds when the value is the same', tagged('StringEquals', 'api'), { [TAG]: ['api'] }, true],
    ['holds when one of several is', tagged('StringEquals', 'x', 'api'), { [TAG]: ['api'] }, true],
    ['does not hold for another value', tagged('StringEquals', 'api'), { [TAG]: ['Api'] }, false],
    ['does not hold without the key', tagged('StringEquals', 'api'), {}, false],
    ['knows wildcards in StringLike only', tagged('StringEquals', 'a*'), { [TAG]: ['api'] }, false],
    ['knows wildcards in StringLike', tagged('StringLike', 'a?i'), { [TAG]: ['api'] }, true],
    [
      'turned round holds for another value',
      tagged('StringNotEquals', 'x'),
      { [TAG]: ['api'] },
      true,
    ],
    [
      'turned round fails for any of them',
      tagged('StringNotEquals', 'x', 'api'),
      { [TAG]: ['api'] },
      false,
    ],
    ['turned round holds without the key', tagged('StringNotEquals', 'api'), {}, true],
    ['IfExists holds without the key', tagged('StringEqualsIfExists', 'api'), {}, true],
    [
      'IfExists fails for another value',
      tagged('StringEqualsIfExists', 'api'),
      { [TAG]: ['x'] },
      false,
    ],
    ['Null true wants the key away', tagged('Null', 'true'), {}, true],
    ['Null false wants it there', tagged('Null', 'false'), {}, false],
    [
      'ForAllValues wants all of them',
      tagged('ForAllValues:StringEquals', 'a', 'b'),
      { [TAG]: ['a', 'b'] },
      true,
    ],
    [
      'ForAllValues fails for one too many',
      tagged('ForAllValues:StringEquals', 'a'),
      { [TAG]: ['a', 'b'] },
      false,
    ],
    ['ForAllValues holds for none', tagged('ForAllValues:StringEquals', 'a'), {}, true],
    ['ForAnyValue wants one', tagged('ForAnyValue:StringEquals', 'b'), { [TAG]: ['a', 'b'] }, true],
    ['ForAnyValue fails for none', tagged('ForAnyValue:StringEquals', 'b'), {}, false],
    [
      'of ARNs looks at each part',
      tagged('ArnLike', 'arn:aws:lambda:*:1:function:q-*'),
      { [TAG]: ['arn:aws:lambda:eu:1:function:q-probe'] },
      true,
    ],
    [
      'of ARNs lets no wildcard over a colon',
      tagged('ArnLike', 'arn:aws:*:function:q-*'),
      { [TAG]: ['arn:aws:lambda:eu:1:function:q-probe'] },
      false,
    ],
  ])('%s', (_, statement, values, expected) => {
    expect(verdict(statement, values)).toBe(expected ? 'allowed' : 'notAllowed');
  });

  it('on several values needs a set operator', () => {
    expect(() => verdict(tagged('StringEquals', 'a'), { [TAG]: ['a', 'b'] })).toThrow(/2 values/);
  });

  it('must hold with all others', () => {
    const both = allowIf({
      StringEquals: { 'aws:ResourceTag/Fleet': 'api', 'events:source': 'quorate' },
    });
    expect(verdict(both, { [TAG]: ['api'] })).toBe('notAllowed');
    expect(verdict(both, { [TAG]: ['api'], 'events:source': ['quorate'] })).toBe('allowed');
  });
});

describe('wildcards', () => {
  it('are the only special characters', () => {
    expect(actionMatches('ec2:Describe.', 'ec2:DescribeX')).toBe(false);
    expect(
      resourceMatches(
        'arn:aws:logs:r:a:log-group:/aws/x(1):*',
        'arn:aws:logs:r:a:log-group:/aws/x(1):log-stream:s',
      ),
    ).toBe(true);
  });

  it('a call without a resource is allowed on * alone', () => {
    expect(resourceMatches('*', '*')).toBe(true);
    expect(resourceMatches('arn:aws:ec2:*:*:instance/*', '*')).toBe(false);
  });
});
