/** The fault: who plays whom, what happens to them, and how it passes where it passes by itself. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Run } from './run.ts';
import type { Cast, Node, Scenario } from './scenarios/scenario.ts';
import { copiesOn } from './stage/copies.ts';
import type { Stage } from './stage/stage.ts';

export interface Struck {
  readonly cast: Cast;
  readonly faultAtMs: number;
  /** Sessions of which a live member holds a copy; `null`: nobody was asked. */
  readonly copies: ReadonlySet<string> | null;
}

/** @throws Error when the cluster is not whole, or the fault cannot be made. */
export const strike = async (stage: Stage, { scenario, story }: Run): Promise<Struck> => {
  const cast = castOf(stage, scenario.strikes === 'master' ? 0 : 1, scenario.victims ?? 1);
  story.phase(scenario.title);
  story.note(scenario.story);
  await scenario.disturb?.(stage, cast);
  const faultAtMs = await scenario.strike(stage, cast);
  if (scenario.strikes !== 'nobody') {
    for (const { instanceId } of cast.victims) story.fault(scenario.name, instanceId);
  }
  return {
    cast,
    faultAtMs,
    copies: scenario.countsCopies
      ? await copiesOn(stage.hypervisor, aliveOf(cast, scenario))
      : null,
  };
};

/** Where nobody is struck, the victim is only whom it is about. */
const aliveOf = ({ peers, victims }: Cast, { strikes }: Scenario): readonly string[] =>
  (strikes === 'nobody' ? [...victims, ...peers] : peers).map(({ instanceId }) => instanceId);

/** @param place of the first victim among the members, oldest first; the others follow, the oldest after the youngest */
const castOf = ({ truth, region }: Stage, place: number, count: number): Cast => {
  const nodes = truth.cluster().map((address): Node => {
    const instance = region.instances.all().find((each) => each.address === address);
    if (instance === undefined) throw new Error(`a member at ${address}, where no instance is`);
    return { instanceId: instance.id, address };
  });
  const victims = [...nodes.slice(place), ...nodes.slice(0, place)].slice(0, count);
  const [victim] = victims;
  if (victim === undefined || nodes.length < count) {
    throw new Error('the cluster fell apart before the fault');
  }
  const peers = nodes.filter((node) => !victims.includes(node));
  return { victim, victims, isMaster: victims.includes(nodes[0] ?? victim), peers };
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
