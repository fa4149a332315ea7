/** How large a group is, and who may change it by how much. */
import {
  DescribeAutoScalingGroupsCommand,
  EnterStandbyCommand,
  ExitStandbyCommand,
  type Instance,
  SetDesiredCapacityCommand,
  TerminateInstanceInAutoScalingGroupCommand,
  UpdateAutoScalingGroupCommand,
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

  describe('with an instance that stands by', () => {
    const enter = async (InstanceId: string, ShouldDecrementDesiredCapacity = false) =>
      await aws.autoScaling.send(
        new EnterStandbyCommand({
          AutoScalingGroupName,
          InstanceIds: [InstanceId],
          ShouldDecrementDesiredCapacity,
        }),
      );
    const exit = async (InstanceId: string) =>
      await aws.autoScaling.send(
        new ExitStandbyCommand({ AutoScalingGroupName, InstanceIds: [InstanceId] }),
      );
    const inService = async (size: number, standby: string) =>
      await until(async () => {
        const all = (await group()).Instances!;
        const serving = all.filter((each) => each.LifecycleState === 'InService');
        const other = all.find((each) => each.InstanceId === standby);
        return serving.length === size && other?.LifecycleState === 'Standby' && serving;
      });
    const refusal = (message: string) => ({ name: 'ValidationError', message });

    it('launches another in its zone and stays as large as it was, also when that one goes', async () => {
      const [first] = await steady(3);
      const id = first!.InstanceId!;
      await expect(enter(id, true)).rejects.toMatchObject(
        refusal(
          'AutoScalingGroup api-servers has min-size=3, max-size=6, and desired-size=3. To place into standby 1 instance, please update the AutoScalingGroup sizes appropriately.',
        ),
      );
      const { Activities } = await enter(id);
      expect(Activities![0]!.Description).toBe(`Moving EC2 instance to Standby: ${id}`);
      await expect(enter(id)).rejects.toMatchObject(
        refusal(`The instance ${id} is not in InService.`),
      );
      const serving = await inService(3, id);
      const zones = serving.map((each) => each.AvailabilityZone);
      expect(new Set(zones).size).toBe(3);
      await aws.autoScaling.send(
        new TerminateInstanceInAutoScalingGroupCommand({
          InstanceId: id,
          ShouldDecrementDesiredCapacity: false,
        }),
      );
      const others = await steady(3);
      expect(others.map((each) => each.InstanceId)).toEqual(serving.map((each) => each.InstanceId));
      expect((await group()).DesiredCapacity).toBe(3);
    });

    it('is one larger when it comes back, once, and has to have room for it', async () => {
      const [first] = await steady(3);
      const id = first!.InstanceId!;
      await expect(exit(id)).rejects.toMatchObject(
        refusal(`The instance ${id} is not in Standby.`),
      );
      await enter(id);
      await inService(3, id);
      const bound = async (MaxSize: number) =>
        await aws.autoScaling.send(
          new UpdateAutoScalingGroupCommand({ AutoScalingGroupName, MaxSize }),
        );
      await bound(3);
      await expect(exit(id)).rejects.toMatchObject({
        name: 'ValidationError',
        message: expect.stringContaining('max-size=3, and desired-size=3'),
      });
      await bound(6);
      await exit(id);
      expect((await group()).DesiredCapacity).toBe(4);
      await expect(exit(id)).rejects.toMatchObject({ name: 'ValidationError' });
      expect(await steady(4)).toContainEqual(expect.objectContaining({ InstanceId: id }));
    });
  });
});
