/** Nobody may be touched: what looks bad passes by itself, sits elsewhere, or is no fault at all. */
import { SetDesiredCapacityCommand } from '@aws-sdk/client-auto-scaling';
import { GROUP } from '../cloud/world.ts';
import { NAMESPACES } from '../parts.ts';
import { named, said } from './evidence.ts';
import { at, type Played, type Scenario } from './scenario.ts';
import { hang, stutter } from './single-node.ts';

/** Longer than the tolerance of a wrong answer, shorter than that of silence. */
const PAUSE_MS = 6_000;

/** It said that it tolerates what it sees, and nobody else acted either. */
const toleratedOnly = (played: Played): readonly string[] => [
  ...said(played, /does not answer for .* more are tolerated/),
  ...(played.launched.length === 0 ? [] : ['an instance was launched']),
];

const shortPause: Scenario = {
  ...hang,
  name: 'short-pause',
  title: 'A member stops for six seconds',
  story:
    'A member does not answer for six seconds, as in a long garbage collection, and then goes on as if nothing had been. ' +
    'Users feel it, but nothing is broken: whoever acts now turns a hiccup into an outage. Quorate must do nothing.',
  mustSpare: true,
  passes: {
    afterMs: PAUSE_MS,
    end: async ({ faults }, { victim }) => await faults.resume(victim.instanceId),
  },
  expect: toleratedOnly,
};

/** Not half of the time, and more in all than what is tolerated at one go. */
const PAUSES = { stoppedMs: 2_500, runsMs: 4_500, times: 6 };

const shortPauses: Scenario = {
  ...hang,
  name: 'short-pauses',
  title: 'A member stops for two and a half seconds, six times',
  story:
    'A member stops for two and a half seconds every seven seconds, as one whose heap is too small. Users feel it, and somebody ' +
    'should look at its heap; but it does its work most of the time, and to kill it would cure nothing. Quorate must do nothing.',
  mustSpare: true,
  strike: stutter(PAUSES),
  passes: {
    afterMs: PAUSES.times * (PAUSES.stoppedMs + PAUSES.runsMs),
    end: async () => await Promise.resolve(),
  },
  expect: toleratedOnly,
};

const LINK_CUT_MS = 30_000;

const severedLink: Scenario = {
  name: 'severed-link',
  title: 'The link between two healthy members is cut',
  story:
    'Two members cannot reach each other for half a minute; everybody else reaches both. Calls that have to go from one to ' +
    'the other hang, so users feel it. But neither is sick, and putting one out would cost its share of the service: ' +
    'Quorate must name the link and do nothing.',
  evidence: 'silence',
  removesItself: false,
  strikes: 'member',
  mustSpare: true,
  serves: true,
  strike: async ({ faults }, { victim, peers }) => {
    const [, other = victim] = peers;
    return await at(faults.partition(victim.instanceId, other.instanceId));
  },
  passes: {
    afterMs: LINK_CUT_MS,
    end: async ({ faults }, { victim, peers }) => {
      const [, other = victim] = peers;
      await faults.heal(victim.instanceId, other.instanceId);
    },
  },
  expect: (played) => {
    const [, other = played.victim] = played.peers;
    return named(played, `Severed: .*its link to ${other.instanceId}`);
  },
};

/** Four times the tolerance of silence. */
const BLOCKED_MS = 40_000;
const PROBERS = [NAMESPACES.prober('a'), NAMESPACES.prober('b')];

const probersBlocked: Scenario = {
  name: 'probers-blocked-from-one-node',
  title: 'No prober reaches one node, and the node is well',
  story:
    'A route or a rule keeps both probers from one node. To them it looks like a host that is gone, for 40 s; but its peers ' +
    'and the load balancer reach it, and its users notice nothing. What the probers see is their own network: Quorate must ' +
    'do nothing.',
  evidence: 'silence',
  removesItself: false,
  strikes: 'member',
  mustSpare: true,
  serves: true,
  mustNotFail: true,
  strike: async ({ faults }, { victim }) =>
    await at(Promise.all(PROBERS.map((prober) => faults.partition(prober, victim.instanceId)))),
  passes: {
    afterMs: BLOCKED_MS,
    end: async ({ faults }, { victim }) => {
      for (const prober of PROBERS) await faults.heal(prober, victim.instanceId);
    },
  },
  expect: (played) => named(played, 'Unreachable: .*it is our own way that is cut'),
};

const SCALED_SIZE = 6;
/** Until the newcomers have their copies, and have been members for long enough to count as such. */
const SETTLED_AFTER_MS = 30_000;

const scaleOut: Scenario = {
  name: 'scale-3-to-6',
  title: 'The fleet is scaled from three to six',
  story:
    'Somebody doubles the fleet. For a while half of the group does not answer yet, and the members move a part of their ' +
    'data to the newcomers. Nothing is wrong: Quorate must let them start, and do nothing.',
  evidence: 'silence',
  removesItself: false,
  strikes: 'nobody',
  sizeAfter: SCALED_SIZE,
  watchMs: SETTLED_AFTER_MS,
  mustSpare: true,
  serves: true,
  strike: async ({ region }) =>
    await at(
      region.clients.autoScaling.send(
        new SetDesiredCapacityCommand({
          AutoScalingGroupName: GROUP,
          DesiredCapacity: SCALED_SIZE,
        }),
      ),
    ),
};

export const SPARE: readonly Scenario[] = [
  shortPause,
  shortPauses,
  severedLink,
  probersBlocked,
  scaleOut,
];
