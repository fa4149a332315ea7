/** Whether a run went as a controller promises. */
import type { ScenarioResult } from './measure/result.ts';

/** What is wrong with a result, in words; empty when all is well. A run with the controller off promises nothing. */
export const shortcomings = (result: ScenarioResult): readonly string[] => {
  if (result.controller === 'off') return [];
  const problems: string[] = [];
  const needs = (ok: boolean, sentence: string): void => {
    if (!ok) problems.push(sentence);
  };
  needs(result.evictedAtMs !== null, 'the victim is still in the cluster');
  needs(result.mitigatedAtMs !== null, "users' calls still fail");
  needs(result.replacedAtMs !== null, 'the instance was not replaced');
  needs(result.recoveredAtMs !== null, 'the fleet is not whole again');
  needs(result.wronglyEvicted === 0, `${result.wronglyEvicted} members were wrongly evicted`);
  needs(result.wronglyKilled === 0, `${result.wronglyKilled} members were wrongly killed`);
  needs(result.sessions.lost === 0, `${result.sessions.lost} sessions with a live copy were lost`);
  needs(
    result.sessions.resurrected === 0,
    `${result.sessions.resurrected} ended sessions came back`,
  );
  needs(result.railsBroken.length === 0, `rails were broken: ${result.railsBroken.join(', ')}`);
  return problems;
};
