/** Two sides behind one listener: what a move from one to the other asks of AWS, call by call. */
import {
  DescribeAutoScalingGroupsCommand,
  ResumeProcessesCommand,
  SetInstanceHealthCommand,
  SuspendProcessesCommand,
  UpdateAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import {
  CreateRuleCommand,
  DeleteRuleCommand,
  DescribeListenersCommand,
  DescribeRulesCommand,
  DescribeTagsCommand,
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
  ModifyListenerCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changeUserData, createWorld, GROUP, STANDBY, type World } from '../../lab/cloud/world.ts';
import { PLAN } from '../../lab/parts.ts';
import { type Bench, clientsOf, skipWithoutMoto, startBench, until } from './cloud-bench.ts';

const HEADER = 'x-quorate-preview';

describe.skipIf(skipWithoutMoto)('a second side in the lab', () => {
  let bench: Bench;
  let world: World;
  let aws: ReturnType<typeof clientsOf>;
  let blue: string;
  let green: string;
  let ruleArn: string;

  beforeAll(async () => {
    bench = await startBench();
    aws = clientsOf(bench);
    world = await createWorld(bench.clients, {
      deregistrationDelayS: 1,
      standby: { userData: { BOOT_DELAY_MS: '5' } },
    });
    blue = world.targetGroupArn;
    green = world.standby!.targetGroupArn;
    await until(async () => bench.targets.of(blue).length === 3);
  });
  afterAll(async () => await bench?.stop());

  const group = async (name: string) => {
    const AutoScalingGroupNames = [name];
    const request = new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames });
    return (await aws.autoScaling.send(request)).AutoScalingGroups![0]!;
  };
  const health = async (TargetGroupArn: string) => {
    const request = new DescribeTargetHealthCommand({ TargetGroupArn });
    const { TargetHealthDescriptions } = await aws.elb.send(request);
    return TargetHealthDescriptions!.map(({ TargetHealth }) => TargetHealth!);
  };
  const states = async (arn: string) => (await health(arn)).map(({ State }) => State);
  const scale = async (name: string, size: number) =>
    await aws.autoScaling.send(
      new UpdateAutoScalingGroupCommand({
        AutoScalingGroupName: name,
        MinSize: size,
        DesiredCapacity: size,
      }),
    );
  const balancersOf = async (arn: string) => {
    const request = new DescribeTargetGroupsCommand({ TargetGroupArns: [arn] });
    return (await aws.elb.send(request)).TargetGroups![0]!.LoadBalancerArns;
  };
  const createRule = async (Priority: number, TargetGroupArn: string) =>
    await aws.elb.send(
      new CreateRuleCommand({
        ListenerArn: world.listenerArn,
        Priority,
        Conditions: [
          {
            Field: 'http-header',
            HttpHeaderConfig: { HttpHeaderName: HEADER, Values: ['api'] },
          },
        ],
        Actions: [{ Type: 'forward', TargetGroupArn }],
        Tags: [{ Key: 'quorate:fleet', Value: 'api' }],
      }),
    );

  it('is behind a listener whose ARN is known before it exists', async () => {
    expect(world.listenerArn).toBe(PLAN.listener);
    const { Listeners } = await aws.elb.send(
      new DescribeListenersCommand({ ListenerArns: [PLAN.listener] }),
    );
    expect(Listeners).toMatchObject([
      { Port: 80, DefaultActions: [{ Type: 'forward', TargetGroupArn: blue }] },
    ]);
  });

  it('is empty at first, and tells each host which cluster it belongs to', async () => {
    expect(await group(STANDBY)).toMatchObject({ MinSize: 0, MaxSize: 6, DesiredCapacity: 0 });
    const [first] = bench.hypervisor.on.values();
    expect(first).toMatchObject({
      group: GROUP,
      userData: 'CLUSTER_NAME=lab\nDISCOVER_GROUP=api-servers\n',
    });
    expect(bench.usersGo()).toEqual([blue]);
  });

  it('gets its instances when it is scaled, and nobody checks them yet', async () => {
    await scale(STANDBY, 3);
    await until(async () => (await health(green)).length === 3);
    expect(await health(green)).toEqual(
      Array.from({ length: 3 }, () => expect.objectContaining({ Reason: 'Target.NotInUse' })),
    );
    const told = [...bench.hypervisor.on.values()].filter((each) => each.group === STANDBY);
    expect(told.map(({ userData }) => userData)).toEqual(
      Array.from(
        { length: 3 },
        () => 'CLUSTER_NAME=api-green\nDISCOVER_GROUP=api-green\nBOOT_DELAY_MS=5\n',
      ),
    );
    expect(await balancersOf(green)).toEqual([]);
  });

  it('is looked at through a rule with a header, before any user comes', async () => {
    const { Rules } = await createRule(10, green);
    ruleArn = Rules![0]!.RuleArn!;
    expect(ruleArn.startsWith(PLAN.listener.replace(':listener/', ':listener-rule/'))).toBe(true);
    expect(bench.balancer.spec.rules).toEqual([
      {
        priority: 10,
        header: { name: HEADER, value: 'api' },
        forward: [{ targetGroupArn: green, weight: 1 }],
      },
      { priority: null, header: null, forward: [{ targetGroupArn: blue, weight: 1 }] },
    ]);
    expect(await states(green)).toEqual(['healthy', 'healthy', 'healthy']);
    expect(await balancersOf(green)).toEqual([world.loadBalancerArn]);
    expect(bench.usersGo()).toEqual([blue]);
    const { TagDescriptions } = await aws.elb.send(
      new DescribeTagsCommand({ ResourceArns: [ruleArn] }),
    );
    expect(TagDescriptions![0]!.Tags).toEqual([{ Key: 'quorate:fleet', Value: 'api' }]);
  });

  it('refuses a second rule of the same priority, and a group that is not there', async () => {
    await expect(createRule(10, green)).rejects.toMatchObject({ name: 'PriorityInUseException' });
    const none = green.replace(/\/[0-9a-f]+$/, '/0000000000000000');
    await expect(createRule(11, none)).rejects.toMatchObject({
      name: 'TargetGroupNotFoundException',
    });
    const away = new ModifyListenerCommand({
      ListenerArn: world.listenerArn,
      DefaultActions: [{ Type: 'forward', TargetGroupArn: none }],
    });
    await expect(aws.elb.send(away)).rejects.toMatchObject({
      name: 'TargetGroupNotFoundException',
    });
    expect(bench.usersGo()).toEqual([blue]);
  });

  it('takes all users in one change; the side they leave is checked no more', async () => {
    await aws.elb.send(
      new ModifyListenerCommand({
        ListenerArn: world.listenerArn,
        DefaultActions: [{ Type: 'forward', TargetGroupArn: green }],
      }),
    );
    expect(bench.usersGo()).toEqual([green]);
    expect((await health(blue)).map(({ Reason }) => Reason)).toEqual(
      Array.from({ length: 3 }, () => 'Target.NotInUse'),
    );
    expect(await balancersOf(blue)).toEqual([]);
    const request = new DescribeRulesCommand({ ListenerArn: world.listenerArn });
    const { Rules } = await aws.elb.send(request);
    const last = Rules!.find(({ IsDefault }) => IsDefault)!;
    expect(last.Actions).toMatchObject([{ Type: 'forward', TargetGroupArn: green }]);
    await expect(
      aws.elb.send(new DeleteRuleCommand({ RuleArn: last.RuleArn })),
    ).rejects.toMatchObject({ name: 'OperationNotPermittedException' });
  });

  it('ends the rule once, and says so when there is none', async () => {
    await aws.elb.send(new DeleteRuleCommand({ RuleArn: ruleArn }));
    expect(await balancersOf(green)).toEqual([world.loadBalancerArn]);
    await expect(aws.elb.send(new DeleteRuleCommand({ RuleArn: ruleArn }))).rejects.toMatchObject({
      name: 'RuleNotFoundException',
    });
  });

  it('keeps a bad instance while replacing is suspended, and replaces it when it goes on', async () => {
    const processes = {
      AutoScalingGroupName: STANDBY,
      ScalingProcesses: ['ReplaceUnhealthy', 'AZRebalance'],
    };
    await aws.autoScaling.send(new SuspendProcessesCommand(processes));
    const before = await group(STANDBY);
    expect(before.SuspendedProcesses!.map(({ ProcessName }) => ProcessName)).toEqual(
      processes.ScalingProcesses,
    );
    const InstanceId = before.Instances![0]!.InstanceId!;
    await aws.autoScaling.send(
      new SetInstanceHealthCommand({ InstanceId, HealthStatus: 'Unhealthy' }),
    );
    bench.scaling.tick();
    const kept = (await group(STANDBY)).Instances!;
    expect(kept.find((each) => each.InstanceId === InstanceId)).toMatchObject({
      HealthStatus: 'Unhealthy',
      LifecycleState: 'InService',
    });
    await aws.autoScaling.send(new ResumeProcessesCommand(processes));
    await until(async () => {
      const { Instances } = await group(STANDBY);
      const isSteady = Instances!.every((each) => each.LifecycleState === 'InService');
      return isSteady && Instances!.every((each) => each.InstanceId !== InstanceId);
    });
    expect((await group(STANDBY)).SuspendedProcesses).toEqual([]);
  });

  it('tells newcomers what its template says by then', async () => {
    await changeUserData(bench.clients, STANDBY, { CLUSTER_NAME: 'other' });
    await scale(STANDBY, 4);
    const newcomer = await until(async () =>
      [...bench.hypervisor.on.values()].find(({ userData }) => userData === 'CLUSTER_NAME=other\n'),
    );
    expect(newcomer.group).toBe(STANDBY);
  });

  it('lets the old side go: its targets with it', async () => {
    await scale(GROUP, 0);
    await until(async () => (await group(GROUP)).Instances!.length === 0);
    expect(await health(blue)).toEqual([]);
    expect(bench.instances.all().filter((each) => each.group === GROUP)).toMatchObject([
      { state: 'terminated' },
      { state: 'terminated' },
      { state: 'terminated' },
    ]);
  });
});
