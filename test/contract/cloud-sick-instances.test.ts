/** Instances that EC2 calls sick, hosts that lose their power, zones without room. */
import {
  DescribeScalingActivitiesCommand,
  SetDesiredCapacityCommand,
} from '@aws-sdk/client-auto-scaling';
import {
  DescribeInstanceStatusCommand,
  DescribeInstancesCommand,
  DescribeSpotInstanceRequestsCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWorld } from '../../lab/cloud/world.ts';
import { type Bench, clientsOf, skipWithoutMoto, startBench, until } from './cloud-bench.ts';

const AutoScalingGroupName = 'api-servers';
const FOREVER = Number.POSITIVE_INFINITY;

describe.skipIf(skipWithoutMoto)('instances in trouble', () => {
  let bench: Bench;
  let aws: ReturnType<typeof clientsOf>;

  beforeAll(async () => {
    bench = await startBench({
      patience: { impairedMs: FOREVER, scheduledEventMs: FOREVER, initializingMs: 0 },
    });
    aws = clientsOf(bench);
    await createWorld(bench.clients, { deregistrationDelayS: 0 });
  });
  afterAll(async () => await bench?.stop());

  const group = () => bench.scaling.groups.get(AutoScalingGroupName)!;
  const steady = async (size = 3): Promise<string[]> =>
    await until(async () => {
      const all = [...group().members.values()];
      const isSteady = all.every((each) => each.lifecycle === 'InService' && !each.unhealthy);
      return isSteady && all.length === size && all.map((each) => each.instanceId);
    });
  const statusOf = async (...InstanceIds: string[]) => {
    const request = new DescribeInstanceStatusCommand({ InstanceIds });
    return (await aws.ec2.send(request)).InstanceStatuses!;
  };
  const history = async () => {
    const request = new DescribeScalingActivitiesCommand({ AutoScalingGroupName });
    return (await aws.autoScaling.send(request)).Activities!;
  };
  const replaced = async (victim: string): Promise<void> => {
    await until(async () => !group().members.has(victim));
    await steady();
  };

  it('say what their checks found', async () => {
    const [first = '', second = ''] = await steady();
    const notBeforeMs = Date.parse('2026-12-01T08:00:00Z');
    bench.ec2Status.set(first, { system: 'impaired', instance: 'insufficient-data' });
    bench.ec2Status.set(second, { events: [{ code: 'instance-retirement', notBeforeMs }] });
    const [one, two] = await statusOf(first, second);
    expect(one).toMatchObject({
      InstanceId: first,
      AvailabilityZone: 'eu-central-1a',
      InstanceState: { Name: 'running' },
      SystemStatus: { Status: 'impaired', Details: [{ Name: 'reachability', Status: 'failed' }] },
      InstanceStatus: { Status: 'insufficient-data' },
    });
    expect(two).toMatchObject({
      SystemStatus: { Status: 'ok' },
      Events: [{ Code: 'instance-retirement', NotBefore: new Date(notBeforeMs) }],
    });
    bench.ec2Status.clear(first);
    bench.ec2Status.clear(second);
    expect((await statusOf(first))[0]).toMatchObject({ SystemStatus: { Status: 'ok' } });
  });

  it('are looked for by id, as AWS allows it', async () => {
    const [first = ''] = await steady();
    const unknown = statusOf(first, 'i-00000000000000000');
    await expect(unknown).rejects.toMatchObject({ name: 'InvalidInstanceID.NotFound' });
    await expect(statusOf(...Array.from({ length: 101 }, () => first))).rejects.toMatchObject({
      name: 'InvalidParameterValue',
    });
    const both = new DescribeInstanceStatusCommand({ InstanceIds: [first], MaxResults: 10 });
    await expect(aws.ec2.send(both)).rejects.toMatchObject({ name: 'InvalidParameterCombination' });
  });

  it('are initializing at first', async () => {
    const [first = ''] = await steady();
    bench.ec2Status.patience.initializingMs = FOREVER;
    expect((await statusOf(first))[0]).toMatchObject({
      InstanceStatus: { Status: 'initializing' },
    });
    bench.ec2Status.patience.initializingMs = 0;
  });

  it('may be spot instances, with a notice', async () => {
    const [first = ''] = await steady();
    bench.ec2Status.set(first, { spot: 'marked-for-termination' });
    const { Reservations } = await aws.ec2.send(
      new DescribeInstancesCommand({ InstanceIds: [first] }),
    );
    const [instance] = Reservations![0]!.Instances!;
    expect(instance!.InstanceLifecycle).toBe('spot');
    const request = new DescribeSpotInstanceRequestsCommand({
      SpotInstanceRequestIds: [instance!.SpotInstanceRequestId!],
    });
    expect((await aws.ec2.send(request)).SpotInstanceRequests).toMatchObject([
      { InstanceId: first, Status: { Code: 'marked-for-termination' } },
    ]);
    bench.ec2Status.clear(first);
    expect(
      (await aws.ec2.send(new DescribeSpotInstanceRequestsCommand({}))).SpotInstanceRequests,
    ).toEqual([]);
  });

  it('are left alone by Auto Scaling for a while, and then replaced', async () => {
    const [victim = ''] = await steady();
    bench.ec2Status.set(victim, { instance: 'impaired' });
    bench.scaling.tick();
    expect(group().members.get(victim)!.unhealthy).toBeNull();
    bench.ec2Status.patience.impairedMs = 100;
    await replaced(victim);
    bench.ec2Status.patience.impairedMs = FOREVER;
    const causes = (await history()).map(({ Cause }) => Cause);
    expect(causes).toContainEqual(expect.stringContaining('EC2 instance status checks failure'));
  });

  it('with a scheduled event are replaced, but not when it is over', async () => {
    const [spared = '', victim = ''] = await steady();
    const event = { code: 'instance-retirement', notBeforeMs: Date.now() + 3_600_000 };
    bench.ec2Status.patience.scheduledEventMs = 0;
    bench.ec2Status.set(spared, { events: [{ ...event, description: '[Completed] It is done' }] });
    bench.ec2Status.set(victim, { events: [event] });
    await replaced(victim);
    bench.ec2Status.patience.scheduledEventMs = FOREVER;
    expect(group().members.has(spared)).toBe(true);
  });

  it('that lost their power go on being called running, until a check fails', async () => {
    const [victim = ''] = await steady();
    await bench.instances.losePower(victim);
    expect(bench.hypervisor.powerOffs.at(-1)).toEqual({ instanceId: victim, how: 'cut' });
    expect((await statusOf(victim))[0]).toMatchObject({
      InstanceState: { Name: 'running' },
      SystemStatus: { Status: 'ok' },
    });
    bench.ec2Status.patience.lostPowerMs = 0;
    expect((await statusOf(victim))[0]).toMatchObject({
      SystemStatus: { Status: 'impaired' },
      InstanceStatus: { Status: 'impaired' },
    });
    bench.ec2Status.patience.impairedMs = 0;
    await replaced(victim);
    bench.ec2Status.patience.impairedMs = FOREVER;
  });

  describe('where EC2 has no room', () => {
    const failures = async () =>
      (await history()).filter(({ StatusCode }) => StatusCode === 'Failed');

    it('in one zone, the newcomer goes to another', async () => {
      const [victim = ''] = await steady();
      const { zone } = bench.instances.require(victim);
      const giveBack = bench.capacity.exhaust([zone]);
      const before = (await failures()).length;
      await aws.ec2.send(
        new TerminateInstancesCommand({ InstanceIds: [victim], SkipOsShutdown: true }),
      );
      await replaced(victim);
      giveBack();
      const [failure] = await failures();
      expect((await failures()).length).toBe(before + 1);
      expect(failure!.StatusMessage).toMatch(
        /^We currently do not have sufficient t4g\.small capacity in the Availability Zone you requested \(eu-central-1.\)\..* or choosing .*\. Launching EC2 instance failed\.$/,
      );
    });

    it('anywhere, the group waits ever longer and recovers when there is room', async () => {
      await steady();
      const giveBack = bench.capacity.exhaust();
      const before = (await failures()).length;
      const resize = async (DesiredCapacity: number) =>
        await aws.autoScaling.send(
          new SetDesiredCapacityCommand({ AutoScalingGroupName, DesiredCapacity }),
        );
      await resize(4);
      await until(async () => (await failures()).length >= before + 3);
      expect(group().failedLaunches).toBeGreaterThan(0);
      expect(group().members.size).toBe(3);
      giveBack();
      await steady(4);
      await resize(3);
      await steady();
    });
  });
});
