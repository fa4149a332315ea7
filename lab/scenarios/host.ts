/** A host goes bad or away, and with it the way to its member. */
import { TerminateInstancesCommand } from '@aws-sdk/client-ec2';
import type { Stage } from '../stage/stage.ts';
import { commands, fenced, named, noFenceLeft, once, ordered } from './evidence.ts';
import { loseOrders } from './orders.ts';
import { at, type Cast, FENCE_GOAL_MS, type Scenario } from './scenario.ts';

/** Not a packet gets through any more, SSM's included. */
export const vanish = async (stage: Stage, { victim }: Cast): Promise<number> => {
  loseOrders(stage, victim.instanceId);
  return await at(stage.faults.cutLink(victim.instanceId));
};

const hostVanishes: Scenario = {
  name: 'host-vanishes',
  title: 'A host drops off the network',
  story:
    'Every packet from and to one host is lost, for good. No connection breaks, so its peers wait for it until the ' +
    'heart-beat time-out; calls that need its data hang on every server. Nothing can be run on a host that nobody reaches: ' +
    'the others must refuse it, which is as good as a broken connection.',
  evidence: 'silence',
  goalMs: FENCE_GOAL_MS,
  removesItself: false,
  strikes: 'member',
  strike: vanish,
  expect: async (played) => [
    ...named(played, 'Zombie: cannot be reached, yet the core lists it'),
    ...once('replaced by a newcomer', played.launched.length),
    ...fenced(played),
    ...(await noFenceLeft(played)),
  ],
};

const ghost: Scenario = {
  name: 'ghost',
  title: 'An instance is terminated, and its member goes on as a ghost',
  story:
    'Somebody terminates an instance and skips the shutdown of its system: the power is gone at once, and nobody says ' +
    'goodbye. Auto Scaling launches another in its place within seconds, but the members still list the dead one and wait ' +
    'for it; calls that need its data hang until the heart-beat time-out.',
  evidence: 'notice',
  goalMs: FENCE_GOAL_MS,
  removesItself: false,
  strikes: 'member',
  strike: async ({ region }, { victim }) => {
    const InstanceIds = [victim.instanceId];
    const terminate = new TerminateInstancesCommand({ InstanceIds, SkipOsShutdown: true });
    return await at(region.clients.ec2.send(terminate));
  },
  expect: async (played) => [
    ...named(played, 'Ghost'),
    ...(commands(played).length === 0 ? [] : ['an order was sent to an instance that is gone']),
    ...once('replaced by a newcomer', played.launched.length),
    ...fenced(played),
    ...(await noFenceLeft(played)),
  ],
};

const RETIRES_IN_MS = 14 * 24 * 3_600_000;

const retiringInstance: Scenario = {
  name: 'retiring-instance',
  title: 'AWS will retire an instance',
  story:
    'AWS announces that it will retire the hardware under one instance in two weeks. The member works, and nobody has to ' +
    'feel anything: it stands by in its group while another is launched in its place and joins, then it leaves in good ' +
    'order, handing over its data. Not one call may fail, and no session may be lost.',
  evidence: 'notice',
  removesItself: false,
  strikes: 'member',
  mustNotFail: true,
  strike: async ({ region }, { victim }) => {
    const notBeforeMs = Date.now() + RETIRES_IN_MS;
    region.ec2Status.set(victim.instanceId, {
      events: [{ code: 'instance-retirement', notBeforeMs }],
    });
    return await Promise.resolve(Date.now());
  },
  expect: (played) => [
    ...named(played, 'Impaired: works, but AWS says instance-retirement'),
    ...(commands(played).some(({ document }) => document.endsWith('stop-member'))
      ? []
      : ['the member was not asked to leave in good order']),
    ...(ordered(played, 'kill').length === 0 ? [] : ['a member that works was killed']),
    ...once('replaced by a newcomer', played.launched.length),
  ],
};

export const HOST: readonly Scenario[] = [hostVanishes, ghost, retiringInstance];
