/** What a report amounts to in one word, which is also the command line's exit code. */
import * as v from 'valibot';
import type { ClusterCondition, NodeCondition } from '../core/conditions.ts';

/** `unknown`: nobody can tell. */
export const Verdict = v.picklist(['fine', 'unhealthy', 'unknown']);
export type Verdict = v.InferOutput<typeof Verdict>;

export const verdictOfCluster = (condition: ClusterCondition): Verdict => {
  switch (condition) {
    case 'Quorate':
      return 'fine';
    case 'Degraded':
    case 'Forming':
    case 'Split':
    case 'QuorumLost':
    case 'Down':
      return 'unhealthy';
    case 'Blind':
    case 'Unknown':
      return 'unknown';
  }
};

export const verdictOfNode = (condition: NodeCondition): Verdict => {
  if (condition === 'Healthy' || condition === 'Starting') return 'fine';
  return condition === 'Unknown' ? 'unknown' : 'unhealthy';
};

/** One bad node is worse than one that cannot be told. */
export const worstOf = (verdicts: readonly Verdict[]): Verdict => {
  if (verdicts.includes('unhealthy')) return 'unhealthy';
  return verdicts.includes('unknown') ? 'unknown' : 'fine';
};
