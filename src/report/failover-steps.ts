/** A failover told before it is done: what happens in which order, and what it leaves behind. */
import type { Failover } from '../core/failover-ledger.ts';
import type { State } from '../core/model.ts';
import type { Policy } from '../core/policy.ts';
import { otherSide } from '../core/sides.ts';

interface Planned {
  readonly state: State;
  readonly kind: 'failover' | 'move';
  readonly isCarried: boolean;
  readonly verifyBy: Policy['verifyBy'];
  readonly hasVault: boolean;
}

export const stepsOf = (path: Failover['path'], planned: Planned): readonly string[] =>
  path === 'move' ? moveSteps(planned) : REBUILD_STEPS;

const moveSteps = (planned: Planned): readonly string[] => {
  const { state, kind, isCarried, hasVault, verifyBy } = planned;
  const [old, new_] = [state.active, otherSide(state.active)];
  const size = state.seats.length;
  const isolates = kind === 'failover' && state.loss !== null;
  return [
    `launch: ${size} instances on the ${new_} side; Auto Scaling's hasty checks are held still on both sides`,
    'form: its members find each other, and nobody of the old side',
    ...(isCarried ? [`copy: the sessions are carried from ${old} to ${new_} once`] : []),
    ...(isolates ? [`isolate: sick members of the ${old} side are killed`] : []),
    ...(isCarried ? ['level: both sides are kept level'] : []),
    ...(hasVault && state.cluster === 'Down'
      ? [`restore: the vault's last generation is put into the ${new_} side`]
      : []),
    verifyBy === 'balancer'
      ? `verify: a call through the load balancer reaches the ${new_} side and is answered`
      : `verify: most nodes of the ${new_} side answer a call well`,
    `switch: all users go to the ${new_} side`,
    `drain: calls on the ${old} side end`,
    `retire: the ${old} side goes; everything that was held still is let go`,
  ];
};

const REBUILD_STEPS: readonly string[] = [
  "replace: broken members are replaced at once; Auto Scaling's hasty checks are held still",
  'form: the newcomers find each other and whoever is left',
  'settle: everything that was held still is let go',
];

/** What is in memory and stays behind. */
export const notCarried = (path: Failover['path'], maps: readonly string[]): readonly string[] => {
  if (path === 'rebuild') return [];
  const others = 'queues, topics, locks, sets, lists, multimaps and counters';
  return maps.length === 0
    ? [`every map: the fleets file names none in sessions`, others]
    : [`every map but ${maps.join(', ')}`, others];
};
