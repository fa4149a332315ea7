/** What a role must allow for a move to another side: each call judged by its resource, its tags and what it asks for. */
import {
  ResumeProcessesCommand,
  SuspendProcessesCommand,
  UpdateAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import {
  CreateRuleCommand,
  DeleteRuleCommand,
  DescribeListenersCommand,
  DescribeRulesCommand,
  ModifyListenerCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWorld, STANDBY, type World } from '../../lab/cloud/world.ts';
import { type Bench, clientsOf, skipWithoutMoto, startBench } from './cloud-bench.ts';
import { functionOf, roleOf, writeEcho } from './cloud-functions.ts';

const OF_FLEET = { StringEquals: { 'aws:ResourceTag/quorate:fleet': ['api'] } };
const RULES = 'arn:aws:elasticloadbalancing:eu-central-1:123456789012:listener-rule/app/*';
const allow = (Action: readonly string[], Resource: string, Condition?: object): object => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...(Condition === undefined ? {} : { Condition }),
});
const SEE = allow(
  ['elasticloadbalancing:DescribeListeners', 'elasticloadbalancing:DescribeRules'],
  '*',
);
const SCALE = allow(
  [
    'autoscaling:UpdateAutoScalingGroup',
    'autoscaling:SuspendProcesses',
    'autoscaling:ResumeProcesses',
  ],
  'arn:aws:autoscaling:eu-central-1:123456789012:autoScalingGroup:*:autoScalingGroupName/*',
  OF_FLEET,
);
const ROUTE = allow(
  ['elasticloadbalancing:ModifyListener', 'elasticloadbalancing:CreateRule'],
  'arn:aws:elasticloadbalancing:eu-central-1:123456789012:listener/app/*',
  OF_FLEET,
);
const TAG = allow(['elasticloadbalancing:AddTags'], RULES, {
  StringEquals: {
    'elasticloadbalancing:CreateAction': 'CreateRule',
    'aws:RequestTag/quorate:fleet': 'api',
  },
});
const END = allow(['elasticloadbalancing:DeleteRule'], RULES, OF_FLEET);

describe.skipIf(skipWithoutMoto)('the rights that a move needs', () => {
  let bench: Bench;
  let world: World;
  let mover: ReturnType<typeof clientsOf>;
  let untagging: ReturnType<typeof clientsOf>;

  beforeAll(async () => {
    bench = await startBench();
    world = await createWorld(bench.clients, { standby: {} });
    const Role = roleOf('mover', [SEE, SCALE, ROUTE, TAG, END]);
    const Other = roleOf('untagging', [ROUTE]);
    const untaggingRole = { Role: { 'Fn::GetAtt': ['Other', 'Arn'] } };
    const Resources = {
      Role,
      Other,
      Mover: functionOf('mover'),
      Untagging: functionOf('untagging', untaggingRole),
    };
    await bench.deployTemplate(
      { Resources },
      { codeDirectory: writeEcho(), usesNamespaces: false },
    );
    mover = clientsOf(bench, bench.lambda.find('mover').accessKeyId);
    untagging = clientsOf(bench, bench.lambda.find('untagging').accessKeyId);
  });
  afterAll(async () => await bench?.stop());

  const rule = (fleet: string | null, Priority: number) =>
    new CreateRuleCommand({
      ListenerArn: world.listenerArn,
      Priority,
      Conditions: [
        { Field: 'http-header', HttpHeaderConfig: { HttpHeaderName: 'x-a', Values: ['b'] } },
      ],
      Actions: [{ Type: 'forward', TargetGroupArn: world.standby!.targetGroupArn }],
      ...(fleet === null ? {} : { Tags: [{ Key: 'quorate:fleet', Value: fleet }] }),
    });
  const denied = (action: string) => ({
    name: 'AccessDenied',
    message: expect.stringContaining(`is not authorized to perform: ${action} `),
  });

  it('lets it scale a group with the tag, and suspend what hinders', async () => {
    const AutoScalingGroupName = STANDBY;
    const ScalingProcesses = ['ReplaceUnhealthy'];
    const processes = { AutoScalingGroupName, ScalingProcesses };
    const size = { AutoScalingGroupName, MinSize: 1, DesiredCapacity: 1 };
    const { autoScaling } = mover;
    const answers = [
      await autoScaling.send(new UpdateAutoScalingGroupCommand(size)),
      await autoScaling.send(new SuspendProcessesCommand(processes)),
      await autoScaling.send(new ResumeProcessesCommand(processes)),
    ];
    expect(answers.map(({ $metadata }) => $metadata.httpStatusCode)).toEqual([200, 200, 200]);
    await expect(
      untagging.autoScaling.send(new UpdateAutoScalingGroupCommand(size)),
    ).rejects.toMatchObject(denied('autoscaling:UpdateAutoScalingGroup'));
  });

  it('lets it create a rule only with the tag of the fleet, and with the right to give that tag', async () => {
    await expect(mover.elb.send(rule('foreign', 1))).rejects.toMatchObject(
      denied('elasticloadbalancing:AddTags'),
    );
    await expect(untagging.elb.send(rule('api', 1))).rejects.toMatchObject(
      denied('elasticloadbalancing:AddTags'),
    );
    const { Rules: untagged } = await untagging.elb.send(rule(null, 2));
    const RuleArn = untagged![0]!.RuleArn!;
    await expect(mover.elb.send(new DeleteRuleCommand({ RuleArn }))).rejects.toMatchObject(
      denied('elasticloadbalancing:DeleteRule'),
    );
    const { Rules: own } = await mover.elb.send(rule('api', 1));
    await mover.elb.send(new DeleteRuleCommand({ RuleArn: own![0]!.RuleArn }));
  });

  it('lets it send users to the other side, and see where they go', async () => {
    const ListenerArn = world.listenerArn;
    const TargetGroupArn = world.standby!.targetGroupArn;
    await mover.elb.send(
      new ModifyListenerCommand({
        ListenerArn,
        DefaultActions: [{ Type: 'forward', TargetGroupArn }],
      }),
    );
    const { Listeners } = await mover.elb.send(
      new DescribeListenersCommand({ ListenerArns: [ListenerArn] }),
    );
    expect(Listeners![0]!.DefaultActions).toMatchObject([{ TargetGroupArn }]);
    await mover.elb.send(new DescribeRulesCommand({ ListenerArn }));
    await expect(
      untagging.elb.send(new DescribeRulesCommand({ ListenerArn })),
    ).rejects.toMatchObject(denied('elasticloadbalancing:DescribeRules'));
  });
});
