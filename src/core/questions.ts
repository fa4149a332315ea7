/** What the next round asks beyond the plain probes of every node: pure, so that a replay asks the same. */
import type { State } from './model.ts';
import type { Inventory, Questions, Reading, Target } from './observation.ts';

/** Ticks are a second apart at most times; observers of one round get the same turn. */
const TURN_MS = 1_000;
/** Peers asked about one node that nobody reaches: one of them may be sick itself. */
const WITNESSES_MAX = 2;
/** Ways between members that are asked for in one round, in turn. */
const WAYS_AT_ONCE = 3;
/** All of them at once, while users are failed and nobody is to blame. */
const WAYS_MAX = 20;
/** In larger fleets ways are asked for on suspicion only: each needs a connection to one member alone. */
const WATCHED_WAYS_MEMBERS_MAX = 6;

export const questionsFor = (
  state: State,
  inventory: Reading<Inventory>,
  nowMs: number,
): Questions => {
  const turn = Math.floor(nowMs / TURN_MS);
  const core = membersOf(state, inventory);
  return {
    turn,
    confirm: Object.fromEntries(
      Object.entries(state.nodes).flatMap(([id, { canaryPartition }]) =>
        canaryPartition === null ? [] : [[id, canaryPartition]],
      ),
    ),
    isLast: false,
    crossings: [...aboutUnreached(state, core), ...waysInTurn(state, core, turn)],
    safety: state.resync !== null,
  };
};

/** The look before an act: the canary once more, and two peers. */
export const lastQuestions = (
  state: State,
  inventory: Reading<Inventory>,
  target: Target,
  nowMs: number,
): Questions => {
  const plain = questionsFor(state, inventory, nowMs);
  const partition = state.nodes[target.instanceId]?.canaryPartition ?? null;
  return {
    ...plain,
    confirm: partition === null ? {} : { [target.instanceId]: partition },
    isLast: true,
    crossings: witnesses(membersOf(state, inventory), target),
    safety: false,
  };
};

/** The core as far as AWS still tells of it, oldest first. */
const membersOf = (state: State, inventory: Reading<Inventory>): readonly Target[] =>
  state.core.flatMap((id) => {
    const address = inventory.ok
      ? inventory.value.instances.find(({ instanceId }) => instanceId === id)?.address
      : state.nodes[id]?.address;
    return address === undefined || address === '' ? [] : [{ instanceId: id, address }];
  });

/** Peers of every node to which somebody did not get through. */
const aboutUnreached = (state: State, core: readonly Target[]): Questions['crossings'] =>
  Object.entries(state.nodes).flatMap(([instanceId, { address, streaks, missingSinceMs }]) => {
    const isUnreached = Object.values(streaks).some(({ reached }) => !reached);
    if (!isUnreached || missingSinceMs !== null) return [];
    return witnesses(core, { instanceId, address });
  });

const witnesses = (core: readonly Target[], to: Target): Questions['crossings'] =>
  core
    .filter(({ instanceId }) => instanceId !== to.instanceId)
    .slice(0, WITNESSES_MAX)
    .map((via) => ({ via, to }));

/** A cut between two members hurts users and shows nowhere else. */
const waysInTurn = (
  { symptomsSinceMs, cuts }: State,
  core: readonly Target[],
  turn: number,
): Questions['crossings'] => {
  const isSuspected = symptomsSinceMs !== null || cuts.length > 0;
  if (!isSuspected && core.length > WATCHED_WAYS_MEMBERS_MAX) return [];
  const ways = core.flatMap((via) =>
    core.filter((to) => to.instanceId !== via.instanceId).map((to) => ({ via, to })),
  );
  const count = isSuspected ? WAYS_MAX : WAYS_AT_ONCE;
  if (ways.length <= count) return ways;
  const first = (turn * count) % ways.length;
  return [...ways, ...ways].slice(first, first + count);
};
