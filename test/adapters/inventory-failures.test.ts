import { beforeEach, describe, expect, it } from 'vitest';
import { createInventory } from '../../src/adapters/aws/inventory.ts';
import type { Clock } from '../../src/ports.ts';
import { useWire } from './use-wire.ts';
import {
  A,
  B,
  C,
  FLEET,
  goodAnswers,
  groupXml,
  IDS,
  instancesXml,
  instanceXml,
  interfacesXml,
} from './wire-fleet.ts';
import { ec2Error, htmlError, type WireAnswer, xml, xmlError } from './wire-server.ts';

const { clients, answer, wire } = useWire(goodAnswers);

let nowMs = 0;
const clock: Clock = { nowMs: () => nowMs, sleep: async () => {} };
beforeEach(() => {
  nowMs = 1_000;
});

const reader = () => createInventory({ fleet: FLEET, clock, clients: clients() });
const read = async () => await reader().read('blue', AbortSignal.timeout(10_000));

/** The sentence of a reading that failed. */
const errorOf = async (answers: Parameters<typeof answer>[0]): Promise<string> => {
  answer(answers);
  const reading = await read();
  return reading.ok ? `read ${JSON.stringify(reading.value)}` : reading.error;
};

it('tells a group that is not there from one that cannot be read', async () => {
  answer({ DescribeAutoScalingGroups: xml('DescribeAutoScalingGroups', '<AutoScalingGroups/>') });
  expect(await read()).toMatchObject({ ok: false, isGone: true });
  answer({ DescribeAutoScalingGroups: groupXml({ more: '<Status>Delete in progress</Status>' }) });
  expect(await read()).not.toHaveProperty('isGone');
});

describe('an inventory that cannot be read says why and what to do', () => {
  it.each<[string, Record<string, WireAnswer>, RegExp]>([
    [
      'no such group',
      { DescribeAutoScalingGroups: xml('DescribeAutoScalingGroups', '<AutoScalingGroups/>') },
      /no Auto Scaling group "shop-asg".*correct `group` of fleet "shop"/,
    ],
    [
      'a group being deleted',
      { DescribeAutoScalingGroups: groupXml({ more: '<Status>Delete in progress</Status>' }) },
      /"shop-asg" reports "Delete in progress"/,
    ],
    [
      'an instance that EC2 does not know',
      { DescribeInstances: instancesXml([instanceXml(A), instanceXml(B)]) },
      new RegExp(`lists ${C} in "shop-asg" but EC2 does not know it`),
    ],
    [
      'a running instance without address',
      {
        DescribeInstances: instancesXml(
          IDS.map((id) => instanceXml(id).replace(/<privateIpAddress>.*<\/privateIpAddress>/, '')),
        ),
      },
      /no private address for/,
    ],
    [
      'a denied group',
      { DescribeAutoScalingGroups: xmlError('AccessDenied', 'not authorized', 403) },
      /^AWS denied autoscaling:DescribeAutoScalingGroups \(AccessDenied\): allow that action/,
    ],
    [
      'denied target health',
      { DescribeTargetHealth: xmlError('AccessDenied', 'no', 403) },
      /^AWS denied elasticloadbalancing:DescribeTargetHealth/,
    ],
    [
      'denied network interfaces',
      { DescribeNetworkInterfaces: ec2Error('UnauthorizedOperation', 'no', 403) },
      /^AWS denied ec2:DescribeNetworkInterfaces/,
    ],
    [
      'throttling that lasts',
      { DescribeAutoScalingGroups: xmlError('Throttling', 'Rate exceeded') },
      /^autoscaling:DescribeAutoScalingGroups was throttled \(Throttling\)/,
    ],
    [
      'an HTML page',
      { DescribeTargetHealth: htmlError },
      /^elasticloadbalancing:DescribeTargetHealth gave no usable answer/,
    ],
    [
      'a lost reply',
      { DescribeInstances: 'loseReply' },
      /^ec2:DescribeInstances gave no usable answer/,
    ],
    [
      'an answer cut in half',
      {
        DescribeInstances: {
          status: 200,
          type: 'text/xml',
          body: '<DescribeInstancesResponse><reservationSet><item>',
        },
      },
      /^ec2:DescribeInstances gave no usable answer|EC2 does not know it/,
    ],
    [
      'silence',
      { DescribeAutoScalingGroups: 'silent' },
      /^autoscaling:DescribeAutoScalingGroups gave no answer in time/,
    ],
  ])('%s', async (_, answers, sentence) => {
    expect(await errorOf(answers)).toMatch(sentence);
  });

  it('a later page that fails: half a list is no list', async () => {
    const pages = [
      instancesXml(
        IDS.map((id) => instanceXml(id)),
        'page-2',
      ),
      ec2Error('UnauthorizedOperation', 'no'),
    ];
    expect(await errorOf({ DescribeInstances: pages })).toMatch(
      /^AWS denied ec2:DescribeInstances/,
    );
  });

  it('the end of the tick', async () => {
    expect(await reader().read('blue', AbortSignal.abort())).toMatchObject({ ok: false });
    expect(wire().calls).toEqual([]);
  });
});

describe("the load balancer's addresses", () => {
  const addressesOf = (reading: Awaited<ReturnType<typeof read>>) =>
    reading.ok ? reading.value.balancerAddresses : reading.error;
  const MINUTE_MS = 60_000;

  it('are read once in five minutes', async () => {
    const kept = reader();
    const signal = AbortSignal.timeout(10_000);
    await kept.read('blue', signal);
    answer({ DescribeNetworkInterfaces: interfacesXml(['10.0.3.250']) });
    nowMs += 4 * MINUTE_MS;
    expect(addressesOf(await kept.read('blue', signal))).toEqual(['10.0.1.250', '10.0.2.250']);
    nowMs += 2 * MINUTE_MS;
    expect(addressesOf(await kept.read('blue', signal))).toEqual(['10.0.3.250']);
  });

  it('stay as they were for an hour when they cannot be read again, and no longer', async () => {
    const kept = reader();
    const signal = AbortSignal.timeout(10_000);
    await kept.read('blue', signal);
    answer({ DescribeTargetGroups: xmlError('AccessDenied', 'no', 403) });
    nowMs += 30 * MINUTE_MS;
    expect(addressesOf(await kept.read('blue', signal))).toEqual(['10.0.1.250', '10.0.2.250']);
    nowMs += 31 * MINUTE_MS;
    expect(addressesOf(await kept.read('blue', signal))).toMatch(
      /^AWS denied elasticloadbalancing:DescribeTargetGroups/,
    );
  });

  it('are none without a target group', async () => {
    answer({ DescribeAutoScalingGroups: groupXml({ targetGroups: [] }) });
    expect(addressesOf(await read())).toEqual([]);
  });
});
