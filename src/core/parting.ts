/**
 * Members of the standby that joined the old cluster hold copies of its data by then. They leave one by one, each when the
 * others have made all copies again: all at once they would take away what is left.
 */
import type { MoveAct } from './acts.ts';
import type { Tick } from './evicting.ts';
import type { Failover } from './failover-ledger.ts';
import type { State } from './model.ts';
import { inventoryOf } from './side.ts';

/** @returns the acts of an undo, with the standby made smaller by one where it must be, or not yet; and that copies are waited for */
export const partingSlowly = (
  tick: Tick,
  { path, from, to }: Failover,
  acts: readonly MoveAct[],
): { readonly acts: readonly MoveAct[]; readonly resync: State['resync'] } => {
  const { policy, diagnosed, observation } = tick;
  const { state } = diagnosed;
  const { resync } = state;
  const standby = inventoryOf(state, observation, to);
  const isMove = path === 'move' && state.active === from;
  if (!isMove || !standby.ok || !isListed(tick, standby.value.instances)) return { acts, resync };
  const { desired, instances } = standby.value;
  const isSafe =
    resync === null ||
    (policy.prefer === 'mitigation' &&
      observation.nowMs - resync.sinceMs >= policy.safetyDeadlineMs);
  const isNext = isSafe && instances.length <= desired;
  const others = acts.filter((act) => !(act.kind === 'scale' && act.side === to));
  if (!isNext) return { acts: others, resync };
  const smaller: readonly MoveAct[] = acts.flatMap((act) =>
    act.kind === 'scale' && act.side === to
      ? [{ ...act, desired: Math.max(act.desired, desired - 1) }]
      : [],
  );
  return {
    acts: [...smaller, ...others],
    resync: { sinceMs: observation.nowMs, safeRounds: 0 },
  };
};

/** A member of the old side lists one of them. */
const isListed = (
  { diagnosed }: Tick,
  instances: readonly { readonly address: string }[],
): boolean =>
  Object.values(diagnosed.state.nodes).some(({ view }) =>
    instances.some(({ address }) => view?.includes(address) === true),
  );
