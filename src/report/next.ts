/** What becomes of a node next, and when: told from the plan, so that it cannot disagree with what is done. */
import { describeHold } from '../core/describe.ts';
import { seconds } from '../core/guard.ts';
import type { Diagnosis, Eviction, Hold } from '../core/model.ts';
import type { Look } from '../look-once.ts';

export const whatIsNext = (look: Look, node: Diagnosis, holds: readonly Hold[]): string => {
  const { before, observation, stepped } = look;
  const { instanceId, suspicion, condition } = node;
  const { plan } = stepped;
  const { nowMs, orders } = observation;
  const planned =
    plan.kind === 'act' ? plan.acts.filter(({ target }) => target.instanceId === instanceId) : [];
  if (planned.length > 0 && plan.kind === 'act') {
    const acts = planned.map(({ kind }) => kind).join(' and ');
    const mercy = plan.lastLook ? ', after a last look that may still let it off' : '';
    return `at the next tick: ${acts}${mercy}`;
  }
  if (before.inFlight?.instanceId === instanceId)
    return inFlightWords(before.inFlight, holds, nowMs);
  const order = orders.find(
    (each) =>
      each.instanceId === instanceId && before.orders.every((record) => record.id !== each.id),
  );
  if (order !== undefined) return `the order to ${order.kind} it is decided at the next tick`;
  const nextMs = Math.max(0, plan.nextCheckAtMs - nowMs);
  const again = `looked at again in ${seconds(nextMs)}`;
  if (suspicion === null) return `nothing, ${again}`;
  const leftMs = suspicion.ripeAtMs - nowMs;
  const held = holds.length === 0 ? '' : `, unless held as now: ${heldWords(holds, nowMs)}`;
  if (leftMs > 0) {
    return `in ${seconds(leftMs)} its tolerance is over; if it still fails then and the witnesses agree, it is evicted${held}`;
  }
  return holds.length === 0
    ? `nothing while it is ${condition}, ${again}`
    : `held back: ${heldWords(holds, nowMs)}`;
};

/** What a replacement in good order waits for. */
export const PHASES = {
  spare: 'waits for a spare to take its place',
  safe: 'waits until all copies of its data are made',
  drain: 'waits for its calls to be answered',
  stop: 'waits for it to stop',
  undo: 'is given up, and the group gets its size back',
} as const;

const inFlightWords = (
  { fence, rungs, evictedAtMs }: Eviction,
  holds: readonly Hold[],
  nowMs: number,
): string => {
  const last = rungs.at(-1);
  const rung = last === undefined ? 'nothing done yet' : `${last.rung} ${last.outcome}`;
  const proof = evictedAtMs === null ? '' : ', gone from every list';
  const held = holds.length === 0 ? '' : `; held back: ${heldWords(holds, nowMs)}`;
  return `eviction ${fence} is in flight: ${rung}${proof}${held}`;
};

const heldWords = (holds: readonly Hold[], nowMs: number): string =>
  holds.map((hold) => describeHold(hold, nowMs)).join('; ');
