/** A member goes bad, and its host does what it is told. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Stage } from '../stage/stage.ts';
import { named } from './evidence.ts';
import { at, type Cast, KILL_GOAL_MS, type Scenario } from './scenario.ts';

const killedMember: Scenario = {
  name: 'killed-member',
  title: 'A member dies',
  story:
    "One API server's process is killed. Its peers see the connection break and drop it within half a second; " +
    'the load balancer goes on sending users to it until its health checks have failed often enough, and nobody replaces it.',
  evidence: 'fault',
  goalMs: KILL_GOAL_MS,
  removesItself: true,
  strikes: 'member',
  strike: async ({ faults }, { victim }) => await at(faults.killProcess(victim.instanceId)),
  expect: (played) => named(played, 'Dead: refuses connections, and nobody lists it'),
};

/** The fault of many scenarios: what differs is what else goes wrong. */
export const hang: Omit<Scenario, 'name' | 'title' | 'story'> = {
  evidence: 'silence',
  removesItself: false,
  strikes: 'member',
  strike: async ({ faults }, { victim }) => await at(faults.hang(victim.instanceId)),
};

const hungMember: Scenario = {
  ...hang,
  name: 'hung-member',
  title: 'A member hangs',
  story:
    "One API server's process stops running but keeps its connections. Its peers wait for it: calls on every server " +
    'fail whenever they need a session that it owns or backs up, until the heart-beat time-out throws it out.',
  goalMs: KILL_GOAL_MS,
  expect: (played) => named(played, 'Zombie: does not answer, yet the core lists it'),
};

const hungMaster: Scenario = {
  ...hungMember,
  name: 'hung-master',
  title: 'The master hangs',
  story:
    'The oldest member, which alone may remove others, stops running but keeps its connections. Nobody is left to ' +
    'throw it out until every other member has timed it out by itself; until then calls on every server fail.',
  strikes: 'master',
};

const metaspaceZombie: Scenario = {
  name: 'metaspace-zombie',
  title: "A member runs out of Metaspace: the incident's cause, today",
  story:
    "One server's JVM runs out of Metaspace (PermGen, in the days of the incident). It can serve nobody any more, yet " +
    'its heart-beats go on: its peers keep it in the cluster, and with it every session it owns. Waiting does not help.',
  // Measured: under users' load its full collections make it silent; an idle one closes connections instead.
  evidence: 'either',
  goalMs: KILL_GOAL_MS,
  removesItself: false,
  strikes: 'member',
  strike: async ({ faults }, { victim }) => await faults.exhaustMetaspace(victim.instanceId),
  expect: (played) => named(played, 'Zombie: '),
};

const stuckMember: Scenario = {
  name: 'stuck-member',
  title: "All of a member's partition threads are stuck",
  story:
    'A deadlock stops every thread that works on the data of one member. It still answers every health probe and sends ' +
    'heart-beats, so its peers keep it for ever; every call that needs its data hangs, on every server. Only a read of a ' +
    'key that it owns, the canary, can tell which member it is.',
  evidence: 'fault',
  goalMs: KILL_GOAL_MS,
  removesItself: false,
  strikes: 'member',
  strike: async ({ faults }, { victim }) =>
    await at(faults.blockPartitionThreads(victim.instanceId, 'all')),
  expect: (played) => named(played, 'Stuck: answers, but does no work in partition'),
};

const oneStuckThread: Scenario = {
  ...stuckMember,
  name: 'one-stuck-thread',
  title: "One of a member's partition threads is stuck",
  story:
    'An entry processor that never returns holds one partition thread. The partitions of the other threads are served as ' +
    'if nothing were, so a canary that always asks for the same key may never notice; it has to go round the partitions.',
  strike: async ({ faults }, { victim }) =>
    await at(faults.blockPartitionThreads(victim.instanceId, 'one')),
};

/** Longer than a cure may take: who waits for its end is too late. */
const LONG_GC_MS = 20_000;

const longGc: Scenario = {
  ...hungMember,
  name: 'long-gc',
  title: 'A member stops for 20 seconds: longer than is tolerated',
  story:
    'A garbage collection stops the whole JVM for 20 s. All the while calls on every server fail. It would come back by ' +
    'itself, but nobody can know that: past the tolerance it is evicted, and no session may be lost.',
  passes: {
    afterMs: LONG_GC_MS,
    end: async ({ faults }, { victim }) => await faults.resume(victim.instanceId),
  },
};

interface Turns {
  readonly stoppedMs: number;
  readonly runsMs: number;
  readonly times: number;
}

/** A fault that comes and goes: the victim stops and runs by turns, until there is nobody left who could be stopped. */
export const stutter =
  (turns: Turns): Scenario['strike'] =>
  async (stage, cast) =>
    await at(Promise.resolve(void takeTurns(stage, cast, turns)));

const takeTurns = async (
  { faults }: Stage,
  { victim: { instanceId } }: Cast,
  { stoppedMs, runsMs, times }: Turns,
): Promise<void> => {
  for (let n = 0; n < times; n += 1) {
    try {
      await faults.hang(instanceId);
      await sleep(stoppedMs);
      await faults.resume(instanceId);
    } catch {
      return;
    }
    await sleep(runsMs);
  }
};

const MOSTLY_STOPPED = { stoppedMs: 5_000, runsMs: 1_500, times: 30 };

const mostlyStopped: Scenario = {
  ...hang,
  name: 'mostly-stopped',
  title: 'A member answers now and then',
  story:
    'A JVM goes from one full collection to the next: it stops for five seconds, runs for one and a half, and stops again. It never is ' +
    'silent for as long as is tolerated, and no call that needs it can count on it. Good answers now and then must not save it.',
  // Two good times can fall into the tolerance; from the last bad look until the next one, a second apart, nothing counts.
  goalMs: KILL_GOAL_MS + 2 * (MOSTLY_STOPPED.runsMs + 1_000),
  strike: stutter(MOSTLY_STOPPED),
  expect: (played) => named(played, 'Zombie: does not answer, yet the core lists it'),
};

/** Hazelcast sends heart-beats every 5 s; this lets it miss two. */
const ISLAND_HEARTBEAT_S = 10;
const SPLIT_DEADLINE_MS = 60_000;
const LOOK_EVERY_MS = 200;

const island: Scenario = {
  name: 'island',
  title: 'A member lost the cluster and runs on alone',
  story:
    'The network between one member and the others is cut until both sides have given each other up; then it heals. Now ' +
    'there are two clusters behind one load balancer. The lone member answers every probe and acknowledges writes, but ' +
    'it knows only some of the sessions: its users are logged out, and what they write there is lost when it merges back.',
  evidence: 'fault',
  goalMs: KILL_GOAL_MS,
  removesItself: true,
  strikes: 'member',
  heartbeatS: ISLAND_HEARTBEAT_S,
  logsOut: true,
  bringsBack: true,
  misleads: true,
  strike: async (stage, cast) => {
    const { victim, peers } = cast;
    for (const peer of peers) await stage.faults.partition(victim.instanceId, peer.instanceId);
    const deadlineMs = Date.now() + SPLIT_DEADLINE_MS;
    while (!isSplit(stage, cast)) {
      if (Date.now() > deadlineMs)
        throw new Error('the members did not give each other up in time');
      await sleep(LOOK_EVERY_MS);
    }
    const beganAtMs = Date.now();
    for (const peer of peers) await stage.faults.heal(victim.instanceId, peer.instanceId);
    return beganAtMs;
  },
  expect: (played) => named(played, 'Island: works alone, apart from the core'),
};

/** The victim lists itself alone, and nobody else lists it. */
const isSplit = ({ truth }: Stage, { victim, peers }: Cast): boolean => {
  const lists = truth.lists();
  const isAlone = lists.get(victim.address)?.join() === victim.address;
  return (
    isAlone && peers.every(({ address }) => lists.get(address)?.includes(victim.address) === false)
  );
};

export const SINGLE_NODE: readonly Scenario[] = [
  killedMember,
  hungMember,
  hungMaster,
  metaspaceZombie,
  stuckMember,
  oneStuckThread,
  longGc,
  mostlyStopped,
  island,
];
