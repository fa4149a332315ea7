/**
 * Rebuilt in place: what is broken is replaced at once, all of it, and Auto Scaling's health checks are held still until the
 * newcomers had time to boot; they find those who still work, if there are any.
 *
 *   replace -> (nobody is left who is sick) -> form -> (a majority works) -> settle: health checks back
 *                                                | not in time: settle all the same, and again later
 */
import type { Act } from './acts.ts';
import { isCurable } from './cluster.ts';
import { isLeaving } from './condition.ts';
import { holding, type Planned, type Tick } from './evicting.ts';
import { carryOut, isLate, keepStill, planUndo, turn, turnBack } from './failover.ts';
import type { Failover } from './failover-ledger.ts';
import { graceOf } from './grace.ts';
import { holdsAnyAct, ownershipProblems } from './guard.ts';
import type { Diagnosis } from './model.ts';

export const planRebuild = (tick: Tick, failover: Failover): Planned => {
  const { policy, diagnosed, observation } = tick;
  const { nowMs, inventory } = observation;
  const { state } = diagnosed;
  const holds = holdsAnyAct({ policy, observation, ...diagnosed });
  if (holds.length > 0) return holding(tick, state, holds);
  const isWell = isCurable(diagnosed.cluster);
  const still = keepStill(tick, failover);
  if (failover.phase === 'replace') {
    if (isWell) return turn(tick, failover, 'settle');
    if (still.length > 0 && !isLate(tick, failover, STILL_DEADLINE_MS))
      return carryOut(tick, failover, still, 'holds Auto Scaling still');
    const [actor] = inventory.ok ? inventory.value.otherActors : [];
    if (actor !== undefined && !isLate(tick, failover, policy.launchDeadlineMs)) {
      const reason = `somebody else changes the group (${actor.detail})`;
      return holding(tick, state, [{ rail: 'I5', instanceId: null, reason, untilMs: null }]);
    }
    const broken = brokenOf(tick);
    if (broken.length === 0) return turn(tick, failover, 'form');
    const acts = broken.flatMap((node) => removing(tick, node, failover));
    const names = broken.map(({ instanceId }) => instanceId).join(', ');
    return carryOut(tick, failover, acts, `replaces ${names}`);
  }
  if (failover.phase !== 'form') return planUndo(tick, failover);
  if (isWell) return turn(tick, failover, 'settle');
  const graceMs = graceOf(policy, state.boots);
  const deadlineMs = failover.phaseSinceMs + policy.launchDeadlineMs + graceMs;
  return nowMs >= deadlineMs
    ? turnBack(tick, failover, 'the newcomers formed no majority in time')
    : carryOut(tick, failover, still, 'holds Auto Scaling still');
};

/** A refusal to hold Auto Scaling still is not waited for: without that a boot may be cut short, with it nobody comes. */
const STILL_DEADLINE_MS = 15_000;

/** Sick, and still there. */
const brokenOf = ({
  diagnosed: { nodes },
  observation: { inventory },
}: Tick): readonly Diagnosis[] =>
  nodes.filter(({ condition, instanceId }) => {
    if (!BROKEN.includes(condition) || !inventory.ok) return false;
    const instance = inventory.value.instances.find((each) => each.instanceId === instanceId);
    return (
      instance !== undefined &&
      !isLeaving(instance) &&
      ownershipProblems(inventory.value, instanceId).length === 0
    );
  });

const BROKEN: readonly Diagnosis['condition'][] = ['Zombie', 'Stuck', 'Dead'];

/** Whoever is listed still hurts those who work, so it is killed as well; the instance goes without waiting for that. */
const removing = (
  { policy, observation: { nowMs } }: Tick,
  { instanceId, address, condition, suspicion }: Diagnosis,
  { fence }: Failover,
): readonly Act[] => {
  const target = { instanceId, address };
  const replace: Act = { kind: 'replace', target, shrink: false };
  if (condition === 'Dead') return [replace];
  const notAfterMs = nowMs + policy.killDeadlineMs;
  const startedBeforeMs = suspicion?.sinceMs ?? nowMs;
  return [
    { kind: 'deregister', target },
    { kind: 'kill', target, fence, notAfterMs, startedBeforeMs },
    replace,
  ];
};
