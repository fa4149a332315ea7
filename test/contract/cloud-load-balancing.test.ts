import { DescribeInstancesCommand, DescribeNetworkInterfacesCommand } from '@aws-sdk/client-ec2';
import {
  CreateRuleCommand,
  CreateTargetGroupCommand,
  DeregisterTargetsCommand,
  DescribeTargetHealthCommand,
  ModifyListenerCommand,
  ModifyTargetGroupAttributesCommand,
  RegisterTargetsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWorld, type World } from '../../lab/cloud/world.ts';
import { PLAN } from '../../lab/parts.ts';
import { type Bench, clientsOf, skipWithoutMoto, startBench, until } from './cloud-bench.ts';

describe.skipIf(skipWithoutMoto)('the load balancer in the lab', () => {
  let bench: Bench;
  let world: World;
  let aws: ReturnType<typeof clientsOf>;
  let ids: readonly string[];

  beforeAll(async () => {
    bench = await startBench();
    aws = clientsOf(bench);
    world = await createWorld(bench.clients, { deregistrationDelayS: 1 });
    const { targetGroupArn } = world;
    await until(async () => bench.targets.of(targetGroupArn).length === 3);
    ids = bench.targets.of(targetGroupArn).map((target) => target.instanceId);
  });
  afterAll(async () => await bench?.stop());

  const stateOf = async (Id: string) => {
    const { TargetHealthDescriptions } = await aws.elb.send(
      new DescribeTargetHealthCommand({
        TargetGroupArn: world.targetGroupArn,
        Targets: [{ Id }],
      }),
    );
    return TargetHealthDescriptions![0]!.TargetHealth;
  };

  it('hands the balancer what is registered, and how to check it', () => {
    expect(bench.balancer.spec).toMatchObject({
      targetGroups: [
        {
          arn: world.targetGroupArn,
          healthCheck: { path: '/health', intervalMs: 5_000, timeoutMs: 2_000 },
          stickinessMs: null,
        },
      ],
      rules: [
        {
          priority: null,
          header: null,
          forward: [{ targetGroupArn: world.targetGroupArn, weight: 1 }],
        },
      ],
    });
    const { targets } = bench.balancer.spec.targetGroups[0]!;
    expect(targets.map((target) => target.port)).toEqual([8080, 8080, 8080]);
  });

  it('reports what the balancer sees, in words of AWS', async () => {
    bench.balancer.states.set(ids[0]!, { state: 'unhealthy', reason: 'Target.Timeout' });
    bench.balancer.states.set(ids[1]!, { state: 'initial', reason: 'Elb.InitialHealthChecking' });
    expect(await stateOf(ids[0]!)).toMatchObject({ State: 'unhealthy', Reason: 'Target.Timeout' });
    expect(await stateOf(ids[1]!)).toMatchObject({ State: 'initial' });
    expect(await stateOf(ids[2]!)).toEqual({ State: 'healthy' });
    expect(await stateOf('i-00000000000000000')).toMatchObject({
      State: 'unused',
      Reason: 'Target.NotRegistered',
    });
    bench.balancer.states.clear();
  });

  it('drains what is deregistered, then forgets it, and takes it back', async () => {
    const id = ids[0]!;
    const Targets = [{ Id: id }];
    const TargetGroupArn = world.targetGroupArn;
    await aws.elb.send(new DeregisterTargetsCommand({ TargetGroupArn, Targets }));
    expect(await stateOf(id)).toMatchObject({ State: 'draining' });
    expect(bench.balancer.spec.targetGroups[0]!.draining).toEqual([id]);
    await until(async () => (await stateOf(id))!.Reason === 'Target.NotRegistered');
    expect(
      bench.balancer.spec.targetGroups[0]!.targets.map((each) => each.instanceId),
    ).not.toContain(id);
    await aws.elb.send(new RegisterTargetsCommand({ TargetGroupArn, Targets }));
    expect(await stateOf(id)).toEqual({ State: 'healthy' });
  });

  it('refuses targets that do not run', async () => {
    const request = new RegisterTargetsCommand({
      TargetGroupArn: world.targetGroupArn,
      Targets: [{ Id: 'i-00000000000000000' }],
    });
    await expect(aws.elb.send(request)).rejects.toMatchObject({ name: 'InvalidTargetException' });
  });

  it('passes weights, header rules and stickiness on', async () => {
    const created = await aws.elb.send(
      new CreateTargetGroupCommand({
        Name: 'green',
        Protocol: 'HTTP',
        Port: 8080,
        VpcId: world.vpcId,
      }),
    );
    const green = created.TargetGroups![0]!.TargetGroupArn!;
    await aws.elb.send(
      new ModifyListenerCommand({
        ListenerArn: world.listenerArn,
        DefaultActions: [
          {
            Type: 'forward',
            ForwardConfig: {
              TargetGroups: [
                { TargetGroupArn: world.targetGroupArn, Weight: 90 },
                { TargetGroupArn: green, Weight: 10 },
              ],
            },
          },
        ],
      }),
    );
    await aws.elb.send(
      new CreateRuleCommand({
        ListenerArn: world.listenerArn,
        Priority: 5,
        Conditions: [
          {
            Field: 'http-header',
            HttpHeaderConfig: { HttpHeaderName: 'x-quorate', Values: ['green'] },
          },
        ],
        Actions: [{ Type: 'forward', TargetGroupArn: green }],
      }),
    );
    await aws.elb.send(
      new ModifyTargetGroupAttributesCommand({
        TargetGroupArn: green,
        Attributes: [
          { Key: 'stickiness.enabled', Value: 'true' },
          { Key: 'stickiness.type', Value: 'lb_cookie' },
          { Key: 'stickiness.lb_cookie.duration_seconds', Value: '60' },
        ],
      }),
    );
    expect(bench.balancer.spec.rules).toEqual([
      {
        priority: 5,
        header: { name: 'x-quorate', value: 'green' },
        forward: [{ targetGroupArn: green, weight: 1 }],
      },
      {
        priority: null,
        header: null,
        forward: [
          { targetGroupArn: world.targetGroupArn, weight: 90 },
          { targetGroupArn: green, weight: 10 },
        ],
      },
    ]);
    const spec = bench.balancer.spec.targetGroups.find((group) => group.arn === green);
    expect(spec!.stickinessMs).toBe(60_000);
  });

  it('has a network interface in each zone, found by its description', async () => {
    const { NetworkInterfaces } = await aws.ec2.send(
      new DescribeNetworkInterfacesCommand({
        Filters: [{ Name: 'description', Values: ['ELB app/api/*'] }],
      }),
    );
    expect(NetworkInterfaces!.map((each) => each.PrivateIpAddress)).toEqual([
      PLAN.balancer('a'),
      PLAN.balancer('b'),
      PLAN.balancer('c'),
    ]);
  });

  it('filters instances by the states that it shows', async () => {
    const find = async (state: string): Promise<number> => {
      const request = new DescribeInstancesCommand({
        Filters: [{ Name: 'instance-state-name', Values: [state] }],
      });
      const { Reservations } = await aws.ec2.send(request);
      return Reservations!.flatMap((each) => each.Instances!).length;
    };
    expect(await find('running')).toBe(3);
    expect(await find('shutting-down')).toBe(0);
  });
});
