/** One observer's sight of a node in words: the same for `probe` and `explain`. */
import * as v from 'valibot';
import { isSighted, verdictOf } from '../core/detect.ts';
import type { Canary, InstanceId, Memory, Pool, Probe, Round, Sight } from '../core/observation.ts';
import { printable } from '../printable.ts';
import { list } from './list.ts';

export const Evidence = v.object({
  observer: v.string(),
  /** `unseen`: it looked, and this node is not among what it saw. `blind`: it saw nothing at all. */
  says: v.picklist(['works', 'fails', 'unreached', 'unseen', 'blind']),
  /** One clause for each thing that it asked, in the order of asking. */
  answers: list(v.object({ probe: v.string(), answer: v.string() })),
});
export type Evidence = v.InferOutput<typeof Evidence>;

/** Of every observer, those that saw nothing included: silence of ours is no evidence against a node. */
export const evidenceOf = (
  instanceId: InstanceId,
  rounds: readonly Round[],
): readonly Evidence[] => {
  const { voices } = verdictOf(instanceId, rounds);
  return rounds.map((round): Evidence => {
    const { observer } = round;
    if (!isSighted(round)) {
      const answer = 'failed' in round ? printable(round.failed) : 'it reaches nobody';
      return { observer, says: 'blind', answers: [{ probe: 'observer', answer }] };
    }
    const sight = round.sights[instanceId];
    const voice = voices.find((each) => each.observer === observer);
    if (sight === undefined || voice === undefined)
      return { observer, says: 'unseen', answers: [] };
    return { observer, says: voice.says, answers: answersOf(sight) };
  });
};

const answersOf = (sight: Sight): Evidence['answers'] => {
  const { tcp, health, view, canary, application, memory, safe } = sight;
  const said = [
    { probe: 'tcp', answer: wordsOf(tcp, () => 'connects') },
    { probe: 'health', answer: wordsOf(health, ({ nodeState }) => nodeState) },
    { probe: 'view', answer: wordsOf(view, ({ members }) => `lists ${members.length}`) },
    { probe: 'canary', answer: canaryWords(canary) },
    { probe: 'application', answer: wordsOf(application, () => 'answers') },
  ];
  const more = [
    ...(memory === null ? [] : [{ probe: 'memory', answer: wordsOf(memory, memoryWords) }]),
    ...(safe === null
      ? []
      : [{ probe: 'safe', answer: wordsOf(safe, (yes) => (yes ? 'yes' : 'no')) }]),
  ];
  return [...said, ...more];
};

const wordsOf = <T>(probe: Probe<T>, good: (value: T) => string): string => {
  const took = `${Math.round(probe.tookMs)} ms`;
  switch (probe.answer) {
    case 'ok':
      return `${good(probe.value)} in ${took}`;
    case 'silent':
      return probe.cause === 'connectTimeout' ? `no connection in ${took}` : `no answer in ${took}`;
    case 'wrong':
      return [WRONG[probe.cause], printable(probe.detail)].filter((part) => part !== '').join(': ');
  }
};

const WRONG = {
  refused: 'refused',
  closed: 'closed without an answer',
  status: 'wrong status',
  garbage: 'garbage',
  tooLarge: 'an answer without end',
} as const;

const canaryWords = (canary: Canary): string => {
  switch (canary.answer) {
    case 'ok':
      return `partition ${canary.partition} in ${Math.round(canary.tookMs)} ms`;
    case 'outOfMemory':
      return `partition ${canary.partition}: out of memory`;
    case 'silent':
      return `partition ${canary.partition} silent for ${Math.round(canary.forMs)} ms`;
    case 'none':
      return ABSENT[canary.why];
  }
};

const ABSENT = {
  off: 'off',
  notConnected: 'not connected',
  noPartition: 'owns no partition',
  resting: 'waits for an earlier answer',
} as const;

const memoryWords = ({ metaspace, heapAfterGc }: Memory): string => {
  const pools = [
    ...(metaspace === null ? [] : [`metaspace ${poolWords(metaspace)}`]),
    ...(heapAfterGc === null ? [] : [`heap ${poolWords(heapAfterGc)}`]),
  ];
  return pools.length === 0 ? 'not told' : pools.join(', ');
};

const MIB = 1024 * 1024;

const poolWords = ({ usedBytes, maxBytes }: Pool): string =>
  maxBytes === null
    ? `${Math.round(usedBytes / MIB)} MiB`
    : `${Math.round(usedBytes / MIB)} of ${Math.round(maxBytes / MIB)} MiB`;
