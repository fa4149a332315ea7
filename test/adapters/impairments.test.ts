import { describe, expect, it } from 'vitest';
import { createInventory } from '../../src/adapters/aws/inventory.ts';
import type { Impairment } from '../../src/core/observation.ts';
import { useWire } from './use-wire.ts';
import {
  A,
  B,
  C,
  checkXml,
  FLEET,
  goodAnswers,
  groupXml,
  instancesXml,
  instanceXml,
  statusXml,
} from './wire-fleet.ts';
import { ec2Error, ec2Xml, type WireAnswer } from './wire-server.ts';

const { clients, inputsOf, answer } = useWire(goodAnswers);
const clock = { nowMs: () => 1_000, sleep: async () => {} };

const impairments = async (): Promise<Record<string, readonly Impairment[]> | string> => {
  const inventory = createInventory({ fleet: FLEET, clock, clients: clients() });
  const reading = await inventory.read('blue', AbortSignal.timeout(10_000));
  if (!reading.ok) return reading.error;
  const sick = reading.value.instances.filter((instance) => instance.impairments.length > 0);
  return Object.fromEntries(sick.map((instance) => [instance.instanceId, instance.impairments]));
};

const wellXml = `${checkXml('system', 'ok')}${checkXml('instance', 'ok')}`;
const eventXml = (code: string, description: string, notBefore = ''): string =>
  `${wellXml}<eventsSet><item><code>${code}</code><description>${description}</description>${notBefore}</item></eventsSet>`;

describe('what AWS has against an instance', () => {
  it('is a status check that failed, and nothing less', async () => {
    answer({
      DescribeInstanceStatus: statusXml({
        [A]: `${checkXml('system', 'impaired')}${checkXml('instance', 'impaired')}`,
        [B]: `${checkXml('system', 'ok')}${checkXml('instance', 'impaired')}`,
      }),
    });
    expect(await impairments()).toEqual({
      [A]: [
        { kind: 'systemStatus', code: 'impaired', atMs: null },
        { kind: 'instanceStatus', code: 'impaired', atMs: null },
      ],
      [B]: [{ kind: 'instanceStatus', code: 'impaired', atMs: null }],
    });
  });

  it.each(['initializing', 'insufficient-data', 'not-applicable', 'levitating'])(
    'is not a check that says %s',
    async (word) => {
      answer({ DescribeInstanceStatus: statusXml({ [A]: checkXml('instance', word) }) });
      expect(await impairments()).toEqual({});
    },
  );

  it('is a scheduled event that is still ahead, with its time', async () => {
    const notBefore = '<notBefore>2026-12-01T08:00:00.000Z</notBefore>';
    answer({
      DescribeInstanceStatus: statusXml({
        [A]: eventXml(
          'instance-retirement',
          'The instance is running on degraded hardware',
          notBefore,
        ),
        [B]: eventXml('instance-stop', '[Completed] The instance was stopped', notBefore),
        [C]: eventXml('system-reboot', '[Canceled] Not needed any more'),
      }),
    });
    expect(await impairments()).toEqual({
      [A]: [
        {
          kind: 'scheduledEvent',
          code: 'instance-retirement',
          atMs: Date.parse('2026-12-01T08:00:00Z'),
        },
      ],
    });
  });

  it.each<[string, WireAnswer]>([
    ['denied', ec2Error('UnauthorizedOperation', 'no', 403)],
    ['about an id that EC2 has forgotten', ec2Error('InvalidInstanceID.NotFound', 'no such id')],
    ['silent', 'silent'],
  ])('is nothing, and the rest is good, when the call is %s', async (_, wire) => {
    answer({ DescribeInstanceStatus: wire });
    expect(await impairments()).toEqual({});
  });

  it('is asked for 100 ids at a time', async () => {
    const ids = Array.from({ length: 120 }, (_, index) => `i-${`${index}`.padStart(17, '0')}`);
    answer({ DescribeAutoScalingGroups: groupXml({ ids }) });
    answer({ DescribeInstances: instancesXml(ids.map((id) => instanceXml(id))) });
    await impairments();
    const sizes = inputsOf('DescribeInstanceStatus').map(
      (input) => Object.keys(input).filter((name) => name.startsWith('InstanceId.')).length,
    );
    expect(new Set(sizes)).toEqual(new Set([100, 20]));
  });
});

describe('a spot notice', () => {
  const spot = (id: string): string =>
    `${instanceXml(id)}<instanceLifecycle>spot</instanceLifecycle><spotInstanceRequestId>sir-${id.at(-1)}</spotInstanceRequestId>`;
  const requestsXml = (codes: Readonly<Record<string, string>>): WireAnswer => {
    const items = Object.entries(codes).map(
      ([id, code]) =>
        `<item><spotInstanceRequestId>sir-${id.at(-1)}</spotInstanceRequestId><instanceId>${id}</instanceId><state>active</state><status><code>${code}</code></status></item>`,
    );
    const set = `<spotInstanceRequestSet>${items.join('')}</spotInstanceRequestSet>`;
    return ec2Xml('DescribeSpotInstanceRequests', set);
  };

  it('is asked for spot instances, and for nobody else', async () => {
    answer({ DescribeInstances: instancesXml([spot(A), spot(B), instanceXml(C)]) });
    answer({
      DescribeSpotInstanceRequests: requestsXml({
        [A]: 'marked-for-termination',
        [B]: 'fulfilled',
      }),
    });
    expect(await impairments()).toEqual({
      [A]: [{ kind: 'spotNotice', code: 'marked-for-termination', atMs: null }],
    });
    expect(inputsOf('DescribeSpotInstanceRequests')[0]).toMatchObject({
      'SpotInstanceRequestId.1': 'sir-a',
      'SpotInstanceRequestId.2': 'sir-b',
    });
    expect(inputsOf('DescribeSpotInstanceRequests')[0]).not.toHaveProperty(
      'SpotInstanceRequestId.3',
    );
  });

  it('costs no call in a fleet without spot instances', async () => {
    await impairments();
    expect(inputsOf('DescribeSpotInstanceRequests')).toEqual([]);
  });

  it('is nothing when AWS does not say', async () => {
    answer({ DescribeInstances: instancesXml([spot(A), instanceXml(B), instanceXml(C)]) });
    answer({ DescribeSpotInstanceRequests: ec2Error('UnauthorizedOperation', 'no', 403) });
    expect(await impairments()).toEqual({});
  });
});
