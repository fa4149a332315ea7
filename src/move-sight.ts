/**
 * What a tick reads beyond the side that carries the traffic: the other side's nodes, where users are sent, and what the
 * courier says. Nothing of it while all is well.
 */
import type { SideMemory, State } from './core/model.ts';
import type { MoveNeeds } from './core/move-needs.ts';
import type { Inventory, MoveSight, Reading, Round } from './core/observation.ts';
import { questionsFor } from './core/questions.ts';
import { otherSide, type Preview } from './core/sides.ts';
import { INITIAL_STATE } from './core/step.ts';
import { type Context, targetsOf } from './eyes.ts';
import type { MoveReader } from './ports.ts';

/** As the inventory has. */
const ROUTING_DEADLINE_MS = 5_000;
/** One row. */
const COURIER_DEADLINE_MS = 2_000;
/** Beyond the call itself; an observer's margin of its own is shorter. */
const PREVIEW_MARGIN_MS = 4_000;

export interface MoveWants {
  readonly reader: MoveReader;
  readonly needs: MoveNeeds;
  /** Of the other side, as it was read just now. */
  readonly inventory: Reading<Inventory>;
  readonly startedAtMs: number;
}

export const seeMove = async (
  context: Context,
  state: State,
  { reader, needs, inventory, startedAtMs }: MoveWants,
): Promise<MoveSight> => {
  const [rounds, routing, courier, previews] = await Promise.all([
    lookAtOther(context, state, inventory, startedAtMs),
    reader.routing(AbortSignal.timeout(ROUTING_DEADLINE_MS)),
    reader.courier(AbortSignal.timeout(COURIER_DEADLINE_MS)),
    needs.preview ? callPreview(context) : [],
  ]);
  return { other: { inventory, rounds }, routing, previews, courier };
};

/** Asked as the fleet's own nodes are, by what is remembered of them. */
const lookAtOther = async (
  { eyes, policy, ...context }: Context,
  state: State,
  inventory: Reading<Inventory>,
  startedAtMs: number,
): Promise<readonly Round[]> => {
  const there: SideMemory =
    state.failover?.path === 'move' ? sideOf(state.failover) : INITIAL_STATE;
  const targets = targetsOf(inventory, there);
  // An empty round would only be the observers' test of themselves, which the other rounds are already.
  if (targets.length === 0) return [];
  const questions = questionsFor({ ...INITIAL_STATE, ...there }, inventory, startedAtMs);
  return await eyes.look({ ...context, eyes, policy }, otherSide(state.active), targets, {
    probeDeadlineMs: policy.probeDeadlineMs,
    questions,
  });
};

const sideOf = ({ side }: NonNullable<State['failover']>): SideMemory => side ?? INITIAL_STATE;

const callPreview = async ({ fleet, deps, eyes, policy }: Context): Promise<readonly Preview[]> => {
  const deadlineMs = policy.probeDeadlineMs;
  const request = { fleet, balancerAddresses: eyes.balancerAddresses(), deadlineMs };
  const signal = AbortSignal.timeout(deadlineMs + PREVIEW_MARGIN_MS);
  return await Promise.all(
    deps.observers.map(async (observer) => await observer.preview(request, signal)),
  );
};
