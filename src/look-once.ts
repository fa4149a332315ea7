/**
 * One look for a person: everything that a tick reads and decides, nothing of it committed or done.
 *
 * What is remembered comes from the row, so tolerances that run and lists that count are those of whoever watches. Its
 * last seconds may be missing: a tick without news is written every 5 s.
 */
import type { State } from './core/model.ts';
import type { MoveNeeds } from './core/move-needs.ts';
import type { Observation } from './core/observation.ts';
import type { Policy } from './core/policy.ts';
import { INITIAL_STATE, type Stepped, step } from './core/step.ts';
import { Eyes } from './eyes.ts';
import { observe } from './observe.ts';
import type { Deps, Row } from './ports.ts';

/** A person waits; a store that takes longer than this is out of reach. */
const STORE_DEADLINE_MS = 3_000;

export interface Watchable {
  readonly name: string;
  readonly policy: Policy;
  readonly deps: Deps;
  /** What is carried to the other side; `null`: nothing. */
  readonly sessions: { readonly maps: readonly string[] } | null;
}

export interface Look {
  readonly fleet: string;
  readonly policy: Policy;
  readonly row: Row;
  /** The row's state, or that of a fleet which nobody has watched yet. */
  readonly before: State;
  readonly observation: Observation;
  readonly stepped: Stepped;
}

/** @throws StoreUnavailable, StateUnreadable */
export const loadRow = async ({ name, deps }: Watchable): Promise<Row> =>
  await deps.store.load(name, AbortSignal.timeout(STORE_DEADLINE_MS));

/**
 * @param needs what is read of the other side; absent: what the row needs
 * @throws StoreUnavailable, StateUnreadable
 */
export const lookOnce = async (fleet: Watchable, needs?: MoveNeeds): Promise<Look> => {
  const row = await loadRow(fleet);
  const before = row.state ?? INITIAL_STATE;
  const observation = await see(fleet, row, needs);
  const { name, policy } = fleet;
  return {
    fleet: name,
    policy,
    row,
    before,
    observation,
    stepped: step(policy, before, observation),
  };
};

/** The reads of one tick. Needs no store: without a row it looks as at a fleet that is new. */
export const see = async (
  { name, policy, deps }: Watchable,
  { state, pause, orders }: Pick<Row, 'state' | 'pause' | 'orders'>,
  needs?: MoveNeeds,
): Promise<Observation> => {
  const dueAtMs = deps.clock.nowMs();
  const context = { fleet: name, policy, deps, eyes: new Eyes(), dueAtMs, pause, orders };
  const before = state ?? INITIAL_STATE;
  return await observe(needs === undefined ? context : { ...context, needs }, before);
};
