/** Whether a run went as a controller promises. */
import type { ScenarioResult } from './measure/result.ts';
import { findScenario } from './scenarios/all.ts';

/** What is wrong with a result, in words; empty when all is well. A run without Quorate promises nothing. */
export const shortcomings = (result: ScenarioResult): readonly string[] => {
  if (result.controller !== 'on') return [];
  const scenario = findScenario(result.scenario);
  return [
    ...(scenario?.mustSpare === true
      ? meddling(result)
      : uncured(result, scenario?.mayStay === true)),
    ...(scenario?.mustNotFail === true ? failing(result) : []),
    ...harm(result, scenario?.bringsBack === true),
    ...(result.unexpected ?? []),
  ];
};

/** The sentences whose condition does not hold. */
const unmet = (needs: readonly (readonly [boolean, string])[]): readonly string[] =>
  needs.filter(([holds]) => !holds).map(([, sentence]) => sentence);

/** @param mayStay nobody has to be out of the cluster, or replaced */
const uncured = (result: ScenarioResult, mayStay: boolean): readonly string[] =>
  unmet([
    [mayStay || result.evictedAtMs !== null, 'the victim is still in the cluster'],
    [result.mitigatedAtMs !== null, "users' calls still fail"],
    [mayStay || result.replacedAtMs !== null, 'the instance was not replaced'],
    [result.recoveredAtMs !== null, 'the fleet is not whole again'],
  ]);

const meddling = (result: ScenarioResult): readonly string[] =>
  unmet([
    [result.mitigatedAtMs !== null, "users' calls still fail"],
    [result.recoveredAtMs !== null, 'the fleet is not whole again'],
    [
      result.acts.length === 0,
      `it should have held still, and did: ${result.acts.map(({ kind }) => kind).join(', ')}`,
    ],
  ]);

const failing = ({ calls }: ScenarioResult): readonly string[] =>
  unmet([[calls.failed === 0, `${calls.failed} calls failed, and none may`]]);

/** @param bringsBack sessions that came back are counted, and expected */
const harm = (result: ScenarioResult, bringsBack: boolean): readonly string[] =>
  unmet([
    [result.wronglyEvicted === 0, `${result.wronglyEvicted} members were wrongly evicted`],
    [result.wronglyKilled === 0, `${result.wronglyKilled} members were wrongly killed`],
    [result.sessions.lost === 0, `${result.sessions.lost} sessions with a live copy were lost`],
    [
      bringsBack || result.sessions.resurrected === 0,
      `${result.sessions.resurrected} ended sessions came back`,
    ],
    [result.railsBroken.length === 0, `rails were broken: ${result.railsBroken.join(', ')}`],
  ]);
