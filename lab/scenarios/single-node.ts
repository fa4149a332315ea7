/** Faults of one node. */
import type { Scenario } from './scenario.ts';

const at = async (fault: Promise<void>): Promise<number> => {
  const beganAtMs = Date.now();
  await fault;
  return beganAtMs;
};

const killedMember: Scenario = {
  name: 'killed-member',
  title: 'A member dies',
  story:
    "One API server's process is killed. Its peers see the connection break and drop it within half a second; " +
    'the load balancer goes on sending users to it until its health checks have failed often enough, and nobody replaces it.',
  evidence: 'fault',
  removesItself: true,
  strikes: 'member',
  strike: async (faults, { instanceId }) => await at(faults.killProcess(instanceId)),
};

export const hungMember: Scenario = {
  name: 'hung-member',
  title: 'A member hangs',
  story:
    "One API server's process stops running but keeps its connections. Its peers wait for it: calls on every server " +
    'fail whenever they need a session that it owns or backs up, until the heart-beat time-out throws it out.',
  evidence: 'silence',
  removesItself: false,
  strikes: 'member',
  strike: async (faults, { instanceId }) => await at(faults.hang(instanceId)),
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
  title: 'A member runs out of Metaspace: the incident',
  story:
    "One server's JVM runs out of Metaspace (PermGen, in the days of the incident). It can serve nobody any more, yet " +
    'its heart-beats go on: its peers keep it in the cluster, and with it every session it owns. Waiting does not help.',
  // Measured: under users' load its full collections make it silent; an idle one closes connections instead.
  evidence: 'either',
  removesItself: false,
  strikes: 'member',
  strike: async (faults, { instanceId }) => await faults.exhaustMetaspace(instanceId),
};

export const SINGLE_NODE: readonly Scenario[] = [
  killedMember,
  hungMember,
  hungMaster,
  metaspaceZombie,
];
