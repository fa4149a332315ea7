/**
 * What a failover has changed, and how each of it is changed back. Recorded before it is done; struck out only when the world
 * shows it as it was, whoever changed it back (I8).
 */
import type { MoveAct } from './acts.ts';
import type { Changed, Failover } from './failover-ledger.ts';
import type { State } from './model.ts';
import type { Inventory, Observation } from './observation.ts';
import { inventoryOf } from './side.ts';
import type { SideName } from './sides.ts';
import { isSetAside } from './standby.ts';

/** Health checks that are too hasty cut boots short; the others move instances about while a cluster forms. */
const HASTY = ['ReplaceUnhealthy', 'AZRebalance'] as const;

/** What of Auto Scaling is to be held still on a side, and is not yet, by us or by anybody. */
export const hastyOf = (state: State, observation: Observation, side: SideName): Changed | null => {
  const inventory = inventoryOf(state, observation, side);
  if (!inventory.ok) return null;
  const processes = HASTY.filter((each) => !inventory.value.suspended.includes(each));
  return processes.length === 0 ? null : { what: 'processes', side, processes };
};

/**
 * Whether the world shows it as it was. What cannot be read is not restored, nor is what was read before the last change may
 * have been made.
 */
const isRestored = (
  entry: Changed,
  state: State,
  observation: Observation,
  failover: Failover,
): boolean => {
  switch (entry.what) {
    case 'preview': {
      const { routing } = observation.move ?? {};
      return routing?.ok === true && routing.value.preview === null;
    }
    case 'courier':
      return isCourierOver(observation, failover);
    case 'processes':
    case 'size':
    case 'standby': {
      const inventory = inventoryOf(state, observation, entry.side);
      const isRead = inventory.ok && inventory.value.readAtMs > failover.phaseSinceMs;
      return isRead && isAsBefore(entry, inventory.value);
    }
  }
};

const isAsBefore = (
  entry: Extract<Changed, { what: 'processes' | 'size' | 'standby' }>,
  { suspended, min, desired, instances }: Inventory,
): boolean => {
  switch (entry.what) {
    case 'processes':
      return entry.processes.every((each) => !suspended.includes(each));
    case 'size':
      return entry.isStale === true
        ? desired === 0 && instances.every(({ ec2State }) => ec2State === 'terminated')
        : min === entry.min && desired === entry.desired;
    case 'standby':
      return !instances.some(
        (each) => each.instanceId === entry.node.instanceId && isSetAside(each),
      );
  }
};

/**
 * It says so, or it has long said nothing; or nobody is at work and whoever was sent finds the end of the job in the row. A
 * courier takes seconds to begin: that nothing was heard of it is no proof that it never will.
 */
export const isCourierOver = ({ move, nowMs }: Observation, failover: Failover): boolean => {
  if (move === null || !move.courier.ok) return false;
  const word = move.courier.value?.job === failover.fence ? move.courier.value : null;
  if (word?.phase === 'ended') return true;
  const isAtWork = word !== null && word.phase !== 'failed';
  if (!isAtWork && isToldToEnd(failover)) return true;
  const heardAtMs = failover.courier?.heardAtMs ?? 0;
  // One that is silent may live: it is to be told before nobody asks any more.
  const sinceMs = isToldToEnd(failover) ? heardAtMs : Math.max(heardAtMs, failover.phaseSinceMs);
  return nowMs - sinceMs >= GONE_MS;
};

const isToldToEnd = ({ changed }: Failover): boolean =>
  changed.some((entry) => entry.what === 'courier' && entry.isToldToEnd === true);

/** A minute without a word, of one that tells every second. */
const GONE_MS = 60_000;

const undoing = (entry: Changed, { to }: Failover): MoveAct => {
  switch (entry.what) {
    case 'processes':
      return { kind: 'unsuspend', side: entry.side, processes: entry.processes };
    case 'size': {
      const { min, desired } = entry.isStale === true ? { min: 0, desired: 0 } : entry;
      return { kind: 'scale', side: entry.side, min, desired };
    }
    case 'standby':
      return { kind: 'dismiss', side: entry.side, node: entry.node };
    case 'preview':
      return { kind: 'endPreview', side: entry.side };
    case 'courier':
      return { kind: 'endCarry', side: to, job: entry.job };
  }
};

/** What is left of it, and what undoes that. The last change is the first to go. */
export const restore = (
  failover: Failover,
  state: State,
  observation: Observation,
): { readonly left: readonly Changed[]; readonly acts: readonly MoveAct[] } => {
  const left = failover.changed.flatMap((entry) =>
    isRestored(entry, state, observation, failover) ? after(entry) : [entry],
  );
  return { left, acts: left.toReversed().map((entry) => undoing(entry, failover)) };
};

/** What is to be done when that is. */
const after = (entry: Changed): readonly Changed[] => {
  if (entry.what !== 'size' || entry.isStale !== true) return [];
  const { what, side, min, desired } = entry;
  return [{ what, side, min, desired }];
};

/** A standby that stood there before it was carried to would keep what it was given, and a later move would find it there. */
export const withStale = ({ changed, to }: Failover, isCarried: boolean): Failover['changed'] =>
  changed.map((entry) =>
    isCarried && entry.what === 'size' && entry.side === to && entry.desired > 0
      ? { ...entry, isStale: true }
      : entry,
  );

export const withChange = (failover: Failover, more: readonly (Changed | null)[]): Failover => ({
  ...failover,
  changed: [...failover.changed, ...more.filter((each) => each !== null)],
});
