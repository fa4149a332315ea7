/**
 * What one round says of one node: does the member work, judged by its own answers alone.
 *
 * The verdict rests on `HEAD /hazelcast/health`, which a member answers from its own threads and
 * never blocks on others. `GET /hazelcast/health` and the application check can be failed on every
 * node by one sick member, so they are no evidence here. One good answer to any observer proves
 * life: a node is only ever called failing when every observer that can see agrees.
 */
import type { Evidence } from './model.ts';
import type { InstanceId, MemberHealth, Probe, Round, Sight } from './observation.ts';

export type Verdict =
  /** Answered well. `dissent` names the observers that got no good answer. */
  | { readonly verdict: 'works'; readonly dissent: readonly string[] }
  | {
      readonly verdict: 'fails';
      readonly evidence: Evidence;
      readonly cause: string;
      /** Nothing came back at all, not even from the host's kernel: it may be the way to the node. */
      readonly unreached: boolean;
      /** How many observers agree. */
      readonly witnesses: number;
    }
  /** No observer that can see has looked at it. */
  | { readonly verdict: 'unseen' };

type Voice = { readonly observer: string; readonly sight: Sight };

/**
 * Nodes whose application fails users, for every observer that asked. A symptom and no verdict: one sick
 * member can cause it on all nodes.
 */
export const failingApplications = (rounds: readonly Round[]): readonly InstanceId[] => {
  const sighted = rounds.filter(isSighted);
  const asked = new Set(sighted.flatMap(({ sights }) => Object.keys(sights)));
  return [...asked].filter((id) =>
    sighted.every(
      ({ sights }) => sights[id] === undefined || sights[id].application.answer !== 'ok',
    ),
  );
};

/** Node states in which a member does its work; `PASSIVE` is a person's choice for the whole cluster. */
const WORKING_STATES: readonly string[] = ['ACTIVE', 'PASSIVE'];

export const isSighted = (round: Round): round is Extract<Round, { sighted: boolean }> =>
  'sighted' in round && round.sighted;

export const verdictOf = (instanceId: InstanceId, rounds: readonly Round[]): Verdict => {
  const voices = rounds.filter(isSighted).flatMap((round): Voice[] => {
    const sight = round.sights[instanceId];
    return sight === undefined ? [] : [{ observer: round.observer, sight }];
  });
  const [first] = voices;
  if (first === undefined) return { verdict: 'unseen' };
  const bad = voices.filter(({ sight }) => !isWorking(sight.health));
  if (bad.length < voices.length) {
    return { verdict: 'works', dissent: bad.map(({ observer }) => observer) };
  }
  const wrong = bad.find(({ sight }) => sight.health.answer !== 'silent');
  return {
    verdict: 'fails',
    evidence: wrong === undefined ? 'silence' : 'fault',
    cause: causeOf((wrong ?? first).sight.health),
    unreached: bad.every(({ sight }) => isUnreached(sight)),
    witnesses: bad.length,
  };
};

/** Nothing, the kernel's handshake included, came back to this observer. */
const isUnreached = (sight: Sight): boolean =>
  [sight.tcp, sight.health].every(
    (probe) => probe.answer === 'silent' && probe.cause === 'connectTimeout',
  );

const isWorking = (health: Probe<MemberHealth>): boolean =>
  health.answer === 'ok' && WORKING_STATES.includes(health.value.nodeState);

/** The failure in words for people. */
const causeOf = (health: Probe<MemberHealth>): string => {
  switch (health.answer) {
    case 'ok':
      return `its node state is ${health.value.nodeState}`;
    case 'silent':
      return health.cause === 'connectTimeout' ? 'cannot be reached' : 'does not answer';
    case 'wrong':
      return WRONG_WORDS[health.cause];
  }
};

const WRONG_WORDS = {
  refused: 'refuses connections',
  closed: 'closes connections without an answer',
  status: 'answers with a wrong status',
  garbage: 'answers garbage',
  tooLarge: 'answers without end',
} as const;
