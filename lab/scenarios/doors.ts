/** The schedule is down and nobody watches: the loop is begun by an alarm, or by a person. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Stage } from '../stage/stage.ts';
import { functionOf, kills, LADDER, once, ordered, soon, wake } from './evidence.ts';
import { command, commandUntilDone, UNDER_WAY } from './people.ts';
import type { Cast, Scenario } from './scenario.ts';
import { hang } from './single-node.ts';
import { answered, answersOf, takenBy, watches } from './who-acted.ts';

/** The lease of whoever watched last (12 s), and a second for clocks that differ: until then somebody seems to watch. */
const LEASE_MS = 14_000;

/** The scheduler begins nobody any more, and whoever watches is lost with it. */
const silence = async (stage: Stage): Promise<void> => {
  const { schedules, lambda } = stage.region;
  schedules.setPaused(true);
  const name = functionOf(stage, 'schedule');
  if (lambda.functions.has(name)) await lambda.kill(name);
  await sleep(LEASE_MS);
};

const endSilence = (stage: Stage): void => {
  stage.region.schedules.setPaused(false);
  wake(stage);
};

/** The alarm comes after three minutes without a heart-beat, whenever in that time the fault began. */
const ALARM_AFTER_MS = 5_000;
/** An alarm that goes off once more finds somebody watching. */
const ALARM_AGAIN_AFTER_MS = 5_000;

const ring = async ({ region: { alarms } }: Stage): Promise<void> => {
  const name = alarms.names().find((each) => each.endsWith('-silent'));
  if (name === undefined) return;
  await sleep(ALARM_AFTER_MS);
  alarms.set(name, 'ALARM');
  await sleep(ALARM_AGAIN_AFTER_MS);
  alarms.set(name, 'OK');
  alarms.set(name, 'ALARM');
};

const wokenByAlarm: Scenario = {
  ...hang,
  name: 'woken-by-alarm',
  title: 'A member hangs while the schedule is down, and an alarm wakes Quorate',
  story:
    'The scheduler is down and nobody watches the fleet when a member hangs. What notices is an alarm: no heart-beat has come ' +
    'for three minutes. It wakes another function that runs the same loop, sees the member with its own eyes, waits out the ' +
    'tolerance and cures it, alone. The alarm goes off twice; the second one finds somebody watching and leaves it to them.',
  prelude: silence,
  strike: async (stage, cast) => {
    soon(async () => await ring(stage));
    return await hang.strike(stage, cast);
  },
  expect: (played) => [
    ...takenBy(played, 'alarm', LADDER),
    ...once('killed by its host', kills(played).length),
    ...once('replaced by a newcomer', played.launched.length),
    ...watches(played, 'alarm', 1),
    ...(answersOf(played, 'alarm').some((answer) => /-silent .*"already watching/.test(answer))
      ? []
      : ['the alarm that went off again was not told that somebody watches']),
  ],
};

const reason = 'the scenario says so';

/** The fleet is paused: whoever orders is told so. Then it is resumed. */
const orderInVain = async (stage: Stage, { victim: { instanceId } }: Cast): Promise<void> => {
  await command(stage, { kind: 'pause', reason, untilMs: null });
  await command(stage, { kind: 'evict', instanceId, reason });
  await command(stage, { kind: 'resume' });
};

const ORDERED = 'ordered-eviction';

const orderedEviction: Scenario = {
  name: ORDERED,
  title: 'A person evicts a member that works, while the schedule is down',
  story:
    'A person wants a member out that works, for reasons that no probe sees, and nobody watches the fleet. While it is paused ' +
    'the order is refused. Once it is resumed, the function that takes orders carries it out itself, without tolerance and ' +
    'last look, but by every rail. Asked again with the same request id, nothing is done twice.',
  evidence: 'notice',
  removesItself: false,
  strikes: 'member',
  prelude: silence,
  strike: async (stage, cast) => {
    const { instanceId } = cast.victim;
    const isDeployed = functionOf(stage, 'command') !== '?';
    if (isDeployed) await orderInVain(stage, cast);
    const orderedAtMs = Date.now();
    soon(async () => {
      if (!isDeployed) return;
      const evict = { kind: 'evict', instanceId, reason, requestId: ORDERED } as const;
      await commandUntilDone(stage, evict);
      await command(stage, { ...evict, instanceId: cast.peers[0]?.instanceId ?? '?' });
      endSilence(stage);
    });
    return orderedAtMs;
  },
  isOver: (stage) => OTHER_ORDER.test(answersOf({ stage }, 'command').at(-1) ?? ''),
  expect: (played) => [
    ...takenBy(played, 'command', LADDER),
    ...once('killed by its host', kills(played).length),
    ...once('replaced by a newcomer', played.launched.length),
    ...answered(played, [
      /"ok":true.*is paused/,
      /"ok":false,"why":"refused".*I5: paused by lab/,
      /"ok":true.*resumed/,
    ]),
    ...(DONE.test(answersOf(played, 'command').at(-2) ?? '')
      ? []
      : ['the order that was given again was not answered with what had been done']),
  ],
};

const OTHER_ORDER = /"ok":false.*stands for another order/;
const DONE = /"ok":true,"answer":"done"/;

/** What a replacement in good order calls. */
const GOOD_ORDER = ['EnterStandby', 'SendCommand', 'TerminateInstanceInAutoScalingGroup'];

const orderedReplacement: Scenario = {
  name: 'ordered-replacement',
  title: 'A person replaces a member that works, while the schedule is down',
  story:
    'A person orders that a member be replaced in good order, and nobody watches the fleet. The function that takes orders ' +
    'begins it, and answers when its 25 s are up; asked again with the same request id it goes on where it stands. The spare ' +
    'takes its place, the member hands over its data and stops. Not one call may fail, and no session may be lost.',
  evidence: 'notice',
  removesItself: false,
  strikes: 'member',
  mustNotFail: true,
  prelude: silence,
  strike: async (stage, { victim: { instanceId } }) => {
    soon(async () => {
      if (functionOf(stage, 'command') === '?') return;
      await commandUntilDone(stage, { kind: 'replace', instanceId, reason });
      endSilence(stage);
    });
    return await Promise.resolve(Date.now());
  },
  isOver: (stage) => DONE.test(answersOf({ stage }, 'command').at(-1) ?? ''),
  expect: (played) => [
    ...takenBy(played, 'command', GOOD_ORDER),
    ...(ordered(played, 'stop').length === 1
      ? []
      : ['the member was not asked once to leave in good order']),
    ...once('replaced by a newcomer', played.launched.length),
    ...answered(played, [UNDER_WAY]),
  ],
};

export const DOORS: readonly Scenario[] = [wokenByAlarm, orderedEviction, orderedReplacement];
