/** What leads users where no Application Load Balancer does: read and changed by our adapters at the lab's AWS endpoint. */
import {
  CreateAutoScalingGroupCommand,
  UpdateAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import {
  ChangeResourceRecordSetsCommand,
  CreateHostedZoneCommand,
  ListResourceRecordSetsCommand,
  type ResourceRecordSet,
  Route53Client,
} from '@aws-sdk/client-route-53';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createRawCalls, type RawCalls } from '../../lab/cloud/raw-calls.ts';
import { createWorld, type World } from '../../lab/cloud/world.ts';
import { createActuator } from '../../src/adapters/aws/actuator.ts';
import { type AwsClients, createClients } from '../../src/adapters/aws/clients.ts';
import { createMoveReader } from '../../src/adapters/aws/move-reader.ts';
import type { Fleet, FleetRouting } from '../../src/config/fleet.ts';
import type { Routing, SideName } from '../../src/core/sides.ts';
import { awsEnvironment } from '../adapters/listen.ts';
import { FLEET, SETTINGS } from '../adapters/wire-fleet.ts';
import { type Bench, clientsOf, skipWithoutMoto, startBench, until } from './cloud-bench.ts';

const NAME = 'api.example.com';
const CLASSIC = '2012-06-01';

describe.skipIf(skipWithoutMoto)('what leads users to one of two sides', () => {
  let bench: Bench;
  let world: World;
  let clients: AwsClients;
  let aws: ReturnType<typeof clientsOf>;
  let raw: RawCalls;

  beforeAll(async () => {
    bench = await startBench();
    world = await createWorld(bench.clients, { standby: {} });
    for (const [name, value] of Object.entries(awsEnvironment(bench.endpoint))) {
      vi.stubEnv(name, value);
    }
    clients = createClients();
    aws = clientsOf(bench);
    raw = createRawCalls(async ({ path, headers, body }) => {
      const url = new URL(path, bench.endpoint);
      const answer = await fetch(url, { method: 'POST', headers, body: body.toString() });
      return { status: answer.status, headers: {}, body: Buffer.from(await answer.text()) };
    });
  });
  afterEach(() => bench.faults.clear());
  afterAll(async () => {
    clients?.destroy();
    vi.unstubAllEnvs();
    await bench?.stop();
  });

  const createGroup = async (name: string, targetGroups: readonly string[] = []) =>
    await aws.autoScaling.send(
      new CreateAutoScalingGroupCommand({
        AutoScalingGroupName: name,
        MinSize: 0,
        MaxSize: 4,
        DesiredCapacity: 0,
        LaunchTemplate: { LaunchTemplateId: world.launchTemplateId, Version: '$Latest' },
        VPCZoneIdentifier: world.subnets.a,
        TargetGroupARNs: [...targetGroups],
      }),
    );
  const fleetOf = (prefix: string, routing: FleetRouting): Fleet => ({
    ...FLEET,
    group: `${prefix}-blue`,
    application: { port: 8080, path: '/' },
    standby: { group: `${prefix}-green`, cluster: 'green' },
    routing,
  });
  const read = async (fleet: Fleet): Promise<Routing | string> => {
    const reader = createMoveReader({ fleet, settings: SETTINGS, clients });
    const reading = await reader!.routing(AbortSignal.timeout(10_000));
    return reading.ok ? reading.value : reading.error;
  };
  const lead = async (fleet: Fleet, side: SideName): Promise<string> => {
    const clock = { nowMs: Date.now, sleep: async () => {} };
    const actuator = createActuator({ fleet, settings: SETTINGS, clients, clock });
    const act = { kind: 'switch', side } as const;
    return (await actuator.perform(act, 'blue', AbortSignal.timeout(10_000))).outcome;
  };
  const led = (side: SideName): Routing => ({ side, preview: null });
  /** As the loop does it: asked until it is seen, because on a busy machine a reply may come too late to be heard. */
  const leads = async (fleet: Fleet, side: SideName): Promise<void> => {
    await until(async () => {
      await lead(fleet, side);
      const seen = await read(fleet);
      return typeof seen !== 'string' && seen.side === side;
    });
    expect(await read(fleet)).toEqual(led(side));
  };

  describe('a listener of a Network Load Balancer', () => {
    let fleet: Fleet;

    beforeAll(async () => {
      const targetGroup = async (Name: string): Promise<string> => {
        const { TargetGroups } = await aws.elb.send(
          new CreateTargetGroupCommand({ Name, Protocol: 'TCP', Port: 8080, VpcId: world.vpcId }),
        );
        return TargetGroups![0]!.TargetGroupArn!;
      };
      const [blue, green] = [await targetGroup('net-blue'), await targetGroup('net-green')];
      await createGroup('net-blue', [blue]);
      await createGroup('net-green', [green]);
      const { LoadBalancers } = await aws.elb.send(
        new CreateLoadBalancerCommand({
          Name: 'net',
          Type: 'network',
          Subnets: [world.subnets.a],
        }),
      );
      const { Listeners } = await aws.elb.send(
        new CreateListenerCommand({
          LoadBalancerArn: LoadBalancers![0]!.LoadBalancerArn,
          Protocol: 'TCP',
          Port: 80,
          DefaultActions: [{ Type: 'forward', TargetGroupArn: blue }],
        }),
      );
      fleet = fleetOf('net', { kind: 'network', arn: Listeners![0]!.ListenerArn! });
    });

    it('leads to one side, then to the other, and back', async () => {
      expect(await read(fleet)).toEqual(led('blue'));
      await leads(fleet, 'green');
      expect(await lead(fleet, 'green')).toBe('done');
      await leads(fleet, 'blue');
    });

    it('tells by itself what became of a change whose reply was lost', async () => {
      bench.faults.add({ action: 'ModifyListener', kind: 'lost-reply', count: 1 });
      expect(await lead(fleet, 'green')).toBe('unknown');
      expect(await read(fleet)).toEqual(led('green'));
      await leads(fleet, 'blue');
    });
  });

  describe('a Classic Load Balancer', () => {
    const fleet = fleetOf('classic', { kind: 'classic', balancer: 'web' });
    const registered = async (): Promise<number> => {
      const named = { Version: CLASSIC, 'LoadBalancerNames.member.1': 'web' };
      const answer = await raw.query('elasticloadbalancing', 'DescribeLoadBalancers', named);
      return JSON.stringify(answer).match(/"InstanceId"/g)?.length ?? 0;
    };
    const scale = async (name: string, DesiredCapacity: number) =>
      await aws.autoScaling.send(
        new UpdateAutoScalingGroupCommand({ AutoScalingGroupName: name, DesiredCapacity }),
      );

    beforeAll(async () => {
      await raw.query('elasticloadbalancing', 'CreateLoadBalancer', {
        Version: CLASSIC,
        LoadBalancerName: 'web',
        'AvailabilityZones.member.1': 'eu-central-1a',
        'Listeners.member.1.Protocol': 'HTTP',
        'Listeners.member.1.LoadBalancerPort': '80',
        'Listeners.member.1.InstancePort': '8080',
      });
      await createGroup('classic-blue');
      await createGroup('classic-green');
      await scale('classic-blue', 1);
      await scale('classic-green', 2);
    });

    it('leads to nobody while it is attached to no group', async () => {
      expect(await read(fleet)).toEqual({ side: null, preview: null, isHalf: true });
    });

    it('leads to the instances of one side, then to those of the other, newcomers too', async () => {
      await leads(fleet, 'blue');
      await until(async () => (await registered()) === 1);
      await leads(fleet, 'green');
      await until(async () => (await registered()) === 2);
      await scale('classic-green', 3);
      await until(async () => (await registered()) === 3);
    });

    it('goes on from half way, when the second of its two changes failed or its reply was lost', async () => {
      bench.faults.add({ action: 'AttachLoadBalancers', kind: 'error', count: 1 });
      expect(await lead(fleet, 'blue')).toBe('unknown');
      expect(await read(fleet)).toEqual({ side: null, preview: null, isHalf: true });
      bench.faults.add({ action: 'AttachLoadBalancers', kind: 'lost-reply', count: 1 });
      expect(await lead(fleet, 'blue')).toBe('unknown');
      expect(await read(fleet)).toEqual(led('blue'));
    });

    it('does not take the second step before the first one is known to be done', async () => {
      bench.faults.add({ action: 'DetachLoadBalancers', kind: 'lost-reply', count: 1 });
      expect(await lead(fleet, 'green')).toBe('unknown');
      expect(await read(fleet)).toMatchObject({ isHalf: true });
      await leads(fleet, 'green');
    });
  });

  describe('weighted records of Route 53', () => {
    let zone: string;
    let names: Route53Client;
    const fleet = (): Fleet => fleetOf('api', { kind: 'record', zone, name: NAME, type: 'CNAME' });
    const record = (SetIdentifier: string, Weight: number | undefined): ResourceRecordSet => ({
      Name: NAME,
      Type: 'CNAME',
      SetIdentifier,
      Weight,
      TTL: 60,
      ResourceRecords: [{ Value: `${SetIdentifier}.example.com` }],
    });
    const change = async (Action: 'UPSERT' | 'DELETE', ...records: readonly ResourceRecordSet[]) =>
      await names.send(
        new ChangeResourceRecordSetsCommand({
          HostedZoneId: zone,
          ChangeBatch: {
            Changes: records.map((ResourceRecordSet) => ({ Action, ResourceRecordSet })),
          },
        }),
      );
    const records = async () => {
      const list = new ListResourceRecordSetsCommand({ HostedZoneId: zone });
      const { ResourceRecordSets = [] } = await names.send(list);
      return ResourceRecordSets.filter(({ Type }) => Type === 'CNAME');
    };

    beforeAll(async () => {
      // Without our adapters' deadlines: moto's first call of a service takes a while.
      names = new Route53Client({});
      const { HostedZone } = await names.send(
        new CreateHostedZoneCommand({ Name: 'example.com', CallerReference: 'test' }),
      );
      zone = HostedZone!.Id!.replace('/hostedzone/', '');
      await change('UPSERT', record('blue', 1), record('green', 0), {
        ...record('other', undefined),
        Name: 'zebra.example.com',
        SetIdentifier: undefined,
      });
    });

    it('lead to one side, then to the other, and nothing but their weights is changed', async () => {
      expect(await read(fleet())).toEqual(led('blue'));
      const before = await records();
      await leads(fleet(), 'green');
      const withoutWeight = (each: ResourceRecordSet) => ({ ...each, Weight: null });
      expect((await records()).map(withoutWeight)).toEqual(before.map(withoutWeight));
      await leads(fleet(), 'blue');
    });

    it('lead to neither side when both have weight, or none', async () => {
      await change('UPSERT', record('blue', 1), record('green', 9));
      expect(await read(fleet())).toEqual({ side: null, preview: null });
      await change('UPSERT', record('blue', 0), record('green', 0));
      expect(await read(fleet())).toEqual({ side: null, preview: null });
      await change('UPSERT', record('blue', 1));
    });

    it('are not two records, and then nobody knows', async () => {
      await change('UPSERT', record('red', 1));
      expect(await read(fleet())).toContain('is not the name of two records');
      expect(await lead(fleet(), 'green')).toBe('failed');
      await change('DELETE', record('red', 1));
      expect(await read(fleet())).toEqual(led('blue'));
    });

    it('have no health checks: by those Route 53 would send users back by itself', async () => {
      await change('UPSERT', { ...record('blue', 1), HealthCheckId: 'a-check' });
      expect(await read(fleet())).toContain('has a record with a health check');
      expect(await lead(fleet(), 'green')).toBe('failed');
    });
  });
});
