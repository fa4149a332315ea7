/** What was changed on a side that is gone, or that nobody can read, is given up in the end: while it is tried, nobody is rescued. */
import type { Tick } from './evicting.ts';
import type { Changed, Failover } from './failover-ledger.ts';
import { inventoryOf } from './side.ts';
import type { SideName } from './sides.ts';

/** AWS says that there is no such group: some readings in a row, because one may be wrong. */
const GONE_MS = 30_000;
/** Any other error may pass: as long as a side has to go. */
const UNREAD_MS = 900_000;

/** @returns the failover itself while nothing is given up */
export const givingUp = (tick: Tick, failover: Failover): Failover => {
  const isLost = (entry: Changed): boolean =>
    (entry.what === 'processes' || entry.what === 'size' || entry.what === 'standby') &&
    whyLost(tick, failover, entry.side) !== null;
  const [lost] = failover.changed.filter(isLost);
  if (lost === undefined || !('side' in lost)) return failover;
  const { undoneFor, because } = failover;
  const why = whyLost(tick, failover, lost.side) ?? '';
  const words = `what was changed on ${lost.side} is left as it is: ${why}`;
  return {
    ...failover,
    changed: failover.changed.filter((entry) => !isLost(entry)),
    ...(undoneFor === null
      ? { because: `${because}; ${words}` }
      : { undoneFor: `${undoneFor}; ${words}` }),
  };
};

/** The side that users are on is waited for whatever it takes: nothing is done at all without it (I2). */
const whyLost = (
  { diagnosed: { state }, observation }: Tick,
  { phaseSinceMs, side: seen }: Failover,
  side: SideName,
): string | null => {
  const inventory = inventoryOf(state, observation, side);
  if (inventory.ok || side === state.active) return null;
  const sinceMs = Math.max(phaseSinceMs, seen?.lastTickMs ?? 0);
  const patienceMs = inventory.isGone === true ? GONE_MS : UNREAD_MS;
  return observation.nowMs - sinceMs >= patienceMs ? inventory.error : null;
};
