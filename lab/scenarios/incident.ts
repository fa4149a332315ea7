/** The incident's own software: Hazelcast 2.6.10, with the heart-beat time-out of 300 s that it had by default. */
import { fenced, noFenceLeft, once } from './evidence.ts';
import { vanish } from './host.ts';
import { FENCE_GOAL_MS, KILL_GOAL_MS, type Scenario } from './scenario.ts';
import { hang } from './single-node.ts';

const HEARTBEAT_S = 300;
/** The heart-beat time-out, and a minute for what comes after. */
const OFF_CAP_S = 360;

const theIncident: Scenario = {
  ...hang,
  name: 'the-incident',
  title: 'The incident on its own software: a member hangs',
  story:
    "Hazelcast 2.6.10, as it was run then. One API server's JVM stops; its host keeps the connections open, so the others " +
    'wait for it for up to five minutes. Until then calls fail on every server, whoever serves them.',
  line: '2.6',
  heartbeatS: HEARTBEAT_S,
  offCapS: OFF_CAP_S,
  goalMs: KILL_GOAL_MS,
  expect: (played) => once('replaced by a newcomer', played.launched.length),
};

const theIncidentHost: Scenario = {
  ...theIncident,
  name: 'the-incident-host',
  title: 'The incident on its own software, second part: a host vanishes',
  story:
    'Hazelcast 2.6.10 again. This time a whole host drops off the network, without a word to anybody: no connection breaks, ' +
    'so the others wait just as long. Nothing can be run on a host that is gone; only its peers can refuse it.',
  goalMs: FENCE_GOAL_MS,
  strike: vanish,
  expect: async (played) => [
    ...once('replaced by a newcomer', played.launched.length),
    ...fenced(played),
    ...(await noFenceLeft(played)),
  ],
};

export const INCIDENT: readonly Scenario[] = [theIncident, theIncidentHost];
