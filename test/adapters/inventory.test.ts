import { beforeEach, describe, expect, it } from 'vitest';
import { createInventory } from '../../src/adapters/aws/inventory.ts';
import type { Clock } from '../../src/ports.ts';
import { useWire } from './use-wire.ts';
import {
  A,
  agentsJson,
  B,
  BLUE,
  C,
  FLEET,
  GREEN,
  goodAnswers,
  groupXml,
  healthXml,
  IDS,
  instancesXml,
  instanceXml,
  LAUNCHED_AT,
} from './wire-fleet.ts';
import { ec2Error, jsonError } from './wire-server.ts';

const { clients, inputsOf, answer } = useWire(goodAnswers);

let nowMs = 0;
const clock: Clock = { nowMs: () => nowMs, sleep: async () => {} };
beforeEach(() => {
  nowMs = 1_000;
});

const reader = () => createInventory({ fleet: FLEET, clock, clients: clients() });
const read = async () => await reader().read(AbortSignal.timeout(10_000));

describe('the inventory', () => {
  it('tells group, instances, targets, agents and the load balancer in one value', async () => {
    const instance = (instanceId: string, zone: string, agentOnline: boolean) => ({
      instanceId,
      address: `10.0.${IDS.indexOf(instanceId) + 1}.4`,
      zone,
      ec2State: 'running',
      lifecycle: 'InService',
      launchedAtMs: Date.parse(LAUNCHED_AT),
      tagged: true,
      target: 'healthy',
      agentOnline,
      impairments: [],
    });
    expect(await read()).toEqual({
      ok: true,
      value: {
        readAtMs: 1_000,
        groupTagged: true,
        desired: 3,
        otherActors: [],
        departed: [],
        instances: [
          instance(A, 'eu-central-1a', true),
          instance(B, 'eu-central-1b', false),
          instance(C, 'eu-central-1c', false),
        ],
        balancerAddresses: ['10.0.1.250', '10.0.2.250'],
      },
    });
  });

  it('finds the balancer by the description and VPC of its network interfaces', async () => {
    await read();
    expect(inputsOf('DescribeNetworkInterfaces')[0]).toMatchObject({
      'Filter.1.Name': 'description',
      'Filter.1.Value.1': 'ELB app/web/50dc6c495c0c9188',
      'Filter.2.Name': 'vpc-id',
      'Filter.2.Value.1': 'vpc-1',
    });
  });

  it('reads every page of the instances', async () => {
    answer({
      DescribeInstances: [
        instancesXml([instanceXml(A)], 'page-2'),
        instancesXml([instanceXml(B), instanceXml(C)]),
      ],
    });
    expect(await read()).toMatchObject({
      ok: true,
      value: { instances: IDS.map((instanceId) => ({ instanceId })) },
    });
    const pages = inputsOf('DescribeInstances');
    expect(pages.map((input) => input['NextToken'])).toEqual([undefined, 'page-2']);
  });

  it('takes the worst state over several target groups', async () => {
    answer({ DescribeAutoScalingGroups: groupXml({ targetGroups: [BLUE, GREEN] }) });
    answer({
      DescribeTargetHealth: [
        healthXml({ [A]: 'healthy', [B]: 'healthy', [C]: 'unhealthy.draining' }),
        healthXml({ [A]: 'healthy', [B]: 'unhealthy' }),
      ],
    });
    const reading = await read();
    expect(reading.ok && reading.value.instances.map(({ target }) => target)).toEqual([
      'healthy',
      'unhealthy',
      'draining',
    ]);
  });

  it('finds target groups that were attached as traffic sources', async () => {
    const more = `<TrafficSources><member><Identifier>${GREEN}</Identifier><Type>elbv2</Type></member></TrafficSources>`;
    answer({ DescribeAutoScalingGroups: groupXml({ targetGroups: [], more }) });
    await read();
    expect(inputsOf('DescribeTargetHealth')[0]).toMatchObject({
      TargetGroupArn: GREEN,
    });
  });

  it('calls a target that is not registered, or in a state it does not know, unknown', async () => {
    answer({ DescribeTargetHealth: healthXml({ [A]: 'levitating' }) });
    const reading = await read();
    expect(reading.ok && reading.value.instances.map(({ target }) => target)).toEqual([
      'unknown',
      'unknown',
      'unknown',
    ]);
  });

  it('tells a missing opt-in tag as a fact', async () => {
    answer({ DescribeAutoScalingGroups: groupXml({ tag: 'another-fleet' }) });
    expect(await read()).toMatchObject({ ok: true, value: { groupTagged: false } });
  });

  it('keeps an instance whose address EC2 has taken back', async () => {
    const state = '<instanceState><code>48</code><name>terminated</name></instanceState>';
    answer({
      DescribeInstances: instancesXml([instanceXml(A, state), instanceXml(B), instanceXml(C)]),
    });
    const reading = await read();
    expect(reading.ok && reading.value.instances[0]).toMatchObject({
      ec2State: 'terminated',
      address: '',
    });
  });

  it('names those of the group that are terminated and no longer listed by it', async () => {
    const state = (code: number, name: string): string =>
      `<instanceState><code>${code}</code><name>${name}</name></instanceState>`;
    const listed = IDS.map((id) => instanceXml(id));
    const others = [
      instanceXml('i-000000000000000d1', state(48, 'terminated')),
      instanceXml('i-000000000000000d2', state(32, 'shutting-down')),
    ];
    answer({ DescribeInstances: instancesXml([...listed, ...others]) });
    const reading = await read();
    expect(reading.ok && reading.value.departed).toEqual(['i-000000000000000d1']);
    expect(reading.ok && reading.value.instances).toHaveLength(3);
  });

  it('does without SSM: whether an agent is online is not vital', async () => {
    answer({ DescribeInstanceInformation: jsonError('AccessDeniedException', 'no') });
    const reading = await read();
    expect(reading.ok && reading.value.instances.map(({ agentOnline }) => agentOnline)).toEqual([
      null,
      null,
      null,
    ]);
  });

  it('is not held up by an SSM that says nothing', async () => {
    answer({ DescribeInstanceInformation: 'silent' });
    expect(await read()).toMatchObject({ ok: true });
  });

  it('asks a second time when it was throttled once', async () => {
    answer({
      DescribeInstances: [
        ec2Error('RequestLimitExceeded', 'Request limit exceeded.', 503),
        instancesXml(IDS.map((id) => instanceXml(id))),
      ],
    });
    expect(await read()).toMatchObject({ ok: true });
  });
});

describe('a group of 120 instances', () => {
  const ids = Array.from({ length: 120 }, (_, index) => `i-${`${index}`.padStart(17, '0')}`);

  it('is asked for its agents 50 at a time', async () => {
    answer({ DescribeAutoScalingGroups: groupXml({ ids }) });
    answer({ DescribeInstances: instancesXml(ids.map((id) => instanceXml(id))) });
    answer({
      DescribeInstanceInformation: agentsJson(Object.fromEntries(ids.map((id) => [id, 'Online']))),
    });
    const reading = await read();
    expect(reading.ok && reading.value.instances.filter((one) => one.agentOnline)).toHaveLength(
      120,
    );
    expect(inputsOf('DescribeInstanceInformation')).toHaveLength(3);
  });
});
