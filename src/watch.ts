/**
 * The loop: one tick after the other until a newer invocation takes over or the time is up.
 *
 * The scheduler is only precise to a minute, so each invocation watches for two and hands over to
 * the next: the newcomer registers as successor, the holder sees that in the row at its next tick,
 * gives up the lease and returns; the newcomer waits until the lease is free. An invocation that died
 * frees it by expiry. At most one acts, because every write is conditional on the row's version.
 */

import type { Report } from './core/model.ts';
import type { Policy } from './core/policy.ts';
import { INITIAL_STATE } from './core/step.ts';
import { type Held, type TickContext, tick, tickWithoutStore } from './cycle.ts';
import { StateUnreadable, StoreUnavailable } from './errors.ts';
import { Eyes } from './eyes.ts';
import { isLive } from './lease.ts';
import type { Deps, Row } from './ports.ts';

export interface WatchOptions {
  readonly fleet: string;
  readonly policy: Policy;
  /** Unique for each invocation. */
  readonly id: string;
  /** When to stop although no successor came. */
  readonly untilMs: number;
  /** Asks the loop to end after the tick that is under way. */
  readonly signal?: AbortSignal;
}

export interface Watched {
  readonly ticks: number;
  readonly ended: 'superseded' | 'time' | 'aborted';
}

/** How often a successor looks whether the lease is free. */
const LEASE_POLL_MS = 250;
const STORE_DEADLINE_MS = 2_000;
const REPORT_DEADLINE_MS = 2_000;
/** A fleet that ticks this rarely is not watched between invocations. */
const FRUGAL_TICK_MS = 60_000;

export const watch = async (deps: Deps, options: WatchOptions): Promise<Watched> => {
  const { clock } = deps;
  const eyes = new Eyes();
  let held: Held | null = null;
  // What the last tick knew: for telling, while the store cannot say what counts.
  let known = INITIAL_STATE;
  let dueAtMs = clock.nowMs();
  let ticks = 0;
  let registered = false;
  const isOver = (): boolean =>
    options.signal?.aborted === true || clock.nowMs() >= options.untilMs;
  while (!isOver()) {
    const context: Omit<TickContext, 'pause' | 'orders'> = { ...options, deps, eyes, dueAtMs };
    try {
      registered ||= await register(deps, options);
      if (!registered) return { ticks, ended: 'superseded' };
      const row = await deps.store.load(options.fleet, AbortSignal.timeout(STORE_DEADLINE_MS));
      if (row.watcher !== null && row.watcher.id !== options.id) {
        await release(deps, options, row, held);
        return { ticks, ended: 'superseded' };
      }
      if (isHeldByOther(row, options.id, clock.nowMs())) {
        await clock.sleep(LEASE_POLL_MS, options.signal);
        dueAtMs = clock.nowMs();
        continue;
      }
      const { pause, orders } = row;
      const ticked = await tick({ ...context, pause, orders }, heldFrom(row, held, options.id));
      held = ticked.held;
      known = held?.state ?? known;
      dueAtMs = await tell(deps, ticked.report);
    } catch (error) {
      held = null;
      if (!(error instanceof StoreUnavailable || error instanceof StateUnreadable)) throw error;
      const blank = { ...context, pause: null, orders: [] };
      const told = await tickWithoutStore(blank, known, error.message);
      known = told.state;
      dueAtMs = await tell(deps, told.report);
    }
    ticks += 1;
    if (options.policy.tickEveryMs >= FRUGAL_TICK_MS) break;
    await clock.sleep(
      Math.max(0, Math.min(dueAtMs, options.untilMs) - clock.nowMs()),
      options.signal,
    );
  }
  await giveUp(deps, options, held);
  return { ticks, ended: options.signal?.aborted === true ? 'aborted' : 'time' };
};

const register = async ({ store, clock }: Deps, { fleet, id }: WatchOptions): Promise<boolean> =>
  await store.register(
    fleet,
    { id, sinceMs: clock.nowMs() },
    AbortSignal.timeout(STORE_DEADLINE_MS),
  );

const isHeldByOther = ({ lease }: Row, id: string, nowMs: number): boolean =>
  isLive(lease, nowMs) && lease.holder !== id;

/**
 * Memory between ticks is good as long as nobody else wrote; and also when only a pause or a successor
 * did, which the lease shows: it knows of ticks that were not worth a write.
 */
const heldFrom = (row: Row, held: Held | null, id: string): Held => {
  const isOurs = row.lease?.holder === id;
  return {
    version: row.version,
    state: held !== null && isOurs ? held.state : (row.state ?? INITIAL_STATE),
    lease: { holder: id, untilMs: isOurs ? row.lease.untilMs : 0 },
    savedAtMs: held !== null && held.version === row.version ? held.savedAtMs : 0,
  };
};

/**
 * A tick that was busy (a slow act, a slow report) makes the next one begin at once, and not late: what
 * is late is a loop that did not get to run.
 * @returns when the next tick is due
 */
const tell = async ({ reporter, clock }: Deps, report: Report): Promise<number> => {
  await reporter.report(report, AbortSignal.timeout(REPORT_DEADLINE_MS));
  return Math.max(report.plan.nextCheckAtMs, clock.nowMs());
};

const release = async (
  { store }: Deps,
  { fleet, id }: WatchOptions,
  row: Row,
  held: Held | null,
): Promise<void> => {
  if (row.lease?.holder !== id || row.state === null) return;
  // A conflict means that the lease is somebody else's already.
  await store.save(
    fleet,
    { expectedVersion: row.version, state: held?.state ?? row.state, lease: null },
    AbortSignal.timeout(STORE_DEADLINE_MS),
  );
};

/** On the way out the lease is freed if the store allows; else it runs out by itself. */
const giveUp = async (deps: Deps, options: WatchOptions, held: Held | null): Promise<void> => {
  try {
    const row = await deps.store.load(options.fleet, AbortSignal.timeout(STORE_DEADLINE_MS));
    await release(deps, options, row, held);
  } catch (error) {
    if (!(error instanceof StoreUnavailable || error instanceof StateUnreadable)) throw error;
  }
};
