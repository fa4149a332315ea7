/** What a fleet with two sides must look like when a run is over, and how people order a move. */
import { GROUP, STANDBY } from '../cloud/world.ts';
import { flipsOf } from '../measure/flips.ts';
import type { Stage } from '../stage/stage.ts';
import { command } from './people.ts';
import type { Played } from './scenario.ts';

const SIDES = [GROUP, STANDBY];

/** One side has the users, the other is empty, and nothing of the way there is left. */
export const isSettled = (stage: Stage): boolean => leftovers(stage).length === 0;

/** The part of a group that tells. */
interface Side {
  readonly name: string;
  readonly desired: number;
  readonly min: number;
  readonly members: { readonly size: number };
  readonly suspended: { readonly size: number; keys(): Iterable<string> };
}

/** The part of a stage that tells. */
export interface Sides {
  readonly region: Pick<Stage['region'], 'rules'> & {
    readonly scaling: { readonly groups: { values(): Iterable<Side> } };
  };
  readonly routing: Pick<Stage['routing'], 'now'>;
}

/** @returns what is left of a move, in words */
export const leftovers = ({ region, routing }: Sides): readonly string[] => {
  const users = routing.now();
  const groups = [...region.scaling.groups.values()];
  const idle = groups.filter(({ name }) => SIDES.includes(name) && name !== users);
  const rules = region.rules().filter(({ header }) => header !== null);
  return [
    ...(users === null ? ['users are sent to more than one side, or to none'] : []),
    ...idle
      .filter(({ members, desired, min }) => members.size + desired + min > 0)
      .map(
        ({ name, members, desired }) => `${name} still has ${members.size}, and wants ${desired}`,
      ),
    ...groups
      .filter(({ suspended }) => suspended.size > 0)
      .map(({ name, suspended }) => `${name}: ${[...suspended.keys()].join(', ')} still suspended`),
    ...rules.map(({ header }) => `the rule for ${header?.name ?? '?'} is still there`),
  ];
};

/** Users were sent from one side to another this often, each time all of them at once; in the end they are here. */
export const ended = (
  { stage, userCalls }: Played,
  where: string,
  flips: number,
): readonly string[] => {
  const { instances } = stage.region;
  const sideOf = (address: string): string | null =>
    instances.all().find((each) => each.address === address)?.group ?? null;
  const seen = flipsOf(userCalls, sideOf);
  const users = stage.routing.now();
  return [
    ...leftovers(stage),
    ...(users === where ? [] : [`users are sent to ${users ?? 'no one side'}, not to ${where}`]),
    ...(seen === flips ? [] : [`users changed sides ${seen} times, not ${flips}`]),
    ...(emptied(stage).includes(where) ? [`${where} has the users, and was retired too`] : []),
  ];
};

/** Groups that were ever asked to have nobody. */
const emptied = ({ region }: Pick<Stage, 'region'>): readonly string[] =>
  region.journal
    .find({ action: 'UpdateAutoScalingGroup' })
    .filter(({ parameters }) => /"DesiredCapacity":"?0\b/.test(parameters))
    .map(({ parameters }) => /"AutoScalingGroupName":"([^"]+)"/.exec(parameters)?.[1] ?? '');

export const moved = (played: Played): readonly string[] => ended(played, STANDBY, 1);

/** It was tried, or not, and given up: no user ever met the other side. */
export const stayed = (played: Played): readonly string[] => ended(played, GROUP, 0);

/** A person orders something of the whole fleet. @returns when it was sent; what becomes of it the run shows */
export const order = (stage: Stage, kind: 'move' | 'failover' | 'abort'): number => {
  command(stage, { kind, reason: 'the scenario says so' }).catch((error: unknown) =>
    console.error(`order ${kind}:`, error),
  );
  return Date.now();
};

/** The courier's function; `null` while nothing of that name is deployed. */
export const courierOf = ({ region }: Stage): string | null =>
  [...region.lambda.functions.keys()].find((name) => name.endsWith('courier')) ?? null;
