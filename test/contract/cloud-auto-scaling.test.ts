import { setTimeout as sleep } from 'node:timers/promises';
import {
  CompleteLifecycleActionCommand,
  DeleteLifecycleHookCommand,
  DescribeAutoScalingGroupsCommand,
  DescribeAutoScalingInstancesCommand,
  DescribeScalingActivitiesCommand,
  type Instance,
  PutLifecycleHookCommand,
  ResumeProcessesCommand,
  SetInstanceHealthCommand,
  SuspendProcessesCommand,
  TerminateInstanceInAutoScalingGroupCommand,
  UpdateAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import { DescribeInstancesCommand, TerminateInstancesCommand } from '@aws-sdk/client-ec2';
import { DescribeTargetHealthCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWorld, type World } from '../../lab/cloud/world.ts';
import { type Bench, clientsOf, skipWithoutMoto, startBench, until } from './cloud-bench.ts';

describe.skipIf(skipWithoutMoto)('an Auto Scaling group in the lab', () => {
  let bench: Bench;
  let world: World;
  let aws: ReturnType<typeof clientsOf>;
  const AutoScalingGroupName = 'api-servers';

  beforeAll(async () => {
    bench = await startBench();
    aws = clientsOf(bench);
    world = await createWorld(bench.clients, { deregistrationDelayS: 1 });
  });
  afterAll(async () => await bench?.stop());

  const group = async () => {
    const request = new DescribeAutoScalingGroupsCommand({
      Filters: [{ Name: 'tag:quorate:fleet', Values: ['api'] }],
    });
    return (await aws.autoScaling.send(request)).AutoScalingGroups![0]!;
  };
  const members = async (): Promise<Instance[]> => (await group()).Instances!;
  const inService = async (): Promise<Instance[]> =>
    (await members()).filter((each) => each.LifecycleState === 'InService');
  const steady = async (size: number): Promise<Instance[]> =>
    await until(async () => {
      const all = await members();
      const isSteady = all.every(
        (each) => each.LifecycleState === 'InService' && each.HealthStatus === 'Healthy',
      );
      return isSteady && all.length === size && all;
    });
  const replacementOf = async (gone: string): Promise<Instance[]> =>
    await until(async () => {
      const all = await inService();
      return all.length === 3 && !all.some((each) => each.InstanceId === gone) && all;
    });

  const suspend = async (ScalingProcesses: string[]) =>
    await aws.autoScaling.send(
      new SuspendProcessesCommand({ AutoScalingGroupName, ScalingProcesses }),
    );
  const resume = async (ScalingProcesses: string[]) =>
    await aws.autoScaling.send(
      new ResumeProcessesCommand({ AutoScalingGroupName, ScalingProcesses }),
    );
  const history = async () => {
    const request = new DescribeScalingActivitiesCommand({ AutoScalingGroupName });
    return (await aws.autoScaling.send(request)).Activities!;
  };

  it('comes up pending, then in service, spread over the zones', async () => {
    const first = await members();
    expect(first.every((each) => each.LifecycleState === 'Pending')).toBe(true);
    const all = await steady(3);
    expect(all.map((each) => each.AvailabilityZone)).toEqual([
      'eu-central-1a',
      'eu-central-1b',
      'eu-central-1c',
    ]);
    expect([...bench.hypervisor.on.values()].map((host) => host.address)).toEqual([
      '10.77.1.4',
      '10.77.2.4',
      '10.77.3.4',
    ]);
  });

  it('gives its instances its tags and registers them', async () => {
    const { Reservations } = await aws.ec2.send(
      new DescribeInstancesCommand({
        Filters: [
          { Name: 'tag:aws:autoscaling:groupName', Values: [AutoScalingGroupName] },
          { Name: 'instance-state-name', Values: ['running'] },
        ],
      }),
    );
    const instances = Reservations!.flatMap((each) => each.Instances!);
    expect(instances).toHaveLength(3);
    expect(instances[0]!.Tags).toContainEqual({ Key: 'quorate:fleet', Value: 'api' });
    const { TargetHealthDescriptions } = await aws.elb.send(
      new DescribeTargetHealthCommand({ TargetGroupArn: world.targetGroupArn }),
    );
    expect(TargetHealthDescriptions!.map((each) => each.TargetHealth!.State)).toEqual([
      'healthy',
      'healthy',
      'healthy',
    ]);
  });

  it('replaces at once what is terminated without decrement, and drains it first', async () => {
    const victim = (await steady(3))[0]!;
    const { Activity } = await aws.autoScaling.send(
      new TerminateInstanceInAutoScalingGroupCommand({
        InstanceId: victim.InstanceId,
        ShouldDecrementDesiredCapacity: false,
      }),
    );
    expect(Activity!.Cause).toContain('user request, keeping the capacity at the current 3');
    const { TargetHealthDescriptions } = await aws.elb.send(
      new DescribeTargetHealthCommand({
        TargetGroupArn: world.targetGroupArn,
        Targets: [{ Id: victim.InstanceId! }],
      }),
    );
    expect(TargetHealthDescriptions![0]!.TargetHealth!.State).toBe('draining');
    expect(bench.hypervisor.on.has(victim.InstanceId!)).toBe(true);
    const survivors = await replacementOf(victim.InstanceId!);
    expect(survivors.map((each) => each.AvailabilityZone)).toContain(victim.AvailabilityZone);
    await steady(3);
    expect(bench.hypervisor.powerOffs).toContainEqual({
      instanceId: victim.InstanceId,
      how: 'graceful',
    });
    const activities = await history();
    const done = activities.find((each) => each.ActivityId === Activity!.ActivityId);
    expect(done).toMatchObject({ StatusCode: 'Successful', Progress: 100 });
  });

  it('cuts the power for SkipOsShutdown, shows shutting-down until then, and replaces', async () => {
    const victim = (await steady(3))[0]!.InstanceId!;
    bench.hypervisor.shutdownMs = 60_000;
    await aws.ec2.send(new TerminateInstancesCommand({ InstanceIds: [victim] }));
    const stateOf = async (): Promise<string | undefined> => {
      const request = new DescribeInstancesCommand({ InstanceIds: [victim] });
      return (await aws.ec2.send(request)).Reservations![0]!.Instances![0]!.State!.Name;
    };
    expect(await stateOf()).toBe('shutting-down');
    const again = await aws.ec2.send(
      new TerminateInstancesCommand({ InstanceIds: [victim], Force: true, SkipOsShutdown: true }),
    );
    expect(again.TerminatingInstances![0]!.PreviousState!.Name).toBe('shutting-down');
    await until(async () => (await stateOf()) === 'terminated');
    bench.hypervisor.shutdownMs = 0;
    await steady(3);
    const activities = await history();
    expect(activities.map((each) => each.Cause)).toContainEqual(
      expect.stringContaining('in response to an EC2 health check indicating'),
    );
  });

  it('replaces what is marked Unhealthy, but not while ReplaceUnhealthy is suspended', async () => {
    const victim = (await steady(3))[0]!.InstanceId!;
    await suspend(['ReplaceUnhealthy']);
    await aws.autoScaling.send(
      new SetInstanceHealthCommand({ InstanceId: victim, HealthStatus: 'Unhealthy' }),
    );
    await sleep(200);
    const { AutoScalingInstances } = await aws.autoScaling.send(
      new DescribeAutoScalingInstancesCommand({ InstanceIds: [victim] }),
    );
    expect(AutoScalingInstances![0]).toMatchObject({
      HealthStatus: 'UNHEALTHY',
      LifecycleState: 'InService',
    });
    await resume(['ReplaceUnhealthy']);
    await replacementOf(victim);
    await steady(3);
  });

  it('terminates but does not launch while Launch is suspended', async () => {
    const victim = (await steady(3))[0]!.InstanceId!;
    await suspend(['Launch']);
    await aws.ec2.send(
      new TerminateInstancesCommand({ InstanceIds: [victim], SkipOsShutdown: true }),
    );
    await until(async () => (await members()).length === 2);
    await sleep(200);
    expect(await members()).toHaveLength(2);
    expect((await group()).SuspendedProcesses![0]!.ProcessName).toBe('Launch');
    await resume(['Launch']);
    await steady(3);
  });

  it('waits for its lifecycle hooks on the way out and in', async () => {
    const victim = (await steady(3))[0]!.InstanceId!;
    const put = async (name: string, transition: string, HeartbeatTimeout: number) =>
      await aws.autoScaling.send(
        new PutLifecycleHookCommand({
          AutoScalingGroupName,
          LifecycleHookName: name,
          LifecycleTransition: `autoscaling:EC2_INSTANCE_${transition}`,
          HeartbeatTimeout,
          DefaultResult: 'CONTINUE',
        }),
      );
    await put('out', 'TERMINATING', 3600);
    await put('in', 'LAUNCHING', 1);
    await aws.autoScaling.send(
      new TerminateInstanceInAutoScalingGroupCommand({
        InstanceId: victim,
        ShouldDecrementDesiredCapacity: false,
      }),
    );
    const stateOf = async (state: string): Promise<Instance | undefined> =>
      (await members()).find((each) => each.LifecycleState === state);
    await until(async () => await stateOf('Pending:Wait'));
    await until(async () => await stateOf('Terminating:Wait'));
    expect(bench.hypervisor.on.has(victim)).toBe(true);
    await aws.autoScaling.send(
      new CompleteLifecycleActionCommand({
        AutoScalingGroupName,
        LifecycleHookName: 'out',
        InstanceId: victim,
        LifecycleActionResult: 'CONTINUE',
      }),
    );
    // The launch hook is never completed: its heartbeat times out into its default result.
    await replacementOf(victim);
    await steady(3);
    for (const LifecycleHookName of ['in', 'out']) {
      await aws.autoScaling.send(
        new DeleteLifecycleHookCommand({ AutoScalingGroupName, LifecycleHookName }),
      );
    }
  });

  it('heeds the load balancer only with HealthCheckType ELB', async () => {
    const victim = (await steady(3))[0]!.InstanceId!;
    bench.balancer.states.set(victim, { state: 'unhealthy', reason: 'Target.Timeout' });
    await sleep(200);
    expect((await inService()).map((each) => each.InstanceId)).toContain(victim);
    await aws.autoScaling.send(
      new UpdateAutoScalingGroupCommand({ AutoScalingGroupName, HealthCheckType: 'ELB' }),
    );
    await replacementOf(victim);
    await aws.autoScaling.send(
      new UpdateAutoScalingGroupCommand({ AutoScalingGroupName, HealthCheckType: 'EC2' }),
    );
    await steady(3);
  });

  it('tries again, after a while, when an instance does not start', async () => {
    const victim = (await steady(3))[0]!.InstanceId!;
    bench.hypervisor.failingBoots = 1;
    await aws.ec2.send(
      new TerminateInstancesCommand({ InstanceIds: [victim], SkipOsShutdown: true }),
    );
    await replacementOf(victim);
    await steady(3);
    const activities = await history();
    expect(activities.filter((each) => each.StatusCode === 'Cancelled')).toHaveLength(1);
  });

  it('refuses as AWS does', async () => {
    const terminate = async (InstanceId: string, ShouldDecrementDesiredCapacity: boolean) =>
      await aws.autoScaling.send(
        new TerminateInstanceInAutoScalingGroupCommand({
          InstanceId,
          ShouldDecrementDesiredCapacity,
        }),
      );
    const [first] = await steady(3);
    const refusal = { name: 'ValidationError', $metadata: { httpStatusCode: 400 } };
    await expect(terminate('i-00000000000000000', false)).rejects.toMatchObject(refusal);
    await expect(terminate(first!.InstanceId!, true)).rejects.toMatchObject(refusal);
    await expect(
      aws.autoScaling.send(
        new SuspendProcessesCommand({ AutoScalingGroupName: 'nobody', ScalingProcesses: [] }),
      ),
    ).rejects.toMatchObject(refusal);
    await terminate(first!.InstanceId!, false);
    await expect(terminate(first!.InstanceId!, false)).rejects.toMatchObject({
      name: 'ScalingActivityInProgressFault',
    });
    await steady(3);
  });
});
