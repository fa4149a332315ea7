/** The side that does not carry the traffic: judged by the same rules, with a memory of its own. */
import { type Diagnosed, diagnose } from './diagnose.ts';
import type { SideMemory, State } from './model.ts';
import type { Inventory, Observation, Reading } from './observation.ts';
import type { Policy } from './policy.ts';
import type { SideName } from './sides.ts';

export const EMPTY_SIDE: SideMemory = {
  lastTickMs: 0,
  nodes: {},
  seats: [],
  core: [],
  cluster: 'Unknown',
  clusterSinceMs: 0,
  resync: null,
  loss: null,
  lostMs: 0,
  cuts: [],
  symptomsSinceMs: null,
  muteSinceMs: null,
  boots: [],
};

export const sideMemoryOf = (state: State): SideMemory => ({
  lastTickMs: state.lastTickMs,
  nodes: state.nodes,
  seats: state.seats,
  core: state.core,
  cluster: state.cluster,
  clusterSinceMs: state.clusterSinceMs,
  resync: state.resync,
  loss: state.loss,
  lostMs: state.lostMs,
  cuts: state.cuts,
  symptomsSinceMs: state.symptomsSinceMs,
  muteSinceMs: state.muteSinceMs,
  boots: state.boots,
});

/** @returns `null` while it cannot be read */
export const seeOtherSide = (
  policy: Policy,
  state: State,
  memory: SideMemory | null,
  observation: Observation,
): Diagnosed | null => {
  const other = observation.move?.other ?? null;
  if (other === null || !other.inventory.ok) return null;
  const its = { ...state, ...(memory ?? EMPTY_SIDE), retirement: null };
  const { inventory, rounds } = other;
  return diagnose(policy, its, { ...observation, inventory, rounds });
};

export const inventoryOf = (
  { active }: Pick<State, 'active'>,
  { inventory, move }: Observation,
  side: SideName,
): Reading<Inventory> =>
  side === active
    ? inventory
    : (move?.other?.inventory ?? { ok: false, error: 'the other side was not read' });

/**
 * Users go to the other side from now on. Its members take their seats at once: they are the majority that was verified,
 * and who watches them must be able to say when it is lost.
 */
export const swapped = (state: State, to: SideName, other: SideMemory): State => ({
  ...state,
  ...other,
  seats: other.core.map((instanceId, at) => ({ seat: at + 1, instanceId })),
  active: to,
  // Both were about members of the old side.
  inFlight: null,
  retirement: null,
});

/** Nobody of the old side can be read any more, beyond doubt: one bad round of the last one is none. */
export const isAllGone = ({ cluster, state }: Diagnosed): boolean =>
  cluster.condition === 'Down' && (state.loss?.sureSinceMs ?? null) !== null;
