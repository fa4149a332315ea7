/** A member hangs, and something else goes wrong as well: AWS, the host's agent, or the controller itself. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  calls,
  commands,
  controllerOf,
  each,
  kills,
  newcomers,
  once,
  said,
  soon,
  wake,
} from './evidence.ts';
import type { Played, Scenario } from './scenario.ts';
import { hungMember } from './single-node.ts';

/** The calls of the ladder that change something. */
const LADDER = ['DeregisterTargets', 'SendCommand', 'TerminateInstanceInAutoScalingGroup'];

/** However often something was asked for: one member killed by its host, one newcomer. */
const oneOfEach = (played: Played): readonly string[] => [
  ...once('killed by its host', kills(played).length),
  ...once('replaced by a newcomer', newcomers(played).length),
];

const lostReplies: Scenario = {
  ...hungMember,
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
  ...hungMember,
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

const noAgent: Scenario = {
  ...hungMember,
  name: 'no-agent',
  title: 'A member hangs on a host without an SSM agent',
  story:
    'A member hangs, and nothing can be run on its host: no SSM agent answers there. The kill is refused, which Quorate ' +
    'says, and it goes on to replace the instance. A hung server cannot shut down, so in the end its power is cut; its ' +
    "peers notice nothing of that and wait for their heart-beat time-out. Here that is Hazelcast's own default of 60 s; " +
    'with the 300 s of the incident they would wait five minutes.',
  heartbeatS: 60,
  disturb: async ({ hypervisor }, { instanceId }) => {
    hypervisor.removeAgent(instanceId);
    await Promise.resolve();
  },
  expect: (played) => [
    ...(commands(played).length === 0
      ? []
      : ['a command was delivered to a host without an agent']),
    ...once('replaced by a newcomer', newcomers(played).length),
    ...said(played, /kill failed .*InvalidInstanceId/),
    ...said(played, /the kill gave no proof .*InvalidInstanceId.*: replace /),
    ...said(played, /its instance is gone, but they list it/),
  ],
};

/** The member is back this long before the order expires, and the order arrives this long after. */
const RECOVERS_BEFORE_MS = 2_000;
const DELIVERED_AFTER_MS = 500;

const lateDelivery: Scenario = {
  ...hungMember,
  name: 'late-delivery',
  title: 'The order to kill arrives when the member works again',
  story:
    'A member hangs. The order to kill it is stuck inside SSM; just before the order expires, the member comes back to life. ' +
    'Then the order arrives: its host must refuse it, because it is late. Quorate has no proof that the member is gone, and ' +
    'after the last look there is only forward: it replaces the instance, which now shuts down in good order.',
  disturb: async (stage, victim) => {
    const release = stage.region.ssm.hold(victim.instanceId);
    soon(async () => {
      const notAfterMs = await orderExpiry(stage);
      await sleep(notAfterMs - RECOVERS_BEFORE_MS - Date.now());
      await stage.faults.resume(victim.instanceId);
      await sleep(notAfterMs + DELIVERED_AFTER_MS - Date.now());
      release();
    });
    await Promise.resolve();
  },
  expect: (played) => {
    const [order] = commands(played);
    return [
      ...(/^refused: late by \d+ s$/m.test(order?.stdout ?? '')
        ? []
        : [
            `the host did not refuse the order as late, but said "${order?.stdout.trim() ?? 'nothing'}"`,
          ]),
      ...(kills(played).length === 0 ? [] : ['a member that worked again was killed']),
      ...once('replaced by a newcomer', newcomers(played).length),
    ];
  },
};

const orderExpiry = async (stage: Played['stage']): Promise<number> => {
  for (;;) {
    const [order] = stage.region.journal.find({ action: 'SendCommand' });
    const notAfter = /"NotAfter":\["(\d+)"\]/.exec(order?.parameters ?? '')?.[1];
    if (notAfter !== undefined) return Number(notAfter);
    await sleep(50);
  }
};

const WAKE_EVERY_MS = 3_000;

const twoControllers: Scenario = {
  ...hungMember,
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
  ...hungMember,
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

/** Longer than the tolerance of a wrong answer, shorter than that of silence. */
const FREEZE_MS = 6_000;

const shortFreeze: Scenario = {
  ...hungMember,
  name: 'short-freeze',
  title: 'A member freezes for six seconds',
  story:
    'A member does not answer for six seconds, as in a long garbage collection, and then goes on as if nothing had been. ' +
    'Users feel it, but nothing is broken: whoever acts now turns a hiccup into an outage. Quorate must do nothing.',
  mustSpare: true,
  strike: async (faults, { instanceId }) => {
    const beganAtMs = Date.now();
    await faults.hang(instanceId);
    await sleep(FREEZE_MS);
    await faults.resume(instanceId);
    return beganAtMs;
  },
  expect: (played) => [
    ...said(played, /does not answer for .* more are tolerated/),
    ...(newcomers(played).length === 0 ? [] : ['an instance was launched']),
  ],
};

export const DISTURBED: readonly Scenario[] = [
  lostReplies,
  throttledLadder,
  noAgent,
  lateDelivery,
  twoControllers,
  controllerDies,
  shortFreeze,
];
