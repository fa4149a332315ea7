/** Whether an act is right by ground truth: what the controller believed is no excuse. */
import type { Act } from '../../src/core/acts.ts';
import type { State } from '../../src/core/model.ts';
import { majorityOf } from '../../src/core/quorum.ts';
import { instanceOf, POLICY } from '../core/world.ts';
import type { Node } from './nodes.ts';
import type { Truth } from './truth.ts';

/** From the last look's answers to the act itself; what happens in between nobody can know. */
const LOOK_MS = 600;
/** A pause written during a tick holds the next one. */
const TICK_MS = 3_000;
/** A death is seen a round later, by observers that themselves take a second. */
const UNSEEN_MS = 4_000;
/** How long a last look is good for, and the tick that uses it. */
const FORWARD_MS = POLICY.killDeadlineMs + POLICY.lateAfterMs + 1_500;

/** @returns what is wrong with an act at the moment it is performed; `null` when nothing is */
export const judge = (truth: Truth, act: Act, record: State | null): string | null => {
  const target = truth.nodes.find(({ instanceId }) => instanceId === instanceOf(act));
  if (target === undefined) return 'is nobody';
  if (act.kind === 'lift') return null;
  if (record?.inFlight?.instanceId !== target.instanceId) return 'has no record (I6, I1)';
  if (truth.lasting('pause').some(({ at }) => at < truth.nowMs - TICK_MS)) return 'is paused (I5)';
  if (act.kind === 'register') return null;
  if (record.inFlight.confirmedAtMs === null) {
    return impatience(truth, target) ?? minority(truth, target, record);
  }
  // After a last look there is only forward for a while.
  return target.lifecycle === 'InService' && servesFor(truth, target) > FORWARD_MS
    ? `has served for ${servesFor(truth, target)} ms`
    : null;
};

const servesFor = (truth: Truth, node: Node): number =>
  truth.isGood(node) ? truth.nowMs - node.goodSinceMs : 0;

const impatience = (truth: Truth, node: Node): string | null => {
  if (servesFor(truth, node) > LOOK_MS) return `has served for ${servesFor(truth, node)} ms`;
  if (node.badSinceMs === null || truth.wasLossy(node, node.badSinceMs - POLICY.blindGapMs)) {
    // Booting for too long; or a fault and a lossy way that cannot be told apart.
    return null;
  }
  const toleranceMs = node.process === 'hung' ? POLICY.silenceToleranceMs : POLICY.faultToleranceMs;
  return isLastingly(node, toleranceMs, truth.nowMs)
    ? null
    : `has been bad for ${truth.nowMs - node.badSinceMs} ms only`;
};

/** Bad for a whole tolerance, at one go or in the greater part of some time up to now. */
const isLastingly = (node: Node, toleranceMs: number, nowMs: number): boolean => {
  const spells = [...node.spells, [node.badSinceMs ?? nowMs, nowMs] as const];
  return spells.some(([firstMs], at) => {
    const rest = spells.slice(at);
    const badMs = rest.reduce((sum, [fromMs, toMs]) => sum + toMs - fromMs, 0);
    // Each end is seen a round later.
    const seenMs = badMs + (rest.length - 1) * UNSEEN_MS;
    return badMs >= toleranceMs && 2 * seenMs >= nowMs - firstMs;
  });
};

const minority = (truth: Truth, victim: Node, record: State | null): string | null => {
  // Out of everybody's list already it takes nothing from them: a majority that is lost is repaired this way.
  if (victim.badSinceMs !== null && !truth.isListed(victim)) return null;
  const seats = record?.seats.length ?? 0;
  const left = truth.nodes.filter((node) => {
    const goneMs = truth.nowMs - Math.min(node.badSinceMs ?? Infinity, node.terminatedAtMs);
    return node !== victim && (truth.isGood(node) || (goneMs >= 0 && goneMs < UNSEEN_MS));
  });
  return left.length < majorityOf(seats) ? `leaves ${left.length} of ${seats} seats (I3)` : null;
};
