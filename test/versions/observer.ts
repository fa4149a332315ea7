/** An observer of a cluster of real members: looks, and the few questions that the suite has about them. */
import { look } from '../../src/adapters/hazelcast/look.ts';
import { witnessesOf } from '../../src/adapters/hazelcast/witnesses.ts';
import type { Fleet } from '../../src/config/fleet.ts';
import type { Canary, Questions, Sight, Target } from '../../src/core/observation.ts';
import { type LookReply, readReply } from '../../src/observation-wire.ts';
import type { LookRequest } from '../../src/ports.ts';
import { fleetAt } from '../adapters/nodes.ts';
import { NO_QUESTIONS } from '../questions.ts';
import { CLUSTER, PORT, type Release } from './lines.ts';

/** Long enough for a healthy member on a busy machine, short enough to wait for a sick one. */
export const DEADLINE_MS = 2_000;

type Seen = Extract<LookReply, { sighted: boolean }>;

export interface Observer {
  readonly fleet: Fleet;
  /** One round over these members. @throws Error when it saw nothing, or the controller would not take its reply. */
  see(members: readonly Target[], questions?: Partial<Questions>): Promise<Seen>;
  close(): Promise<void>;
}

export const createObserver = ({ line }: Release, cluster = CLUSTER): Observer => {
  const fleet = fleetAt(PORT, {
    member: {
      port: PORT,
      service: 'member.service',
      version: line,
      cluster,
      canary: 'quorate-canary',
    },
    application: null,
  });
  return {
    fleet,
    see: async (members, questions = {}) => {
      const request = requestOf(fleet, members, questions);
      const reply = await look(fleet, request, new AbortController().signal);
      const heard = readReply(JSON.parse(JSON.stringify(reply)));
      if (!heard.ok) throw new Error(`the controller refuses the reply: ${heard.error}`);
      if ('failed' in reply) throw new Error(reply.failed);
      return reply;
    },
    close: async () => await witnessesOf(fleet).close(),
  };
};

export const requestOf = (
  fleet: Fleet,
  members: readonly Target[],
  questions: Partial<Questions> = {},
): LookRequest => ({
  fleet: fleet.name,
  side: 'blue',
  nodes: members.map(({ instanceId, address }) => ({ instanceId, address })),
  balancerAddresses: [],
  probeDeadlineMs: DEADLINE_MS,
  questions: { ...NO_QUESTIONS, ...questions },
});

export const sightOf = ({ sights }: Seen, { instanceId }: Target): Sight => {
  const sight = sights[instanceId];
  if (sight === undefined) throw new Error(`no sight of ${instanceId}`);
  return sight;
};

/** `ok`, `silent/answerTimeout`, `wrong/refused`, ... */
export const healthOf = (seen: Seen, member: Target): string => {
  const { health } = sightOf(seen, member);
  return health.answer === 'ok' ? 'ok' : `${health.answer}/${health.cause}`;
};

/** Addresses that it lists, or why it lists none. */
export const viewOf = (seen: Seen, member: Target): readonly string[] => {
  const { view } = sightOf(seen, member);
  return view.answer === 'ok'
    ? view.value.members.map(({ address }) => address)
    : [`${view.answer}/${view.cause}`];
};

/** `ok`, `silent`, `none/off`, ... */
export const canaryOf = (seen: Seen, member: Target): string => {
  const { canary } = sightOf(seen, member);
  return canary.answer === 'none' ? `none/${canary.why}` : canary.answer;
};

/** The partition that a canary was about. @throws Error when it was about none. */
export const partitionOf = (canary: Canary): number => {
  if (canary.answer === 'none') throw new Error(`no canary: ${canary.why}`);
  return canary.partition;
};

export const crossingOf = ({ via, to }: Questions['crossings'][number]) => ({
  via: { instanceId: via.instanceId, address: via.address },
  to: { instanceId: to.instanceId, address: to.address },
});
