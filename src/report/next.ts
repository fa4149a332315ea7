/** What becomes of a node next, and when: told from the plan, so that it cannot disagree with what is done. */
import { describeHold, PHASES } from '../core/describe.ts';
import { describeFailover } from '../core/describe-failover.ts';
import type { Diagnosis, Eviction, Hold, Plan } from '../core/model.ts';
import type { InstanceId } from '../core/observation.ts';
import { seconds } from '../core/seconds.ts';
import type { Look } from '../look-once.ts';

export const whatIsNext = (look: Look, node: Diagnosis, holds: readonly Hold[]): string => {
  const { before, observation, stepped } = look;
  const { instanceId } = node;
  const { inFlight, retirement } = before;
  const acts = actsOn(stepped.plan, instanceId);
  if (acts !== null) return acts;
  if (inFlight?.instanceId === instanceId) {
    return `${inFlightWords(inFlight)}${heldWords(holds, observation.nowMs)}`;
  }
  if (retirement?.instanceId === instanceId) {
    const phase = PHASES[retirement.phase];
    return `replaced in good order: ${phase}${heldWords(holds, observation.nowMs)}`;
  }
  if (before.failover !== null) {
    return `${describeFailover(before.failover)}${heldWords(holds, observation.nowMs)}`;
  }
  const order = observation.orders.find(
    (each) =>
      each.instanceId === instanceId && before.orders.every((record) => record.id !== each.id),
  );
  return order === undefined
    ? ripening(look, node, holds)
    : `the order to ${order.kind} it is decided at the next tick`;
};

const actsOn = (plan: Plan, instanceId: InstanceId): string | null => {
  if (plan.kind !== 'act') return null;
  const kinds = plan.acts
    .filter((act) => 'target' in act && act.target.instanceId === instanceId)
    .map(({ kind }) => kind);
  if (kinds.length === 0) return null;
  const mercy = plan.lastLook ? ', after a last look that may still let it off' : '';
  return `at the next tick: ${kinds.join(' and ')}${mercy}`;
};

/** Of a node that nobody acts on: when its tolerance is over, and what would hold then as it holds now. */
const ripening = (
  { observation, stepped }: Look,
  { suspicion, condition }: Diagnosis,
  holds: readonly Hold[],
): string => {
  const { nowMs } = observation;
  const again = `looked at again in ${seconds(Math.max(0, stepped.plan.nextCheckAtMs - nowMs))}`;
  if (suspicion === null) return `nothing, ${again}`;
  const leftMs = suspicion.ripeAtMs - nowMs;
  if (leftMs > 0) {
    return `in ${seconds(leftMs)} its tolerance is over; if it still fails then and the witnesses agree, it is evicted${heldWords(holds, nowMs)}`;
  }
  return holds.length === 0
    ? `nothing while it is ${condition}, ${again}`
    : `nothing${heldWords(holds, nowMs)}`;
};

const inFlightWords = ({ fence, rungs, evictedAtMs }: Eviction): string => {
  const last = rungs.at(-1);
  const rung = last === undefined ? 'nothing done yet' : `${last.rung} ${last.outcome}`;
  return `eviction ${fence} is in flight: ${rung}${evictedAtMs === null ? '' : ', gone from every list'}`;
};

const heldWords = (holds: readonly Hold[], nowMs: number): string =>
  holds.length === 0
    ? ''
    : `; held back by ${holds.map((hold) => describeHold(hold, nowMs)).join('; ')}`;
