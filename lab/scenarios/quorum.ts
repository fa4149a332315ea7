/** The cluster cannot be saved by evictions, or is gone: a new one takes over, or it is repaired or rebuilt where it is. */
import { setTimeout as sleep } from 'node:timers/promises';
import { CLUSTER, changeUserData, GROUP, STANDBY } from '../cloud/world.ts';
import type { Stage } from '../stage/stage.ts';
import {
  at,
  type Cast,
  type Node,
  QUORUM_GOAL_MS,
  type Scenario,
  TOTAL_LOSS_GOAL_MS,
} from './scenario.ts';
import { isSettled, leftovers, moved } from './sides.ts';

const MAJORITY_OF_THREE = 2;
/** Boot, copy, switch, drain, and until the old side is gone. */
const MOVE_CAP_MS = 240_000;

/**
 * Two of three hang, the master among them; whoever is left holds two thirds of the sessions. No time is promised here: where
 * something else goes wrong as well, or nobody has to move, it is another one.
 */
export const quorumLoss: Scenario = {
  name: 'quorum-loss',
  title: 'Two of three members hang',
  story:
    'Two of three members stop running and keep their connections, the master among them. The one that is left is no ' +
    'majority: putting the others out would be a guess. A new cluster forms beside it, gets the sessions that can still be ' +
    'read, and takes all users in one switch. Who had a live copy of a session must notice nothing but the wait.',
  evidence: 'silence',
  removesItself: false,
  strikes: 'master',
  victims: MAJORITY_OF_THREE,
  standby: {},
  countsCopies: true,
  cureCapMs: MOVE_CAP_MS,
  isOver: isSettled,
  strike: async ({ faults }, { victims }) => await at(all(victims, (id) => faults.hang(id))),
  expect: moved,
};

export const all = async (
  nodes: readonly Node[],
  strike: (instanceId: string) => Promise<unknown>,
): Promise<void> => {
  await Promise.all(nodes.map(({ instanceId }) => strike(instanceId)));
};

const quorumLossMetaspace: Scenario = {
  ...quorumLoss,
  name: 'quorum-loss-metaspace',
  title: 'Two of three members run out of Metaspace',
  story:
    "The incident's cause on two servers at once: two JVMs of three run out of Metaspace. Their heart-beats go on, so nobody " +
    'puts them out, and most calls fail on every server. A new cluster forms, the zombies are killed so that the copies of ' +
    'their sessions become readable, and the sessions move.',
  evidence: 'either',
  strike: async ({ faults }, { victims }) => {
    const full = await Promise.all(
      victims.map(({ instanceId }) => faults.exhaustMetaspace(instanceId)),
    );
    return Math.min(...full);
  },
};

const FIVE = 5;
const MAJORITY_OF_FIVE = 3;
const SAFE_WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 100;

/** One after the other: the next one dies when the copies of the last one's data are made. */
const killInTurn = async (stage: Stage, { victims, peers }: Cast): Promise<number> => {
  let beganAtMs = Date.now();
  for (const [index, { instanceId }] of victims.entries()) {
    if (index > 0) await untilSafe(stage, [...victims.slice(index), ...peers]);
    beganAtMs = Date.now();
    await stage.faults.killProcess(instanceId);
  }
  return beganAtMs;
};

/** They list each other and nobody else, and each says that all copies are made. */
const untilSafe = async ({ truth }: Stage, nodes: readonly Node[]): Promise<void> => {
  const wanted = nodes.map(({ address }) => address).toSorted();
  const deadlineMs = Date.now() + SAFE_WITHIN_MS;
  for (;;) {
    const lists = nodes.map(({ address }) => truth.lists().get(address)?.toSorted().join());
    const isSmaller = lists.every((list) => list === wanted.join());
    if (isSmaller && (await Promise.all(wanted.map(isSafe))).every(Boolean)) return;
    if (Date.now() > deadlineMs) throw new Error('the copies were not made in time');
    await sleep(LOOK_EVERY_MS);
  }
};

const ANSWER_WITHIN_MS = 1_000;

const isSafe = async (address: string): Promise<boolean> => {
  const url = `http://${address}:5701/hazelcast/health/cluster-safe`;
  const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
  return await fetch(url, { signal }).then(
    ({ status }) => status === 200,
    () => false,
  );
};

const quorumLossRepairable: Scenario = {
  ...quorumLoss,
  name: 'quorum-loss-repairable',
  title: 'Three of five members die, one after the other',
  story:
    'Three of five members die, each when the copies of the last one have been made again. The two that are left have every ' +
    'session and serve all users, but they are no majority of five. Nothing has to move: what is missing is replaced where ' +
    'it is, and nobody is logged out.',
  evidence: 'fault',
  removesItself: true,
  size: FIVE,
  victims: MAJORITY_OF_FIVE,
  strike: killInTurn,
  expect: ({ stage }) => [
    ...leftovers(stage),
    ...(stage.routing.now() === GROUP ? [] : ['users were sent away from a cluster that worked']),
  ],
};

const THREE = 3;

export const totalLoss: Scenario = {
  ...quorumLoss,
  name: 'total-loss',
  title: 'All members die',
  story:
    'All three processes die at the same moment, and with them every session. Auto Scaling sees three instances that run, ' +
    'and does nothing. A new cluster must form beside them and take the users, who log in again: there is nothing to move, ' +
    'and nobody has to be awake.',
  evidence: 'fault',
  wholeGoalMs: TOTAL_LOSS_GOAL_MS,
  removesItself: true,
  victims: THREE,
  // Nobody is left whose list could tell that they are out.
  mayStay: true,
  strike: async ({ faults }, { victims }) => await at(all(victims, (id) => faults.killProcess(id))),
};

/**
 * Longer than the grace period that the baselines have (controllers.ts) and the checks that come after it, as in the
 * incident: there a boot took minutes, and Auto Scaling cut each one short.
 */
const SLOW_BOOT_MS = 80_000;
const SLOW_CAP_MS = 360_000;
const SLOW_OFF_CAP_S = 360;

/** From now on, on both sides; the members of now booted on a better day. */
const slowBoots = async ({ region }: Stage): Promise<void> => {
  const slow = { BOOT_DELAY_MS: String(SLOW_BOOT_MS) };
  const names = [
    [GROUP, CLUSTER],
    [STANDBY, STANDBY],
  ] as const;
  for (const [group, cluster] of names) {
    const own = { CLUSTER_NAME: cluster, DISCOVER_GROUP: group };
    await changeUserData(region.clients, group, { ...own, ...slow });
  }
};

const totalLossSlowBoot: Scenario = {
  ...totalLoss,
  name: 'total-loss-slow-boot',
  title: 'All members die, and a boot takes longer than Auto Scaling waits',
  story:
    'All three processes die, and a new server needs 80 s until it serves. Health checks that are hastier than that cut every ' +
    'boot short and begin again, for ever: with them alone the service never comes back. A new cluster has to be let form in peace.',
  cureCapMs: SLOW_CAP_MS,
  offCapS: SLOW_OFF_CAP_S,
  disturb: slowBoots,
};

const { standby: _, ...inPlace } = totalLoss;

const rebuild: Scenario = {
  ...inPlace,
  name: 'rebuild',
  title: 'All members die, and there is nowhere to move to',
  story:
    'All three processes die, and the fleet has no second group. What is broken is replaced at once where it is, Auto ' +
    "Scaling's own hasty replacing is held back until the new members have had time to boot, and everything that was " +
    'changed for it is as it was when they serve.',
  expect: ({ stage, victims, launched }) => [
    ...leftovers(stage),
    ...(launched.length >= victims.length
      ? []
      : [`only ${launched.length} newcomers were launched`]),
  ],
};

export const QUORUM: readonly Scenario[] = [
  { ...quorumLoss, wholeGoalMs: QUORUM_GOAL_MS },
  { ...quorumLossMetaspace, wholeGoalMs: QUORUM_GOAL_MS },
  quorumLossRepairable,
  totalLoss,
  totalLossSlowBoot,
  rebuild,
];
