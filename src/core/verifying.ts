/** The last proof before users are sent to another side (I10): it answers as users would be answered, and is not behind. */
import type { MoveAct } from './acts.ts';
import { isCarried, isLevel } from './courier.ts';
import { failingApplications } from './detect.ts';
import type { Diagnosed } from './diagnose.ts';
import type { Tick } from './evicting.ts';
import type { Failover } from './failover-ledger.ts';
import type { InstanceId, Probe, Round } from './observation.ts';
import { dismissing } from './outsiders.ts';
import { majorityOf } from './quorum.ts';
import { inventoryOf, isAllGone } from './side.ts';

/**
 * The rule for verifying makes the load balancer check the targets. Not before they can be well: one that was never checked is
 * healthy after a single good answer, one that failed while it booted only after as many as its group asks for, five of them
 * 30 s apart by default.
 */
export const previewing = (
  { policy, observation: { move } }: Tick,
  { to }: Failover,
): readonly MoveAct[] =>
  policy.verifyBy === 'balancer' && move?.routing.ok === true && move.routing.value.preview !== to
    ? [{ kind: 'preview', side: to }]
    : [];

/** While it is waited for: the load balancer finds out who is well, and nobody stays alone. */
export const readying = (tick: Tick, failover: Failover): readonly MoveAct[] => [
  ...previewing(tick, failover),
  ...dismissing(tick, failover),
];

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

/** It answers, a majority of it is well, nobody of it who is well is alone, and it is not behind where that is asked for. */
export const isVerified = (tick: Tick, failover: Failover): boolean => {
  const { policy, diagnosed, observation } = tick;
  const isAnswering = policy.verifyBy === 'balancer' ? isAnswered(tick, failover) : true;
  const isBehind = isCarried(failover) && !isLevel(policy, observation, failover);
  const isLevelNeeded =
    (failover.begunBy === 'order' || policy.prefer === 'data') && !isAllGone(diagnosed);
  const well = wellOf(tick, failover);
  // Whoever is well gets users: who is not with the others would be a cluster of its own to them.
  const isOneCluster = well.every((id) => failover.side?.core.includes(id) === true);
  const isEnough = isOneCluster && well.length >= majorityOf(failover.size);
  return isAnswering && isEnough && !(isBehind && isLevelNeeded);
};

/** For people. */
export const whyNotVerified = (tick: Tick, failover: Failover): string => {
  if (tick.policy.verifyBy === 'nodes') {
    const count = `${wellOf(tick, failover).length} of ${failover.size} nodes answer well`;
    return `the new side does not answer at its nodes, or it is behind: ${count}`;
  }
  const [bad] = (tick.observation.move?.previews ?? []).filter(({ answer }) => answer !== 'ok');
  const why = bad?.detail ?? 'too few of its targets are healthy, or one is alone, or it is behind';
  return `the new side does not answer through the load balancer: ${why}`;
};

/** An observer that is blind itself has nothing to say. */
const isAnswered = ({ observation: { move } }: Tick, { to }: Failover): boolean => {
  const { previews = [], routing } = move ?? {};
  // Without the rule it was the old side that answered.
  const isLedThere = routing?.ok === true && routing.value.preview === to;
  return (
    isLedThere &&
    previews.some(({ answer }) => answer === 'ok') &&
    previews.every(({ answer }) => answer !== 'wrong')
  );
};

/** Who of the new side is well: as the load balancer finds them, or as their application answers observers. */
const wellOf = (
  { policy, diagnosed, observation }: Tick,
  { to }: Failover,
): readonly InstanceId[] => {
  const standby = inventoryOf(diagnosed.state, observation, to);
  const rounds = observation.move?.other?.rounds ?? [];
  return (standby.ok ? standby.value.instances : [])
    .filter(({ target, instanceId }) =>
      policy.verifyBy === 'balancer' ? target === 'healthy' : answersWell(rounds, instanceId),
    )
    .map(({ instanceId }) => instanceId);
};

/** One good answer and no bad one. */
const answersWell = (rounds: readonly Round[], instanceId: string): boolean => {
  const answers = rounds.flatMap((round): readonly Probe<null>['answer'][] => {
    const sight = 'failed' in round ? undefined : round.sights[instanceId];
    return sight === undefined ? [] : [sight.application.answer];
  });
  return answers.includes('ok') && !answers.includes('wrong');
};
