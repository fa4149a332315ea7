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
  readonly victims: readonly Node[];
  /** A victim may be one of those that make the fleet whole: it serves, or works again by itself. */
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
  /** Whether the controller, if there is one, has nothing left to do, and whatever else was to come has come. */
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
  const tellGone = once(() =>
    story.note(
      cure.victims.length === 1
        ? "The victim is out of every survivor's member list."
        : "The victims are out of every survivor's member list.",
    ),
  );
  const tellRoute = routeTeller(story, stage);
  const tellRelief = once(() => story.note("Users' calls have succeeded for three seconds."));
  let recoveredAtMs: number | null = null;
  while (Date.now() - cure.faultAtMs < cure.capMs) {
    await sleep(LOOK_EVERY_MS);
    tellActs();
    tellTargets();
    const isElsewhere = tellRoute();
    const isOver = isGone(stage, cure) || isElsewhere || (cure.isPassing && hasPassed(cure));
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

/** Tells when users are sent to another side. @returns whether they are */
const routeTeller = (story: Story, { routing }: Stage): (() => boolean) => {
  const first = routing.now();
  let told = first;
  return () => {
    const now = routing.now();
    if (now !== told) story.note(`Users are sent to ${now ?? 'more than one side'} now.`);
    told = now;
    return now !== first;
  };
};

/** Tells how many servers the load balancer finds healthy, whenever that changes. */
const targetTeller = (story: Story, { balancer, region }: Stage): (() => void) => {
  const sentence = (): string => {
    const arns = region.usersGo();
    const targets = balancer
      .health()
      .filter(({ state, targetGroupArn }) => state !== 'draining' && arns.includes(targetGroupArn));
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

const isGone = ({ truth }: Stage, { victims }: Cure): boolean =>
  victims.every(({ address }) => truth.goneAtMs(address) !== null);

const isRelieved = ({ calls, faultAtMs }: Cure): boolean =>
  mitigatedAt(calls, faultAtMs, Date.now() - CALLS_BACK_MS) !== null;

const isRecovered = (stage: Stage, cure: Cure): boolean =>
  hasPassed(cure) &&
  isWhole(stage, cure.size) &&
  (cure.isPassing || cure.victims.every((victim) => hasLeft(stage, victim)));

const hasPassed = ({ faultAtMs, lastsMs }: Cure): boolean => Date.now() - faultAtMs > lastsMs;

/** Out of the cluster that users go to, and off or no instance of its group any more. */
const hasLeft = ({ region, truth, routing }: Stage, { instanceId, address }: Node): boolean => {
  const group = routing.now();
  const isOff = region.instances.find(instanceId)?.state !== 'running';
  const isMember = region.scaling.groups.get(group ?? '')?.members.has(instanceId) === true;
  return !truth.cluster(group).includes(address) && (isOff || !isMember);
};
