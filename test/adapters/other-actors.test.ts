import { describe, expect, it } from 'vitest';
import { createInventory } from '../../src/adapters/aws/inventory.ts';
import type { OtherActor } from '../../src/core/observation.ts';
import { useWire } from './use-wire.ts';
import { FLEET, goodAnswers, groupXml, refreshesXml } from './wire-fleet.ts';
import { type WireAnswer, xmlError } from './wire-server.ts';

const { clients, inputsOf, answer } = useWire(goodAnswers);

const NOW = '2026-11-23T10:00:00Z';
const clock = { nowMs: () => Date.parse(NOW), sleep: async () => {} };

const others = async (): Promise<readonly OtherActor[] | string> => {
  const inventory = createInventory({ fleet: FLEET, clock, clients: clients() });
  const reading = await inventory.read('blue', AbortSignal.timeout(10_000));
  return reading.ok ? reading.value.otherActors : reading.error;
};

describe('an instance refresh', () => {
  it.each(['Pending', 'InProgress', 'Cancelling', 'RollbackInProgress', 'Baking'])(
    'that is %s is at work',
    async (status) => {
      answer({ DescribeInstanceRefreshes: refreshesXml([status, 33], ['Successful', 100]) });
      expect(await others()).toEqual([
        { kind: 'instanceRefresh', detail: `instance refresh r-0 is ${status} (33 %)` },
      ]);
      expect(inputsOf('DescribeInstanceRefreshes')[0]).toMatchObject({
        AutoScalingGroupName: FLEET.group,
      });
    },
  );

  it.each(['Successful', 'Failed', 'Cancelled', 'RollbackFailed', 'RollbackSuccessful'])(
    'that is %s is over',
    async (status) => {
      answer({ DescribeInstanceRefreshes: refreshesXml([status, 50]) });
      expect(await others()).toEqual([]);
    },
  );

  it.each<[string, WireAnswer, RegExp]>([
    ['denied', xmlError('AccessDenied', 'no', 403), /not known: AWS denied autoscaling:Describe/],
    ['throttled for long', xmlError('Throttling', 'Rate exceeded'), /not known: .* was throttled/],
    ['silent', 'silent', /not known: .* gave no answer in time/],
  ])('may be at work when the call is %s, and the rest is good', async (_, wire, detail) => {
    answer({ DescribeInstanceRefreshes: wire });
    expect(await others()).toEqual([
      { kind: 'instanceRefresh', detail: expect.stringMatching(detail) },
    ]);
  });
});

describe('suspended processes', () => {
  const suspended = (...names: readonly string[]): WireAnswer => {
    const members = names.map(
      (name) =>
        `<member><ProcessName>${name}</ProcessName><SuspensionReason>User suspended at 10:00</SuspensionReason></member>`,
    );
    const more = `<SuspendedProcesses>${members.join('')}</SuspendedProcesses>`;
    return groupXml({ more });
  };

  it.each(['Launch', 'Terminate'])('count when %s is one of them', async (name) => {
    answer({ DescribeAutoScalingGroups: suspended('AZRebalance', name) });
    expect(await others()).toEqual([
      {
        kind: 'suspendedProcess',
        detail: `${name} is suspended in the Auto Scaling group (User suspended at 10:00)`,
      },
    ]);
  });

  it('do not count when replacing works without them', async () => {
    answer({ DescribeAutoScalingGroups: suspended('AZRebalance', 'ScheduledActions') });
    expect(await others()).toEqual([]);
  });
});

describe('a deployment that says so by a tag', () => {
  const tagged = (value: string): void =>
    answer({
      DescribeAutoScalingGroups: groupXml({
        tags: `<member><Key>quorate:deploying-until</Key><Value>${value}</Value></member>`,
      }),
    });

  it.each(['2026-11-23T10:30:00Z', '2026-11-23T11:30:00+01:00', '2026-11-23T10:00:00.001Z'])(
    'is at work until %s',
    async (value) => {
      tagged(value);
      expect(await others()).toEqual([
        { kind: 'deployment', detail: `tag quorate:deploying-until says ${value}` },
      ]);
    },
  );

  it.each([NOW, '2026-11-23T10:30:00+01:00', '2025-01-01T00:00:00Z'])(
    'is over at %s',
    async (value) => {
      tagged(value);
      expect(await others()).toEqual([]);
    },
  );

  it.each(['', 'soon', 'true', '2026-11-23', '2026-11-23T12:00:00', '2026-13-45T99:00:00Z'])(
    'counts, and is told, when its time is "%s"',
    async (value) => {
      tagged(value);
      expect(await others()).toEqual([
        { kind: 'deployment', detail: expect.stringContaining(`is "${value}", which is no time`) },
      ]);
    },
  );
});
