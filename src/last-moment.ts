/** What a fresh inventory says against acts that were planned on an older one: asked once more just before they are done. */
import { isLeaving } from './core/condition.ts';
import { ghostProblems, ownershipProblems } from './core/guard.ts';
import type { Act, Hold, Plan, State } from './core/model.ts';
import type { Inventory, Reading, Target } from './core/observation.ts';
import { withOwnStandby } from './core/standby.ts';

type Refusal = Pick<Hold, 'rail' | 'reason'>;

/** What AWS says at the last moment against one of the acts; `null` when nothing. */
export const whyNot = (
  inventory: Reading<Inventory>,
  state: State,
  { acts, lastLook: isFirst }: Extract<Plan, { kind: 'act' }>,
): Refusal | null => {
  // Letting go of an address can be wrong for nobody.
  const risky = acts.filter(({ kind }) => kind !== 'lift');
  if (risky.length === 0) return null;
  if (!inventory.ok) return { rail: 'I2', reason: inventory.error };
  const known = withOwnStandby(inventory.value, state.retirement);
  const [no] = risky.flatMap(
    (each) =>
      (each.kind === 'fence'
        ? whyNotFence(known, state, each)
        : whyNotTouch(known, each.target, isFirst)) ?? [],
  );
  return no ?? null;
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
  { target: { instanceId, address }, hosts }: Extract<Act, { kind: 'fence' }>,
): Refusal | null => {
  const victim = { instanceId, address, tagged: nodes[instanceId]?.tagged === true };
  const [problem] = [
    ...hosts.flatMap((host) => ownershipProblems(inventory, host)),
    ...ghostProblems(inventory, victim),
  ];
  return problem ?? null;
};
