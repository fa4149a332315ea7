/** How large a group is, and who may change it by how much. */
import {
  DescribeAutoScalingGroupsCommand,
  type Instance,
  SetDesiredCapacityCommand,
  TerminateInstanceInAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWorld } from '../../lab/cloud/world.ts';
import { type Bench, clientsOf, skipWithoutMoto, startBench, until } from './cloud-bench.ts';

const AutoScalingGroupName = 'api-servers';

describe.skipIf(skipWithoutMoto)('the size of an Auto Scaling group in the lab', () => {
  let bench: Bench;
  let aws: ReturnType<typeof clientsOf>;

  beforeAll(async () => {
    bench = await startBench();
    aws = clientsOf(bench);
    await createWorld(bench.clients, { deregistrationDelayS: 1 });
    await steady(3);
  });
  afterAll(async () => await bench?.stop());

  const group = async () => {
    const request = new DescribeAutoScalingGroupsCommand({
      AutoScalingGroupNames: [AutoScalingGroupName],
    });
    return (await aws.autoScaling.send(request)).AutoScalingGroups![0]!;
  };
  const steady = async (size: number): Promise<Instance[]> =>
    await until(async () => {
      const all = (await group()).Instances!;
      const isSteady = all.every((each) => each.LifecycleState === 'InService');
      return isSteady && all.length === size && all;
    });

  it('grows and shrinks within its bounds', async () => {
    const resize = async (DesiredCapacity: number) =>
      await aws.autoScaling.send(
        new SetDesiredCapacityCommand({ AutoScalingGroupName, DesiredCapacity }),
      );
    await expect(resize(7)).rejects.toMatchObject({
      name: 'ValidationError',
      message: 'New SetDesiredCapacity value 7 is above max value 6 for the AutoScalingGroup.',
    });
    await expect(resize(2)).rejects.toMatchObject({
      name: 'ValidationError',
      message: 'New SetDesiredCapacity value 2 is below min value 3 for the AutoScalingGroup.',
    });
    await resize(4);
    // The same once more is no second instance.
    await resize(4);
    await steady(4);
    const patient = new SetDesiredCapacityCommand({
      AutoScalingGroupName,
      DesiredCapacity: 3,
      HonorCooldown: true,
    });
    await expect(aws.autoScaling.send(patient)).rejects.toMatchObject({
      name: 'ScalingActivityInProgressFault',
    });
    await resize(3);
    await steady(3);
  });

  it('takes a place away with its instance, once, and not below its minimum', async () => {
    await aws.autoScaling.send(
      new SetDesiredCapacityCommand({ AutoScalingGroupName, DesiredCapacity: 4 }),
    );
    const [first] = await steady(4);
    const shrink = async (InstanceId = first!.InstanceId) =>
      await aws.autoScaling.send(
        new TerminateInstanceInAutoScalingGroupCommand({
          InstanceId,
          ShouldDecrementDesiredCapacity: true,
        }),
      );
    const { Activity } = await shrink();
    expect(Activity!.Cause).toContain('shrinking the capacity from 4 to 3');
    await expect(shrink()).rejects.toMatchObject({ name: 'ScalingActivityInProgressFault' });
    expect((await group()).DesiredCapacity).toBe(3);
    const others = await steady(3);
    expect(others.map((each) => each.InstanceId)).not.toContain(first!.InstanceId);
    await expect(shrink(others[0]!.InstanceId)).rejects.toMatchObject({
      name: 'ValidationError',
      message: expect.stringContaining('desiredSize equals minSize (3)'),
    });
  });
});
