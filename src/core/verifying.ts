/** Whether the new side is what users can be sent to, as the load balancer itself shows. */
import type { MoveAct } from './acts.ts';
import { isCarried, isLevel } from './courier.ts';
import { failingApplications } from './detect.ts';
import type { Diagnosed } from './diagnose.ts';
import type { Tick } from './evicting.ts';
import type { Failover } from './failover-ledger.ts';
import { majorityOf } from './quorum.ts';
import { inventoryOf } from './side.ts';

/** Nobody of the old side can be read any more, beyond doubt: one bad round of the last one is none. */
export const isAllGone = ({ cluster, state }: Diagnosed): boolean =>
  cluster.condition === 'Down' && (state.loss?.sureSinceMs ?? null) !== null;

/**
 * The rule for verifying makes the load balancer check the targets. Not before they can be well: one that was never checked is
 * healthy after a single good answer, one that failed while it booted only after as many as its group asks for, five of them
 * 30 s apart by default.
 */
export const previewing = (
  { observation: { move } }: Tick,
  { to }: Failover,
): readonly MoveAct[] =>
  move?.routing.ok === true && move.routing.value.preview !== to
    ? [{ kind: 'preview', side: to }]
    : [];

/** As many as there shall be work, and what users call answers on each. */
export const areUp = (
  { observation: { move } }: Tick,
  { size }: Failover,
  seen: Diagnosed | null,
): boolean => {
  const failing = failingApplications(move?.other?.rounds ?? []);
  const up = Object.entries(seen?.state.nodes ?? {}).filter(
    ([id, { worksSinceMs }]) => worksSinceMs !== null && !failing.includes(id),
  );
  return up.length >= size;
};

/** A call to it was answered, the load balancer finds a majority well, and it is not behind where that is asked for. */
export const isVerified = (
  { policy, diagnosed, observation }: Tick,
  failover: Failover,
): boolean => {
  const { previews = [], routing } = observation.move ?? {};
  // Without the rule it was the old side that answered.
  const isLedThere = routing?.ok === true && routing.value.preview === failover.to;
  const standby = inventoryOf(diagnosed.state, observation, failover.to);
  const healthy = standby.ok
    ? standby.value.instances.filter(({ target }) => target === 'healthy').length
    : 0;
  // An observer that is blind itself has nothing to say.
  const isAnswered =
    previews.some(({ answer }) => answer === 'ok') &&
    previews.every(({ answer }) => answer !== 'wrong');
  const isBehind = isCarried(failover) && !isLevel(policy, observation, failover);
  const isLevelNeeded =
    (failover.begunBy === 'order' || policy.prefer === 'data') && !isAllGone(diagnosed);
  return (
    isLedThere && isAnswered && healthy >= majorityOf(failover.size) && !(isBehind && isLevelNeeded)
  );
};
