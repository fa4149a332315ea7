/** What is left of a run for expectations to look at, and how they put what is wrong into words. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { JournalEntry } from '../cloud/journal.ts';
import type { Invocation } from '../cloud/ssm.ts';
import { mustRun } from '../command.ts';
import type { Stage } from '../stage/stage.ts';
import type { Played } from './scenario.ts';

/** The calls of the ladder that change something. */
export const LADDER = ['DeregisterTargets', 'SendCommand', 'TerminateInstanceInAutoScalingGroup'];

/** The part of a stage that tells what is deployed. */
export interface Deployed {
  readonly region: { readonly lambda: { readonly functions: { keys(): Iterable<string> } } };
}

/** The deployed function whose name ends so; `?` while there is none. */
export const functionOf = ({ region }: Deployed, end: string): string =>
  [...region.lambda.functions.keys()].find((name) => name.endsWith(end)) ?? '?';

/** The controller's function. */
export const controllerOf = (stage: Stage): string => functionOf(stage, 'schedule');

/** Starts another controller now, as its schedule does every minute. */
export const wake = ({ region }: Stage): void => {
  for (const name of region.schedules.names()) region.schedules.fire(name);
};

/** Lets something happen beside the run. It ends with it. */
export const soon = (happen: () => Promise<void>): void => {
  happen().catch((error: unknown) => console.error('disturbance:', error));
};

/** The controller's calls of this name, oldest first. */
export const calls = ({ stage }: Played, action: string): readonly JournalEntry[] =>
  stage.region.journal.find({ who: controllerOf(stage), action });

/** Commands that SSM took for the victim. */
export const commands = ({ stage, victim }: Played): readonly Invocation[] =>
  stage.region.ssm.all().filter(({ instanceId }) => instanceId === victim.instanceId);

/** Those after which its host says that it killed. */
export const kills = (played: Played): readonly Invocation[] =>
  commands(played).filter(({ stdout }) => /^killed pid/m.test(stdout));

/** Commands of this kind, whatever the host: `kill`, `fence`, `lift` or `stop`. The comment is the controller's own. */
export const ordered = ({ stage }: Played, kind: string): readonly Invocation[] =>
  stage.region.ssm.all().filter(({ comment }) => comment.split(' ')[2] === kind);

/** Peers, and nobody else, were asked to refuse the victim: the master at least, and all of them where it is the victim. */
export const fenced = (played: Played): readonly string[] => {
  const asked = new Set(ordered(played, 'fence').map(({ instanceId }) => instanceId));
  const needed = played.isMaster ? played.peers : played.peers.slice(0, 1);
  const left = needed.filter(({ instanceId }) => !asked.has(instanceId));
  return [
    ...left.map(({ instanceId }) => `${instanceId} was not asked to refuse the victim`),
    ...(asked.has(played.victim.instanceId) ? ['the victim was asked to refuse itself'] : []),
  ];
};

/** Whatever way a host refuses a peer: a route, a rule, a table. Not all hosts have all tools. */
const FENCES = `ip route show type prohibit
  iptables -S OUTPUT 2>/dev/null | grep quorate
  nft list tables 2>/dev/null | grep quorate
  true`;

/** Lifting is asked for when all is well again; SSM dispatches and reports in 3 s, and a lost order is repeated. */
const LIFT_DEADLINE_MS = 20_000;
const LOOK_EVERY_MS = 500;

/** Looked at from outside of the hosts: what a fence leaves in a network namespace. */
export const noFenceLeft = async ({ stage, peers }: Played): Promise<readonly string[]> => {
  const untilMs = Date.now() + LIFT_DEADLINE_MS;
  for (;;) {
    const on = peers.filter(({ instanceId }) => stage.hypervisor.isOn(instanceId));
    const left = (await Promise.all(on.map(fencesOn))).flat();
    if (left.length === 0 || Date.now() >= untilMs) return left;
    await sleep(LOOK_EVERY_MS);
  }
};

const fencesOn = async ({ instanceId }: Played['peers'][number]): Promise<readonly string[]> => {
  const found = await mustRun('ip', ['netns', 'exec', instanceId, 'bash', '-c', FENCES]);
  return found
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => `a fence is left on ${instanceId}: ${line.trim()}`);
};

export const once = (what: string, times: number): readonly string[] =>
  times === 1 ? [] : [`the victim was ${what} ${times} times, not once`];

/** @param wrong follows the name of each that does not hold */
export const each = (
  names: readonly string[],
  holds: (name: string) => boolean,
  wrong: string,
): readonly string[] => names.filter((name) => !holds(name)).map((name) => `${name} ${wrong}`);

/** The victim was called what it is. @param condition a name, and what follows it */
export const named = (played: Played, condition: string): readonly string[] =>
  said(played, new RegExp(`${played.victim.instanceId} \\([^)]*\\) is ${condition}`));

export const said = ({ sentences }: Played, words: RegExp): readonly string[] =>
  sentences.some((sentence) => words.test(sentence))
    ? []
    : [`the controller never said ${words.source}`];
