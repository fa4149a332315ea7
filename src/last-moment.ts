/** What a fresh reading of AWS says against acts that were planned on an older one: asked once more just before they are done. */

import type { Act, MoveAct, NodeAct } from './core/acts.ts';
import { isLeaving } from './core/condition.ts';
import { ghostProblems, notOptedIn, ownershipProblems } from './core/guard.ts';
import type { Hold, Plan, State } from './core/model.ts';
import type { Inventory, Reading, Target } from './core/observation.ts';
import { otherSide, type Routing, type SideName } from './core/sides.ts';
import { withOwnStandby } from './core/standby.ts';
import type { Context } from './eyes.ts';

export type Refusal = Pick<Hold, 'rail' | 'reason'>;

/** What was read again, as far as the acts need it. */
export interface Fresh {
  readonly sides: Readonly<Record<SideName, Reading<Inventory>>>;
  readonly routing: Reading<Routing>;
}

/** As long as the routing has in a tick. */
const ROUTING_DEADLINE_MS = 5_000;
const UNREAD = { ok: false, error: 'it was not read again' } as const;

/** Reads anew what the acts rest on, whatever the age of what is known. */
export const readAgain = async (
  context: Context,
  { active }: State,
  acts: readonly Act[],
): Promise<Fresh> => {
  const needed = new Set(acts.flatMap((act) => ('target' in act ? [active] : sidesOf(act))));
  const side = async (name: SideName): Promise<Reading<Inventory>> =>
    needed.has(name) ? await context.eyes.inventory(context, name, 0) : UNREAD;
  const { move } = context.deps;
  const isSwitch = acts.some(({ kind }) => kind === 'switch');
  const [blue, green, routing] = await Promise.all([
    side('blue'),
    side('green'),
    isSwitch && move !== null ? move.routing(AbortSignal.timeout(ROUTING_DEADLINE_MS)) : UNREAD,
  ]);
  return { sides: { blue, green }, routing };
};

/** What AWS says at the last moment against one of the acts; `null` when nothing. */
export const whyNot = (
  fresh: Fresh,
  state: State,
  { acts, lastLook: isFirst }: Extract<Plan, { kind: 'act' }>,
): Refusal | null => {
  const [no] = acts.flatMap(
    (act) =>
      ('target' in act
        ? whyNotOnNode(fresh.sides[state.active], state, act, isFirst)
        : whyNotOnSide(fresh, act)) ?? [],
  );
  return no ?? null;
};

const whyNotOnNode = (
  inventory: Reading<Inventory>,
  state: State,
  act: NodeAct,
  isFirst: boolean,
): Refusal | null => {
  // Letting go of an address can be wrong for nobody.
  if (act.kind === 'lift') return null;
  if (!inventory.ok) return { rail: 'I2', reason: inventory.error };
  const known = withOwnStandby(inventory.value, state.retirement);
  return act.kind === 'fence'
    ? whyNotFence(known, state, act)
    : whyNotTouch(known, act.target, isFirst);
};

/** Giving back, or ending what is ours alone, can be wrong for nobody. */
const RELEASING: readonly Act['kind'][] = ['unsuspend', 'endPreview', 'endCarry'];

/** Done whatever is said against the acts beside it: what cannot be had of one side keeps nothing of the other one. */
export const isReleasing = ({ kind }: Act): boolean => RELEASING.includes(kind);

/** The groups that an act concerns; none where it lets go. */
const sidesOf = (act: MoveAct): readonly SideName[] => {
  if (isReleasing(act)) return [];
  // A courier reads from members of the one and writes to members of the other.
  return act.kind === 'carry' ? [act.side, otherSide(act.side)] : [act.side];
};

const whyNotOnSide = ({ sides, routing }: Fresh, act: MoveAct): Refusal | null => {
  const problems = sidesOf(act).flatMap((side) => unowned(side, sides[side]) ?? []);
  const [problem] = [
    ...problems,
    ...(act.kind === 'switch' ? misrouted(routing) : []),
    ...nodesOf(act).flatMap(([side, node]) => whyNotThere(sides[side], node) ?? []),
  ];
  return problem ?? null;
};

/** The nodes that an act names, and where each of them must be. */
const nodesOf = (act: MoveAct): readonly (readonly [SideName, Target])[] => {
  if (act.kind === 'dismiss') return [[act.side, act.node]];
  if (act.kind === 'restore') return act.to.map((node) => [act.side, node] as const);
  if (act.kind === 'keep') return act.nodes.map((node) => [act.side, node] as const);
  if (act.kind !== 'carry') return [];
  const { side, from, to } = act;
  return [
    ...from.map((node) => [otherSide(side), node] as const),
    ...to.map((node) => [side, node] as const),
  ];
};

const whyNotThere = (inventory: Reading<Inventory>, node: Target): Refusal | null =>
  inventory.ok ? whyNotTouch(inventory.value, node, false) : null;

const unowned = (side: SideName, inventory: Reading<Inventory>): Refusal | null => {
  if (!inventory.ok) return { rail: 'I2', reason: `the ${side} side: ${inventory.error}` };
  if (inventory.value.groupTagged) return null;
  const [reason = 'the group is not tagged'] = notOptedIn(inventory.value);
  return { rail: 'I11', reason: `the ${side} side: ${reason}` };
};

/** Users go to one of the sides, or a switch of ours has come half way; else somebody else is changing that. */
const misrouted = (routing: Reading<Routing>): readonly Refusal[] => {
  if (!routing.ok) return [{ rail: 'I2', reason: `where users go: ${routing.error}` }];
  return routing.value.side === null && routing.value.isHalf !== true
    ? [{ rail: 'I5', reason: 'somebody else has changed where the load balancer sends users' }]
    : [];
};

const whyNotTouch = (
  inventory: Inventory,
  { instanceId, address }: Target,
  isFirst: boolean,
): Refusal | null => {
  const [problem] = ownershipProblems(inventory, instanceId);
  const instance = inventory.instances.find((each) => each.instanceId === instanceId);
  if (problem !== undefined || instance === undefined) return problem ?? null;
  if (isFirst && isLeaving(instance)) return { rail: 'I2', reason: 'it is leaving the group' };
  // EC2 takes the address back when it terminates an instance; from then on only its id counts.
  return instance.address === '' || instance.address === address
    ? null
    : { rail: 'I12', reason: 'its address is no longer the one that was judged' };
};

/** Its hosts are the fleet's own; its victim may be gone from the group already. */
const whyNotFence = (
  inventory: Inventory,
  { nodes }: State,
  { target: { instanceId, address }, hosts }: Extract<NodeAct, { kind: 'fence' }>,
): Refusal | null => {
  const victim = { instanceId, address, tagged: nodes[instanceId]?.tagged === true };
  const [problem] = [
    ...hosts.flatMap((host) => ownershipProblems(inventory, host)),
    ...ghostProblems(inventory, victim),
  ];
  return problem ?? null;
};
