/**
 * What one round says of one node: does the member work, judged by its own answers alone.
 *
 * The verdict rests on two requests that a member answers from its own memory in 1-4 ms and never
 * waits for others with: `HEAD /hazelcast/health` and `GET /hazelcast/rest/cluster`; and on the canary,
 * a read that its own partition threads must do. `GET /hazelcast/health` and the application check can be
 * failed on every node by one sick member, so they are no evidence here.
 *
 * A member that was reached and still did not answer well has failed, whatever it told somebody else
 * in the same second: a JVM that spends its life in full collections answers now and then. An
 * observer that did not even reach the host while another did says something about the way, not
 * about the member: that is dissent.
 */
import type { Evidence } from './model.ts';
import type { Canary, InstanceId, MemberHealth, Probe, Round, Sight, View } from './observation.ts';

/** What one observer makes of a node in one round. */
export type Voice = { readonly observer: string } & (
  | { readonly says: 'works' | 'unreached' }
  | { readonly says: 'fails'; readonly evidence: Evidence; readonly cause: string }
);

export type Verdict =
  /** Answered everybody who reached it well; not everybody need have reached it. */
  | { readonly verdict: 'works'; readonly voices: readonly Voice[] }
  /** Somebody who reached it got no good answer, or nobody reached it. */
  | {
      readonly verdict: 'fails';
      readonly evidence: Evidence;
      readonly cause: string;
      readonly voices: readonly Voice[];
    }
  /** No observer that can see has looked at it. */
  | { readonly verdict: 'unseen'; readonly voices: readonly [] };

/**
 * A wrong answer is the hardest evidence, so it names the cause. Whoever is silent to one observer is not merely
 * stuck, whatever the canary of another says.
 */
const HARDEST_FIRST: readonly Evidence[] = ['fault', 'silence', 'stuck'];

/** Node states in which a member does its work; `PASSIVE` is a person's choice for the whole cluster. */
const WORKING_STATES: readonly string[] = ['ACTIVE', 'PASSIVE'];

export const isSighted = (round: Round): round is Extract<Round, { sighted: boolean }> =>
  'sighted' in round && round.sighted;

export const verdictOf = (instanceId: InstanceId, rounds: readonly Round[]): Verdict => {
  const voices = rounds.filter(isSighted).flatMap((round): Voice[] => {
    const sight = round.sights[instanceId];
    return sight === undefined ? [] : [{ observer: round.observer, ...judge(sight) }];
  });
  if (voices.length === 0) return { verdict: 'unseen', voices: [] };
  const failing = voices.filter((voice) => voice.says === 'fails');
  const [worst] = HARDEST_FIRST.flatMap((evidence) =>
    failing.filter((voice) => voice.evidence === evidence),
  );
  if (worst !== undefined) {
    const { evidence, cause } = worst;
    return { verdict: 'fails', evidence, cause, voices };
  }
  if (voices.every(({ says }) => says === 'unreached')) {
    return { verdict: 'fails', evidence: 'silence', cause: 'cannot be reached', voices };
  }
  return { verdict: 'works', voices };
};

/** Observers that said so. */
export const observersOf = (voices: readonly Voice[], says: Voice['says']): readonly string[] =>
  voices.filter((voice) => voice.says === says).map((v) => v.observer);

type Judged = Voice extends infer V ? (V extends unknown ? Omit<V, 'observer'> : never) : never;

const judge = ({ tcp, health, view, canary }: Sight): Judged => {
  if ([tcp, health].every(isUnreached)) return { says: 'unreached' };
  const failure =
    failureOf(health) ?? stateFailure(health) ?? failureOf(view) ?? canaryFailure(canary);
  return failure === null ? { says: 'works' } : { says: 'fails', ...failure };
};

/** Nothing, the kernel's handshake included, came back. */
const isUnreached = (probe: Probe<unknown>): boolean =>
  probe.answer === 'silent' && probe.cause === 'connectTimeout';

type Failure = { readonly evidence: Evidence; readonly cause: string };

const failureOf = (probe: Probe<MemberHealth | View>): Failure | null => {
  switch (probe.answer) {
    case 'ok':
      return null;
    case 'silent':
      return { evidence: 'silence', cause: 'does not answer' };
    case 'wrong':
      return { evidence: 'fault', cause: WRONG_WORDS[probe.cause] };
  }
};

const stateFailure = (health: Probe<MemberHealth>): Failure | null =>
  health.answer === 'ok' && !WORKING_STATES.includes(health.value.nodeState)
    ? { evidence: 'fault', cause: `says that its state is ${health.value.nodeState}` }
    : null;

/** Counts only beside good answers to everything else: in a long pause the canary is as silent as the rest. */
const canaryFailure = (canary: Canary): Failure | null => {
  switch (canary.answer) {
    case 'silent':
      return {
        evidence: 'stuck',
        cause: `answers, but does no work in partition ${canary.partition}`,
      };
    case 'outOfMemory':
      return { evidence: 'fault', cause: 'is out of memory' };
    case 'ok':
    case 'none':
      return null;
  }
};

/** The partition in which a member did no work for somebody this round; `null`: none. */
export const stuckPartition = (instanceId: InstanceId, rounds: readonly Round[]): number | null => {
  const partitions = rounds.filter(isSighted).flatMap(({ sights }) => {
    const canary = sights[instanceId]?.canary;
    return canary?.answer === 'silent' ? [canary.partition] : [];
  });
  return partitions[0] ?? null;
};

/** Nobody listens: its process is gone, or has yet to come. */
export const REFUSES = 'refuses connections';

const WRONG_WORDS = {
  refused: REFUSES,
  closed: 'closes connections without an answer',
  status: 'answers with a wrong status',
  garbage: 'answers garbage',
  tooLarge: 'answers without end',
} as const;

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
