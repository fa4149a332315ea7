/** What becomes of a failover that a person wants none of. */
import { isCarried, jobToUndo } from './courier.ts';
import { withEnd } from './ending.ts';
import type { Planned, Tick } from './evicting.ts';
import { leftOf, turn, turnBack } from './failover.ts';
import type { Failover } from './failover-ledger.ts';
import type { State } from './model.ts';

/**
 * What a person's `abort` comes to. Before users moved everything is changed back; after that they move back. When the load
 * balancer was asked to switch, it says which of the two it is.
 */
export const abort = (tick: Tick, failover: Failover, by: string): Planned | string => {
  const why = `aborted by ${by}`;
  const { phase, isSwitchAsked, abortedFor } = failover;
  if (phase === 'drain') return goBack(tick, failover, why);
  const isOpen = isSwitchAsked && abortedFor === null;
  if (phase === 'settle' || (phase === 'undo' && !isOpen)) {
    return 'it is being undone already';
  }
  if (phase === 'retire') {
    return 'it is too late: the old side is going; ask for a move back when it is over';
  }
  return turnBack(tick, { ...failover, abortedFor: why, isStandbyFit: true }, why);
};

/**
 * The old cluster stands until it is retired: the new side's writes are carried to it first, so the way back is a move like
 * any other.
 */
export const goBack = (
  tick: Tick,
  failover: Failover,
  why: string,
  state: State = tick.diagnosed.state,
): Planned => {
  const fence = state.fence + 1;
  const back: Failover = {
    ...failover,
    fence,
    undoes: jobToUndo(failover),
    because: why,
    begunBy: 'order',
    isPlanned: false,
    orderId: null,
    from: failover.to,
    to: failover.from,
    abortedFor: null,
    courier: null,
    // The old job ends for the new one; and should this come to nothing, the side that users have left goes.
    changed: [
      ...failover.changed.filter(({ what }) => what !== 'courier'),
      { what: 'size', side: failover.from, min: 0, desired: 0 },
    ],
  };
  const orders = withEnd(state.orders, failover.orderId, {
    status: 'refused',
    detail: `users move back: ${why}`,
    atMs: tick.observation.nowMs,
  });
  const inFlight = leftOf(state);
  // Also where nobody could be read on the way there: users have logged in since.
  return turn(tick, back, tick.policy.sessions || isCarried(failover) ? 'copy' : 'verify', {
    ...state,
    fence,
    inFlight,
    orders,
  });
};
