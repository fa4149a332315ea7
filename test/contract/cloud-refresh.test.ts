/** Instance refresh: one after the other, newcomers first or last, with rests, until it is done or cancelled. */
import {
  AttachLoadBalancerTargetGroupsCommand,
  CancelInstanceRefreshCommand,
  DescribeAutoScalingGroupsCommand,
  DescribeInstanceRefreshesCommand,
  type InstanceRefresh,
  type RefreshPreferences,
  ResumeProcessesCommand,
  StartInstanceRefreshCommand,
  SuspendProcessesCommand,
} from '@aws-sdk/client-auto-scaling';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWorld } from '../../lab/cloud/world.ts';
import { type Bench, clientsOf, skipWithoutMoto, startBench, until } from './cloud-bench.ts';

const AutoScalingGroupName = 'api-servers';

describe.skipIf(skipWithoutMoto)('an instance refresh in the lab', () => {
  let bench: Bench;
  let aws: ReturnType<typeof clientsOf>;

  beforeAll(async () => {
    bench = await startBench();
    aws = clientsOf(bench);
    await createWorld(bench.clients, { deregistrationDelayS: 0 });
  });
  afterAll(async () => await bench?.stop());

  const members = async () => {
    const request = new DescribeAutoScalingGroupsCommand({
      AutoScalingGroupNames: [AutoScalingGroupName],
    });
    return (await aws.autoScaling.send(request)).AutoScalingGroups![0]!.Instances!;
  };
  const steady = async (): Promise<string[]> =>
    await until(async () => {
      const all = await members();
      const isSteady = all.every((each) => each.LifecycleState === 'InService');
      return isSteady && all.length === 3 && all.map((each) => each.InstanceId!);
    });
  const start = async (Preferences: RefreshPreferences = {}): Promise<string> => {
    const request = new StartInstanceRefreshCommand({ AutoScalingGroupName, Preferences });
    return (await aws.autoScaling.send(request)).InstanceRefreshId!;
  };
  const newest = async (): Promise<InstanceRefresh> => {
    const request = new DescribeInstanceRefreshesCommand({ AutoScalingGroupName, MaxRecords: 1 });
    return (await aws.autoScaling.send(request)).InstanceRefreshes![0]!;
  };
  /** How many instances were in service at each look, until it is over. */
  const watched = async (): Promise<{
    refresh: InstanceRefresh;
    inService: number[];
    all: number[];
  }> => {
    const inService: number[] = [];
    const all: number[] = [];
    const refresh = await until(async () => {
      const now = await members();
      all.push(now.length);
      inService.push(now.filter((each) => each.LifecycleState === 'InService').length);
      const seen = await newest();
      return seen.EndTime !== undefined && seen;
    });
    return { refresh, inService, all };
  };

  it('replaces everybody, one at a time', async () => {
    const before = await steady();
    const id = await start();
    expect(await newest()).toMatchObject({ InstanceRefreshId: id, InstancesToUpdate: 3 });
    const { refresh, inService } = await watched();
    expect(refresh).toMatchObject({
      Status: 'Successful',
      PercentageComplete: 100,
      InstancesToUpdate: 0,
    });
    expect(Math.min(...inService)).toBeGreaterThanOrEqual(2);
    const after = await steady();
    expect(after.filter((each) => before.includes(each))).toEqual([]);
    expect(new Set((await members()).map((each) => each.AvailabilityZone)).size).toBe(3);
  });

  it('launches first with a maximum above 100 %, and waits for the warm-up', async () => {
    const before = await steady();
    await start({ MinHealthyPercentage: 100, MaxHealthyPercentage: 110, InstanceWarmup: 1 });
    const { refresh, inService, all } = await watched();
    expect(refresh.Status).toBe('Successful');
    expect(Math.min(...inService)).toBe(3);
    expect(Math.max(...all)).toBe(4);
    // Three newcomers, each with its warm-up.
    const tookMs = refresh.EndTime!.getTime() - refresh.StartTime!.getTime();
    expect(tookMs).toBeGreaterThanOrEqual(3_000);
    expect((await steady()).filter((each) => before.includes(each))).toEqual([]);
  });

  it('rests at its checkpoints, and runs once at a time', async () => {
    await steady();
    await start({ CheckpointPercentages: [33, 100], CheckpointDelay: 3_600 });
    await until(async () => (await newest()).PercentageComplete === 33);
    await steady();
    expect(await newest()).toMatchObject({ Status: 'InProgress', InstancesToUpdate: 2 });
    await expect(start()).rejects.toMatchObject({ name: 'InstanceRefreshInProgressFault' });
    const TargetGroupARNs = [
      'arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/x/1',
    ];
    await expect(
      aws.autoScaling.send(
        new AttachLoadBalancerTargetGroupsCommand({ AutoScalingGroupName, TargetGroupARNs }),
      ),
    ).rejects.toMatchObject({ name: 'InstanceRefreshInProgressFault' });
  });

  it('is cancelled where it stands', async () => {
    const before = await steady();
    const cancel = new CancelInstanceRefreshCommand({ AutoScalingGroupName });
    await aws.autoScaling.send(cancel);
    const { refresh } = await watched();
    expect(refresh).toMatchObject({ Status: 'Cancelled', PercentageComplete: 33 });
    expect(await steady()).toEqual(before);
    await expect(aws.autoScaling.send(cancel)).rejects.toMatchObject({
      name: 'ActiveInstanceRefreshNotFoundFault',
    });
  });

  it('rests while its process is suspended', async () => {
    const before = await steady();
    const ScalingProcesses = ['InstanceRefresh'];
    await aws.autoScaling.send(
      new SuspendProcessesCommand({ AutoScalingGroupName, ScalingProcesses }),
    );
    await start();
    await until(async () => (await newest()).Status === 'InProgress');
    expect(await steady()).toEqual(before);
    await aws.autoScaling.send(
      new ResumeProcessesCommand({ AutoScalingGroupName, ScalingProcesses }),
    );
    expect((await watched()).refresh.Status).toBe('Successful');
    await steady();
  });

  it('refuses what the lab does not play', async () => {
    await expect(start({ AutoRollback: true })).rejects.toMatchObject({
      name: 'ValidationError',
      message: 'The lab knows no AutoRollback.',
    });
  });
});
