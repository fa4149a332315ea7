/** A fleet moves to its other side, and something else goes wrong, or nothing is wrong at all. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultRule } from '../cloud/faults.ts';
import { CLUSTER, GROUP, STANDBY } from '../cloud/world.ts';
import type { Stage } from '../stage/stage.ts';
import { calls, controllerOf, each, said, soon, wake } from './evidence.ts';
import { all, quorumLoss } from './quorum.ts';
import type { Played, Scenario } from './scenario.ts';
import { courierOf, ended, leftovers, moved, order, stayed } from './sides.ts';

const LONG_CAP_MS = 360_000;

const standbyFailsToForm: Scenario = {
  ...quorumLoss,
  name: 'standby-fails-to-form',
  title: 'Two of three members hang, and the new ones do not find each other',
  story:
    "Two of three members hang. The standby's members look for a tag that no instance has: each of them starts, finds " +
    'nobody, and is a cluster of its own. No user may ever be sent there: the move is undone, the reason is said, and the ' +
    'fleet is repaired where it is.',
  standby: { userData: { DISCOVER_GROUP: 'nobody' } },
  cureCapMs: LONG_CAP_MS,
  expect: (played) => [...stayed(played), ...said(played, /do not find each other/)],
};

const standbyJoinsTheOldCluster: Scenario = {
  ...quorumLoss,
  name: 'standby-joins-the-old-cluster',
  title: 'Two of three members hang, and the new ones join them',
  story:
    "Two of three members hang. The standby's members have the old cluster's name and see its instances, a mistake in one " +
    'launch template: they become members of the very cluster that they shall replace. That is said in clear words, users ' +
    'are never sent there, the strangers leave one by one, because they hold copies by then, and the fleet is repaired where it is.',
  // The master is left: a newcomer cannot join a master that hangs.
  strikes: 'member',
  standby: { userData: { CLUSTER_NAME: CLUSTER, DISCOVER_GROUP: GROUP } },
  cureCapMs: LONG_CAP_MS,
  expect: (played) => [
    ...stayed(played),
    ...said(played, /the standby joined the old cluster .* another cluster name/),
  ],
};

/** After the tolerance and the confirmation, before the new members have booted and the sessions are copied. */
const RECOVERS_AFTER_MS = 27_000;

const oldClusterRecovers: Scenario = {
  ...quorumLoss,
  name: 'old-cluster-recovers-midway',
  title: 'Two of three members hang, and go on while the fleet moves',
  story:
    'Two of three members hang for 27 s: long enough for a new cluster to be on its way, but not for anything of the old one ' +
    'to be killed, because its fleets file prefers data. Then they go on as if nothing had been. The move is given up, the ' +
    'other side is empty again, nobody is replaced, and no session is lost.',
  prefer: 'data',
  passes: {
    afterMs: RECOVERS_AFTER_MS,
    end: async ({ faults }, { victims }) => await all(victims, (id) => faults.resume(id)),
  },
  mayStay: true,
  expect: (played) => [
    ...stayed(played),
    ...said(played, /the old cluster works again/),
    ...(played.launched.length > 0 ? [] : ['no new cluster was ever on its way']),
    ...(calls(played, 'SendCommand').length > 0 ? ['somebody who works was killed'] : []),
  ],
};

/** Not at once: the schedule does not know that its controller is dead. */
const WAKE_AFTER_DEATH_MS = 2_000;

type Step = Pick<FaultRule, 'service' | 'action' | 'about'>;

/** The event that tells that a phase begins: it is recorded by then, and nothing of it is done. */
const begins = (phase: string): Step => ({
  action: 'PutEvents',
  about: new RegExp(String.raw`\\"phase\\":\\"${phase}\\",\\"act\\":null`),
});

/**
 * The controller does not survive any of them: where a step does something, that is done, and nobody hears the answer.
 * `form`, `isolate`, `level` and `verify` have no beginning of their own where all that they prove is there by then; what they
 * rest on is done before.
 */
const STEPS: Readonly<Record<string, Step>> = {
  launch: { action: 'UpdateAutoScalingGroup', about: new RegExp(`"${STANDBY}"`) },
  'the kill of the sick': { action: 'SendCommand' },
  'the rule for verifying': { action: 'CreateRule' },
  copy: { action: 'Invoke', about: /courier"/ },
  'the word before the switch': begins('switch'),
  switch: { action: 'ModifyListener' },
  drain: begins('drain'),
  'the end of the courier': { service: 'dynamodb', action: 'UpdateItem', about: /"endJob"/ },
  retire: { action: 'UpdateAutoScalingGroup', about: new RegExp(`"${GROUP}"`) },
};

const deathsOf = new WeakMap<Stage, string[]>();

const controllerKilled: Scenario = {
  ...quorumLoss,
  name: 'controller-killed-during-failover',
  title: 'Two of three members hang, and the controller dies at every step of the move',
  story:
    'Two of three members hang. At every step of the move the call is carried out, but the controller dies before it hears ' +
    'the answer; the next one finds what was noted before, looks at the world and goes on. In the end there is one cluster ' +
    'with all users, one side is retired, and nothing is left suspended.',
  cureCapMs: LONG_CAP_MS,
  disturb: async (stage) => {
    const { faults, lambda } = stage.region;
    const who = controllerOf(stage);
    const deaths: string[] = [];
    deathsOf.set(stage, deaths);
    for (const [name, step] of Object.entries(STEPS)) {
      const onHit = (): void => {
        deaths.push(name);
        void lambda.kill(who);
        soon(async () => {
          await sleep(WAKE_AFTER_DEATH_MS);
          wake(stage);
        });
      };
      faults.add({ ...step, who, kind: 'lost-reply', count: 1, onHit });
    }
    await Promise.resolve();
  },
  expect: (played) => {
    const deaths = deathsOf.get(played.stage) ?? [];
    return [
      ...moved(played),
      ...each(Object.keys(STEPS), (name) => deaths.includes(name), 'killed no controller'),
    ];
  },
};

const COURIER_DEATHS = 2;
const LOOK_EVERY_MS = 100;
const LIVES_FOR_MS = 1_500;

const courierKilled: Scenario = {
  ...quorumLoss,
  name: 'courier-killed',
  title: 'Two of three members hang, and the courier dies while it carries their sessions',
  story:
    'Two of three members hang. The courier that carries the sessions to the new cluster is killed in the middle of it, ' +
    'twice. Another one takes over from what it left in the table: nothing is lost, nobody who logged out comes back, and ' +
    'users are not sent over before both sides are level again.',
  cureCapMs: LONG_CAP_MS,
  disturb: async (stage) => {
    soon(async () => {
      for (let deaths = 0; deaths < COURIER_DEATHS; ) {
        await sleep(LOOK_EVERY_MS);
        const courier = courierOf(stage);
        if (courier === null || stage.region.lambda.find(courier).busy() === 0) continue;
        await sleep(LIVES_FOR_MS);
        if ((await stage.region.lambda.kill(courier)) > 0) deaths += 1;
      }
    });
    await Promise.resolve();
  },
  expect: (played) => {
    const courier = courierOf(played.stage);
    const lives = courier === null ? [] : played.stage.region.lambda.find(courier).invocations;
    const deaths = lives.filter(({ functionError }) => functionError !== null).length;
    const last = lives.at(-1)?.payload ?? '';
    return [
      ...moved(played),
      ...(deaths === COURIER_DEATHS ? [] : [`the courier died ${deaths} times, not twice`]),
      ...(/"phase":"ended"/.test(last) ? [] : [`the last courier said ${last}`]),
    ];
  },
};

const NO_ROOM_FOR_MS = 40_000;

const noCapacity: Scenario = {
  ...quorumLoss,
  name: 'no-capacity',
  title: 'Two of three members hang, and EC2 has no room for new ones',
  story:
    'Two of three members hang, and for 40 s no zone has room for another instance. The new cluster cannot be launched; ' +
    'that is said, nothing of the old one is touched meanwhile that still serves somebody, and the move goes on when there is room.',
  cureCapMs: LONG_CAP_MS,
  disturb: async ({ region }) => {
    const giveBack = region.capacity.exhaust();
    soon(async () => {
      await sleep(NO_ROOM_FOR_MS);
      giveBack();
    });
    await Promise.resolve();
  },
  expect: (played) => [
    ...moved(played),
    ...said(played, /waits for the instances of the other side, 0 of 3 are there/),
  ],
};

/** A move of a cluster that works: what it has to be measured by is that nobody notices. */
const plannedMove: Scenario = {
  name: 'planned-move',
  title: 'A fleet moves to a new cluster, and nothing is wrong',
  story:
    'Somebody orders a move: a new version, a new instance type. All three members work, and 200 calls a second come in ' +
    'while the sessions are carried over, both sides are kept level, and users are sent to the new side in one switch. Not ' +
    'one call may fail, no session may be lost, and nobody who logged out may be logged in again.',
  evidence: 'notice',
  removesItself: false,
  strikes: 'nobody',
  serves: true,
  standby: {},
  countsCopies: true,
  load: { users: 200, perSecond: 200 },
  mustNotFail: true,
  // Nobody is struck; that the old side is empty is asked of its group, whose members need not have seen the last one go.
  mayStay: true,
  cureCapMs: LONG_CAP_MS,
  isOver: (stage) => stage.routing.now() === STANDBY && leftovers(stage).length === 0,
  strike: async (stage) => await Promise.resolve(order(stage, 'move')),
  expect: moved,
};

const SWITCHED_WITHIN_MS = 240_000;
/** Users have written on the new side by then. */
const ABORTED_AFTER_MS = 3_000;

const abortAfterSwitch: Scenario = {
  ...plannedMove,
  name: 'abort-after-switch',
  title: 'A move is aborted when the users are on the new side already',
  story:
    'A fleet moves, users are on the new side and have written there, and then somebody aborts. What was written on the new ' +
    'side goes back first, then the users do: both in one switch. Nobody loses a session, and the new side goes away.',
  isOver: (stage) =>
    wasElsewhere(stage) && stage.routing.now() === GROUP && leftovers(stage).length === 0,
  strike: async (stage) => {
    const orderedAtMs = order(stage, 'move');
    soon(async () => {
      const deadlineMs = Date.now() + SWITCHED_WITHIN_MS;
      while (stage.routing.now() !== STANDBY && Date.now() < deadlineMs) await sleep(LOOK_EVERY_MS);
      await sleep(ABORTED_AFTER_MS);
      order(stage, 'abort');
    });
    return await Promise.resolve(orderedAtMs);
  },
  expect: (played: Played) => [...ended(played, GROUP, 2), ...said(played, /abort/i)],
};

const wasElsewhere = ({ region }: Stage): boolean =>
  region.journal.find({ action: 'ModifyListener' }).length >= 2;

export const MOVING: readonly Scenario[] = [
  plannedMove,
  abortAfterSwitch,
  standbyFailsToForm,
  standbyJoinsTheOldCluster,
  oldClusterRecovers,
  controllerKilled,
  courierKilled,
  noCapacity,
];
