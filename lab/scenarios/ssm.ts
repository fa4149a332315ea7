/** A member hangs, and SSM does not do its part: the host of the victim, or of a peer, executes nothing, or too late. */
import { setTimeout as sleep } from 'node:timers/promises';
import { commands, fenced, kills, noFenceLeft, once, ordered, soon } from './evidence.ts';
import { failFences, holdKills } from './orders.ts';
import { FENCE_GOAL_MS, type Played, type Scenario } from './scenario.ts';
import { hang } from './single-node.ts';

const fencedAndReplaced = async (played: Played): Promise<readonly string[]> => [
  ...once('replaced by a newcomer', played.launched.length),
  ...fenced(played),
  ...(await noFenceLeft(played)),
];

const noAgent: Scenario = {
  ...hang,
  name: 'no-agent',
  title: 'A member hangs on a host without an SSM agent',
  story:
    'A member hangs, and nothing can be run on its host: it never had an SSM agent. The kill is refused, which Quorate says. ' +
    "The hosts of the other members refuse the victim instead, so that it is out of everybody's list; then the instance is " +
    'replaced. A hung server cannot shut down, so in the end its power is cut.',
  goalMs: FENCE_GOAL_MS,
  disturb: async ({ hypervisor }, { victim }) => {
    hypervisor.removeAgent(victim.instanceId);
    await Promise.resolve();
  },
  expect: async (played) => [
    ...(commands(played).length === 0
      ? []
      : ['a command was delivered to a host without an agent']),
    ...(await fencedAndReplaced(played)),
  ],
};

const noSsm: Scenario = {
  ...hang,
  name: 'no-ssm',
  title: 'A member hangs on a host whose SSM agent is lost',
  story:
    'A member hangs on a host whose SSM agent has lost its connection. SSM takes the order to kill and never delivers it, ' +
    'but it also says that the agent is lost: so there is no need to wait for it. The hosts of the other members refuse ' +
    'the victim at once, and the instance is replaced.',
  goalMs: FENCE_GOAL_MS,
  disturb: async ({ region }, { victim }) => {
    region.ssm.hold(victim.instanceId);
    await Promise.resolve();
  },
  expect: async (played) => [
    ...(kills(played).length === 0 ? [] : ['a host without an agent killed its member']),
    ...(await fencedAndReplaced(played)),
  ],
};

/** The member is back this long before the order expires, and the order arrives this long after. */
const RECOVERS_BEFORE_MS = 2_000;
const DELIVERED_AFTER_MS = 500;

const lateDelivery: Scenario = {
  ...hang,
  name: 'late-delivery',
  title: 'The order to kill arrives when the member works again',
  story:
    'A member hangs. The order to kill it is stuck inside SSM; just before the order expires, the member comes back to life. ' +
    'Then the order arrives: its host must refuse it, because it is late. Quorate has no proof that the member is gone, and ' +
    'after the last look there is only forward: it replaces the instance, which now shuts down in good order.',
  disturb: async (stage, { victim }) => {
    const release = holdKills(stage, victim.instanceId);
    soon(async () => {
      const notAfterMs = await orderExpiry(stage);
      await sleep(notAfterMs - RECOVERS_BEFORE_MS - Date.now());
      await stage.faults.resume(victim.instanceId);
      await sleep(notAfterMs + DELIVERED_AFTER_MS - Date.now());
      release();
    });
    await Promise.resolve();
  },
  expect: (played) => [
    ...refusedAsLate(played),
    ...(kills(played).length === 0 ? [] : ['a member that worked again was killed']),
    ...once('replaced by a newcomer', played.launched.length),
  ],
};

const lateSsm: Scenario = {
  ...hang,
  name: 'late-ssm',
  title: 'The order to kill arrives when its time is over',
  story:
    'A member hangs, and SSM takes longer than the order to kill is good for. Quorate does not wait: it has the other hosts ' +
    'refuse the victim, and goes on to replace the instance. When the order arrives after all, the host must refuse it.',
  disturb: async (stage, { victim }) => {
    const release = holdKills(stage, victim.instanceId);
    soon(async () => {
      await sleep((await orderExpiry(stage)) + DELIVERED_AFTER_MS - Date.now());
      release();
    });
    await Promise.resolve();
  },
  expect: async (played) => [
    ...refusedAsLate(played),
    ...(kills(played).length === 0 ? [] : ['an order was carried out after its time']),
    ...(await fencedAndReplaced(played)),
  ],
};

const refusedAsLate = (played: Played): readonly string[] => {
  const said = commands(played)[0]?.stdout.trim() ?? 'nothing';
  return /^refused: late by \d+ s$/m.test(said)
    ? []
    : [`the host did not refuse the order as late, but said "${said}"`];
};

const orderExpiry = async (stage: Played['stage']): Promise<number> => {
  for (;;) {
    const [order] = stage.region.journal.find({ action: 'SendCommand' });
    const notAfter = /"NotAfter":\["(\d+)"\]/.exec(order?.parameters ?? '')?.[1];
    if (notAfter !== undefined) return Number(notAfter);
    await sleep(LOOK_EVERY_MS);
  }
};

const LOOK_EVERY_MS = 50;

const isFenceFailed = ({ region }: Played['stage'], host: string): boolean =>
  region.ssm
    .all()
    .some(
      ({ instanceId, document, state }) =>
        instanceId === host && document.endsWith('fence-peer') && state === 'Failed',
    );

const fenceHalfApplied: Scenario = {
  ...hang,
  name: 'fence-half-applied',
  title: 'The master hangs, and one of its peers cannot refuse it',
  story:
    'The master hangs on a host that executes nothing, and on one of the two others the order to refuse it fails. A master must ' +
    'be refused by all or by none: a member that still sees the old master refuses the new one, and the two end as two ' +
    'clusters. The one that refuses has claimed the lead already, so there is no way back: the other one is asked again.',
  strikes: 'master',
  disturb: async (stage, { victim, peers }) => {
    stage.region.ssm.hold(victim.instanceId);
    const last = peers.at(-1);
    if (last === undefined) return;
    const end = failFences(stage, last.instanceId);
    // Once: a host that never can is not begun with.
    soon(async () => {
      while (!isFenceFailed(stage, last.instanceId)) await sleep(LOOK_EVERY_MS);
      end();
    });
    await Promise.resolve();
  },
  expect: async (played) => {
    const asked = ordered(played, 'fence').map(({ instanceId }) => instanceId);
    const unasked = played.peers.filter(({ instanceId }) => !asked.includes(instanceId));
    return [
      ...unasked.map(({ instanceId }) => `${instanceId} was never asked to refuse it`),
      ...(asked.length > played.peers.length ? [] : ['nobody was asked again']),
      ...(await fencedAndReplaced(played)),
    ];
  },
};

export const SSM: readonly Scenario[] = [noAgent, noSsm, lateSsm, lateDelivery, fenceHalfApplied];
