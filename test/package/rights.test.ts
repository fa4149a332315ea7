/** Who may do what, as packaged. */
import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { LISTENER, RULE } from './fleets.ts';
import { packaged } from './packaged.ts';
import { type Statement, Template } from './template.ts';

let template: Template;

beforeAll(async () => {
  template = new Template((await packaged('three')).out);
});

const actionsOf = (statements: readonly Statement[]): readonly string[] =>
  statements.flatMap(({ Action }) => Action);

const WATCHERS = ['ScheduleRole', 'AlarmRole', 'CommandRole'];

const LOG = ['logs:CreateLogStream', 'logs:PutLogEvents'];
/** What Lambda asks of a function's role to put it into a VPC (AWS: "Required IAM permissions", Lambda developer guide). */
const ATTACH = [
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:UnassignPrivateIpAddresses',
];
const ITEMS = ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'];
const OTHERS = new Map([
  ['ProbeARole', [...LOG, ...ATTACH]],
  ['ProbeBRole', [...LOG, ...ATTACH]],
  ['CourierRole', [...LOG, ...ATTACH, ...ITEMS]],
  ['SchedulerRole', ['lambda:InvokeFunction', 'sqs:SendMessage']],
]);

describe('rights', () => {
  it('of the watcher are the calls that the adapters make, no less and no more', () => {
    // The courier's own item and journal, and the vault, are asked for with rights of its own; these fleets have no other routing.
    const exclude = [
      '**/courier-{row,journal}.ts',
      '**/vault-store.ts',
      '**/{network,classic,record}-routing.ts',
    ];
    const files = globSync('src/adapters/aws/*.ts', { exclude });
    const called = files.flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/'([a-z0-9]+:[A-Z][A-Za-z]+)'/g)].map(
        ([, name]) => name,
      ),
    );

    // Lambda itself writes the log and sends what failed.
    const own = [...LOG, 'sqs:SendMessage'];
    // Whoever creates a rule with a tag tags it.
    const implied = ['elasticloadbalancing:AddTags'];
    expect(new Set(actionsOf(template.statementsOf('ScheduleRole')))).toEqual(
      new Set([...called, ...own, ...implied]),
    );
  });

  it('of whoever else watches are the same: the alarm and the command run the same loop', () => {
    const [watcher, ...others] = WATCHERS.map((role) => template.statementsOf(role));

    expect(others).toEqual([watcher, watcher]);
  });

  it('of the query are what the watcher reads, no less and no more', () => {
    const reading = /:(Describe|List|Get)\w+$/;
    const watched = actionsOf(template.statementsOf('ScheduleRole'));
    const asked = template.statementsOf('QueryRole').filter(({ Sid }) => Sid !== 'Log');

    expect(new Set(actionsOf(asked))).toEqual(
      new Set([...watched.filter((name) => reading.test(name)), 'lambda:InvokeFunction']),
    );
  });

  it('of whoever does not watch are few', () => {
    const allowed = [...OTHERS].map(([role]) => [
      role,
      actionsOf(template.statementsOf(role).filter(({ Effect }) => Effect === 'Allow')).toSorted(),
    ]);

    expect(allowed).toEqual([...OTHERS].map(([role, actions]) => [role, actions.toSorted()]));
  });

  it('are given to nobody else', () => {
    const roles = Object.entries(template.resources).filter(([, { Type }]) =>
      Type.startsWith('AWS::IAM::'),
    );

    expect(roles.map(([id]) => id).toSorted()).toEqual(
      [...WATCHERS, 'QueryRole', ...OTHERS.keys()].toSorted(),
    );
  });

  it('are unbounded only where AWS has no resource level', () => {
    const roles = ['ScheduleRole', 'QueryRole', ...OTHERS.keys()];
    const unbounded = roles.flatMap((role) =>
      template
        .statementsOf(role)
        .filter(({ Effect, Resource }) => Effect === 'Allow' && Resource === '*')
        .map(({ Sid }) => `${role} ${Sid}`),
    );

    expect(unbounded).toEqual([
      'ScheduleRole See',
      'ScheduleRole KillOutcome',
      'ScheduleRole Measure',
      'ScheduleRole SeeRouting',
      'QueryRole See',
      'QueryRole KillOutcome',
      'QueryRole SeeRouting',
      'ProbeARole Attach',
      'ProbeBRole Attach',
      'CourierRole Attach',
    ]);
  });

  it('to change anything end at the tag of a fleet that acts', () => {
    const tagged = ['Deregister', 'Replace', 'HoldStill', 'Terminate', 'Scale', 'EndPreview'].map(
      (sid) => template.statement('ScheduleRole', sid),
    );

    expect(tagged.map(({ Condition }) => Condition)).toEqual(
      tagged.map(() => ({ StringEquals: { 'aws:ResourceTag/quorate:fleet': ['api-1', 'shop'] } })),
    );
    expect(template.statement('ScheduleRole', 'OrderHost').Condition).toEqual({
      StringEquals: { 'ssm:resourceTag/quorate:fleet': ['api-1', 'shop'] },
    });
    const documents = JSON.stringify(template.statement('ScheduleRole', 'OrderDocument').Resource);
    expect([...documents.matchAll(/:document\/\$\{(\w+)\}"/g)].map(([, id]) => id)).toEqual([
      'KillDocument',
      'FenceDocument',
      'StopDocument',
    ]);
  });

  it("to lead users end at the fleets' own listeners and rules", () => {
    const of = (sid: string) => {
      const { Action, Resource, Condition } = template.statement('ScheduleRole', sid);
      return [Action, Resource, Condition];
    };
    const listeners = [
      LISTENER,
      RULE.replace(':listener-rule/', ':listener/').replace(/\/\w+$/, ''),
    ];
    const rules = listeners.map((arn) => `${arn.replace(':listener/', ':listener-rule/')}/*`);
    const names = ['api-1', 'shop'];

    expect(of('Preview')).toEqual([['elasticloadbalancing:CreateRule'], listeners, undefined]);
    expect(of('TagPreview')).toEqual([
      ['elasticloadbalancing:AddTags'],
      rules,
      {
        StringEquals: {
          'elasticloadbalancing:CreateAction': 'CreateRule',
          'aws:RequestTag/quorate:fleet': names,
        },
      },
    ]);
    expect(of('EndPreview').slice(0, 2)).toEqual([['elasticloadbalancing:DeleteRule'], rules]);
    expect(of('Switch')).toEqual([['elasticloadbalancing:ModifyListener'], [LISTENER], undefined]);
    expect(of('SwitchRule')).toEqual([['elasticloadbalancing:ModifyRule'], [RULE], undefined]);
    expect(of('Carry')[1]).toEqual({ 'Fn::GetAtt': ['CourierLambdaFunction', 'Arn'] });
  });

  it('of the courier end at items of its own, and are no rights to the network', () => {
    const attach = template.statement('CourierRole', 'Attach');
    const denied = template.statement('CourierRole', 'NotFromCode');

    expect(template.statement('CourierRole', 'Tell')).toMatchObject({
      Action: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
      Resource: { 'Fn::GetAtt': ['StateTable', 'Arn'] },
      Condition: {
        'ForAllValues:StringLike': {
          'dynamodb:LeadingKeys': ['courier#api-1', 'courier#api-1#*'],
        },
      },
    });
    expect(template.statementsOf('CourierRole').map(({ Sid }) => Sid)).toEqual([
      'Log',
      'Tell',
      'Attach',
      'NotFromCode',
    ]);
    expect([denied.Effect, denied.Action]).toEqual(['Deny', attach.Action]);
    expect(JSON.stringify(denied.Condition)).toContain('function:quorate-prod-courier');
  });

  it('of observers are taken away from their code again', () => {
    const attach = template.statement('ProbeARole', 'Attach');
    const denied = template.statement('ProbeARole', 'NotFromCode');

    expect([denied.Effect, denied.Action]).toEqual(['Deny', attach.Action]);
    expect(JSON.stringify(denied.Condition)).toContain('lambda:SourceFunctionArn');
  });

  it('name adapters that exist', () => {
    const named = ['infra/roles.yml', 'infra/sides.cjs', 'infra/routing.cjs'].flatMap(
      (file) => readFileSync(file, 'utf8').match(/\b[a-z-]+\.ts\b/g) ?? [],
    );
    const files = new Set(globSync('src/adapters/**/*.ts').map((file) => basename(file)));

    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((name) => !files.has(name))).toEqual([]);
  });
});
