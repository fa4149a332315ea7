/** The fault: who plays whom, what happens to them, and how it passes where it passes by itself. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Run } from './run.ts';
import type { Cast, Node } from './scenarios/scenario.ts';
import type { Stage } from './stage/stage.ts';

export interface Struck {
  readonly cast: Cast;
  readonly faultAtMs: number;
}

/** @throws Error when the cluster is not whole, or the fault cannot be made. */
export const strike = async (stage: Stage, { scenario, story }: Run): Promise<Struck> => {
  const cast = castOf(stage, scenario.strikes === 'master' ? 0 : 1);
  story.phase(scenario.title);
  story.note(scenario.story);
  await scenario.disturb?.(stage, cast);
  const faultAtMs = await scenario.strike(stage, cast);
  if (scenario.strikes !== 'nobody') story.fault(scenario.name, cast.victim.instanceId);
  return { cast, faultAtMs };
};

/** @param place of the victim among the members, oldest first */
const castOf = ({ truth, region }: Stage, place: number): Cast => {
  const nodes = truth.cluster().map((address): Node => {
    const instance = region.instances.all().find((each) => each.address === address);
    if (instance === undefined) throw new Error(`a member at ${address}, where no instance is`);
    return { instanceId: instance.id, address };
  });
  const victim = nodes[place];
  if (victim === undefined) throw new Error('the cluster fell apart before the fault');
  const peers = nodes.filter((node) => node !== victim);
  return { victim, isMaster: place === 0, peers };
};

/** Ends a fault that passes by itself, when its time has come. Never rejects: the victim may be gone by then. */
export const letPass = async (
  stage: Stage,
  { scenario, story }: Run,
  { cast, faultAtMs }: Struck,
): Promise<void> => {
  if (scenario.passes === undefined) return;
  await sleep(faultAtMs + scenario.passes.afterMs - Date.now());
  try {
    await scenario.passes.end(stage, cast);
    story.note('The fault passes by itself.');
  } catch {
    story.note('The fault would have passed by itself now.');
  }
};
