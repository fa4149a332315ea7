/** The story of the cure: watches from the fault on until the fleet is whole and calm, and tells what happens when. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Call } from './clients/call.ts';
import { mitigatedAt } from './measure/mitigation.ts';
import type { Node } from './scenarios/scenario.ts';
import { actsOf } from './stage/controller-acts.ts';
import type { Newcomers } from './stage/newcomers.ts';
import { isWhole, type Stage } from './stage/stage.ts';
import type { Story } from './story/story.ts';

export interface Cure {
  readonly victim: Node;
  /** The victim may be one of those that make the fleet whole: it serves, or works again by itself. */
  readonly isPassing: boolean;
  readonly faultAtMs: number;
  /** How long the fault lasts that passes by itself; 0 when it does not. */
  readonly lastsMs: number;
  /** How long it is watched at least. */
  readonly watchMs: number;
  /** Nodes that make the fleet whole. */
  readonly size: number;
  /** How long it is watched for. */
  readonly capMs: number;
  /** All calls so far; it grows. */
  readonly calls: readonly Call[];
  readonly newcomers: Newcomers;
  /** Whether the controller, if there is one, has nothing left to do. */
  readonly isQuiet: () => boolean;
}

const LOOK_EVERY_MS = 100;
/** After recovery: proof that it lasts, and that the controller leaves it alone. */
const CALM_AFTER_MS = 5_000;
/** Calls in flight: one that began earlier is back, or has failed (after 2 s). */
const CALLS_BACK_MS = 2_000;

/** @returns when the fleet was whole again; `null`: not in time. */
export const watchCure = async (
  story: Story,
  stage: Stage,
  cure: Cure,
): Promise<{ readonly recoveredAtMs: number | null }> => {
  const tellActs = actTeller(story, stage);
  const tellTargets = targetTeller(story, stage);
  const tellGone = once(() => story.note("The victim is out of every survivor's member list."));
  const tellRelief = once(() => story.note("Users' calls have succeeded for three seconds."));
  let recoveredAtMs: number | null = null;
  while (Date.now() - cure.faultAtMs < cure.capMs) {
    await sleep(LOOK_EVERY_MS);
    tellActs();
    tellTargets();
    const isOver = isGone(stage, cure) || (cure.isPassing && hasPassed(cure));
    if (isGone(stage, cure)) tellGone();
    if (isOver && isRelieved(cure)) tellRelief();
    cure.newcomers.look();
    if (recoveredAtMs === null && isRecovered(stage, cure)) {
      recoveredAtMs = Date.now();
      story.note(`Recovered: ${cure.size} nodes work together, in service.`);
    }
    const calmForMs = Date.now() - (recoveredAtMs ?? Infinity);
    const isCalm = calmForMs >= CALM_AFTER_MS && Date.now() - cure.faultAtMs >= cure.watchMs;
    if (isCalm && cure.isQuiet() && isRelieved(cure)) break;
  }
  return { recoveredAtMs };
};

const once = (tell: () => void): (() => void) => {
  let told = false;
  return () => {
    if (!told) tell();
    told = true;
  };
};

/** Tells the acts that are new since the last time. */
const actTeller = (story: Story, { region }: Stage): (() => void) => {
  let told = 0;
  return () => {
    const acts = actsOf(region.journal.find());
    for (const act of acts.slice(told)) story.act(act);
    told = acts.length;
  };
};

/** Tells how many servers the load balancer finds healthy, whenever that changes. */
const targetTeller = (story: Story, { balancer }: Stage): (() => void) => {
  const sentence = (): string => {
    const targets = balancer.health().filter(({ state }) => state !== 'draining');
    const healthy = targets.filter(({ state }) => state === 'healthy').length;
    const count = `The load balancer finds ${healthy} of ${targets.length} servers healthy`;
    return healthy === 0 ? `${count}, and then sends calls to all of them.` : `${count}.`;
  };
  let told = sentence();
  return () => {
    const now = sentence();
    if (now !== told) story.note(now);
    told = now;
  };
};

const isGone = ({ truth }: Stage, { victim }: Cure): boolean =>
  truth.goneAtMs(victim.address) !== null;

const isRelieved = ({ calls, faultAtMs }: Cure): boolean =>
  mitigatedAt(calls, faultAtMs, Date.now() - CALLS_BACK_MS) !== null;

const isRecovered = (stage: Stage, cure: Cure): boolean =>
  hasPassed(cure) && isWhole(stage, cure.size) && (cure.isPassing || hasLeft(stage, cure.victim));

const hasPassed = ({ faultAtMs, lastsMs }: Cure): boolean => Date.now() - faultAtMs > lastsMs;

/** Out of the cluster, and off or no instance of the group any more. */
const hasLeft = ({ region, truth }: Stage, { instanceId, address }: Node): boolean =>
  !truth.cluster().includes(address) &&
  (region.instances.find(instanceId)?.state !== 'running' ||
    [...region.scaling.groups.values()].every(({ members }) => !members.has(instanceId)));
