/** A member hangs, and AWS's interfaces or the controller itself fail as well. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  DescribeInstanceRefreshesCommand,
  StartInstanceRefreshCommand,
} from '@aws-sdk/client-auto-scaling';
import { GROUP } from '../cloud/world.ts';
import { isWhole, type Stage } from '../stage/stage.ts';
import { calls, controllerOf, each, kills, LADDER, once, said, soon, wake } from './evidence.ts';
import type { Played, Scenario } from './scenario.ts';
import { hang } from './single-node.ts';

/** However often something was asked for: one member killed by its host, one newcomer. */
const oneOfEach = (played: Played): readonly string[] => [
  ...once('killed by its host', kills(played).length),
  ...once('replaced by a newcomer', played.launched.length),
];

const lostReplies: Scenario = {
  ...hang,
  name: 'lost-replies',
  title: "A member hangs, and AWS's first answers are lost",
  story:
    'A member hangs. Each call of the cure (out of the load balancer, kill, replace) is carried out by AWS, but its first ' +
    'answer never arrives. Nobody can know what happened, so the world is looked at and the call repeated: the host must ' +
    'kill once, and Auto Scaling must replace once.',
  disturb: async ({ region }) => {
    for (const action of LADDER) region.faults.add({ kind: 'lost-reply', action, count: 1 });
    await Promise.resolve();
  },
  expect: (played) => [
    ...oneOfEach(played),
    ...each(
      LADDER,
      (action) => calls(played, action).some(({ fault }) => fault === 'lost-reply'),
      'lost no reply',
    ),
    ...said(played, /no usable reply to ssm:SendCommand .*it may have happened/),
  ],
};

const throttledLadder: Scenario = {
  ...hang,
  name: 'throttled-ladder',
  title: 'A member hangs while AWS throttles',
  story:
    'A member hangs in an account that is over its request rate. AWS refuses the first two tries of every call of the cure, ' +
    'and the group and its instances cannot be listed for a moment in between. "Not now" is no failure: the same step is ' +
    'asked for again at the next tick, and while the inventory is unreadable nothing is done.',
  disturb: async ({ region: { faults } }) => {
    const throttle = (action: string, count: number, onHit = (): void => {}): void =>
      void faults.add({ kind: 'throttle', action, count, onHit });
    // Reads are tried twice in a tick, so two refusals are one reading that fails.
    let isFirst = true;
    throttle('SendCommand', 2, () => {
      if (isFirst) throttle('DescribeAutoScalingGroups', 2);
      else throttle('DescribeInstances', 1);
      isFirst = false;
    });
    throttle('DeregisterTargets', 2);
    throttle('TerminateInstanceInAutoScalingGroup', 2);
    await Promise.resolve();
  },
  expect: (played) => [
    ...oneOfEach(played),
    ...each(
      LADDER,
      (action) => calls(played, action).filter(({ fault }) => fault === 'throttle').length === 2,
      'was not throttled twice',
    ),
    ...each(
      LADDER,
      (action) => calls(played, action).filter(({ status }) => status === 200).length === 1,
      'did not succeed just once',
    ),
    ...said(played, /SendCommand was throttled/),
  ],
};

const WAKE_EVERY_MS = 3_000;

const twoControllers: Scenario = {
  ...hang,
  name: 'two-controllers',
  title: 'A member hangs, and controllers are started all the time',
  story:
    'A member hangs while the schedule runs wild: every three seconds another controller is started beside the one that ' +
    'watches. Each newcomer takes over in turn; there must be one eviction, and each step of it once.',
  disturb: async (stage) => {
    setInterval(() => wake(stage), WAKE_EVERY_MS).unref();
    await Promise.resolve();
  },
  expect: (played) => [
    ...oneOfEach(played),
    ...LADDER.flatMap((action) => once(`hit by ${action}`, calls(played, action).length)),
    ...(played.stage.region.lambda.find(controllerOf(played.stage)).invocations.length >= 3
      ? []
      : ['fewer than three controllers took over from each other']),
  ],
};

/** Not at once: the schedule does not know that its controller is dead. */
const WAKE_AFTER_DEATH_MS = 2_000;

const controllerDies: Scenario = {
  ...hang,
  name: 'controller-dies',
  title: 'A member hangs, and the controller dies twice while it cures',
  story:
    'A member hangs. The controller dies between its decision and its first act, so that only its record is left; the next ' +
    'one dies when it has sent the order to kill, and nobody notes that it was sent. Each time the following invocation has ' +
    'to wait until the lease of the dead one is over, then finds the record, looks again and goes on from there.',
  disturb: async (stage) => {
    const { faults, lambda } = stage.region;
    const die = (): void => {
      void lambda.kill(controllerOf(stage));
      soon(async () => {
        await sleep(WAKE_AFTER_DEATH_MS);
        wake(stage);
      });
    };
    const dieAtKill = (): void => {
      // Carried out, but nobody is there to hear the answer.
      faults.add({ kind: 'lost-reply', action: 'SendCommand', count: 1, onHit: die });
      die();
    };
    // Refused: the first of them never reaches AWS.
    faults.add({ kind: 'error', action: 'DeregisterTargets', count: 1, onHit: dieAtKill });
    await Promise.resolve();
  },
  expect: (played) => {
    const { invocations } = played.stage.region.lambda.find(controllerOf(played.stage));
    const deaths = invocations.filter(({ functionError }) => functionError !== null).length;
    return [
      ...(deaths === 2 ? [] : [`the controller died ${deaths} times, not twice`]),
      ...oneOfEach(played),
      ...said(played, /evict, taken up again/),
    ];
  },
};

const REFRESH_RESTS_S = 90;
const REFRESH_WITHIN_MS = 90_000;
/** Until the newcomer has its copies and is one of those that count: the story is not about two losses at once. */
const SETTLED_AFTER_MS = 20_000;

const refreshUnderWay: Scenario = {
  ...hang,
  name: 'refresh-under-way',
  title: 'A member hangs while Auto Scaling refreshes the instances',
  story:
    'An instance refresh has replaced the first instance and rests before it takes the next. While it rests a member hangs. ' +
    'It hurts everybody, so it must be killed; but its instance must be left to the refresh: two who replace instances at ' +
    'once take too many. When the refresh goes on it replaces that one as well.',
  prelude: async (stage) => {
    const { autoScaling } = stage.region.clients;
    const Preferences = { CheckpointPercentages: [33, 100], CheckpointDelay: REFRESH_RESTS_S };
    const refresh = { AutoScalingGroupName: GROUP, Preferences };
    await autoScaling.send(new StartInstanceRefreshCommand(refresh));
    const deadlineMs = Date.now() + REFRESH_WITHIN_MS;
    while (!(await isResting(stage))) {
      if (Date.now() > deadlineMs)
        throw new Error('the refresh did not replace its first instance');
      await sleep(LOOK_EVERY_MS);
    }
    await sleep(SETTLED_AFTER_MS);
  },
  expect: (played) => [
    ...once('killed by its host', kills(played).length),
    ...['TerminateInstanceInAutoScalingGroup', 'TerminateInstances']
      .filter((action) => calls(played, action).length > 0)
      .map((action) => `${action} was called while the refresh lasted`),
  ],
};

const LOOK_EVERY_MS = 200;

/** One instance of three is replaced, and all work again. */
const isResting = async (stage: Stage): Promise<boolean> => {
  const described = await stage.region.clients.autoScaling.send(
    new DescribeInstanceRefreshesCommand({ AutoScalingGroupName: GROUP }),
  );
  const percentage = described.InstanceRefreshes?.[0]?.PercentageComplete ?? 0;
  return percentage >= 33 && isWhole(stage, 3);
};

export const DISTURBED: readonly Scenario[] = [
  lostReplies,
  throttledLadder,
  twoControllers,
  controllerDies,
  refreshUnderWay,
];
