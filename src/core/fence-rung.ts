/**
 * Rung 3 within the ladder: when peers are asked to shut the victim out, what is made of their answers, and a victim whose
 * instance is gone already.
 */
import {
  beginFence,
  fenceAct,
  isHalf,
  ordersOf,
  stateOfFence,
  undo,
  whyNotFence,
} from './fence.ts';
import type { Fence } from './ledger.ts';
import type { Eviction, Rung } from './model.ts';
import type { Policy } from './policy.ts';
import { isLost, open, rungOf, settleRung, terminated } from './rungs.ts';
import { type Climb, needsLook, type Sign, type Step, wait } from './sign.ts';

/** Its instance is gone and the core lists it still: there is nothing left to do but to shut it out. */
export const shutOutGhost = (policy: Policy, before: Eviction, sign: Sign): Step => {
  const eviction = terminated(before);
  if (sign.listed !== true)
    return wait(eviction, sign, 'waits until the members say that it is out');
  const rung = rungOf(eviction, 'fence');
  if (rung?.outcome === 'failed' || rung?.outcome === 'skipped') {
    return wait(eviction, sign, 'cannot be shut out');
  }
  if (rung !== undefined) return followFence(eviction, rung, sign);
  const base = { kind: 'climb', eviction, fence: null, acts: [], lastLook: false } as const;
  const step = withFence(policy, { ...base, reason: 'it is gone, yet the core lists it' }, sign);
  return step.acts.length > 0 ? step : wait(step.eviction, sign, 'cannot be shut out');
};

/** Where the ladder is after rung 3 was considered: the step that it takes, or `null` when it goes on without it. */
interface Considered {
  readonly eviction: Eviction;
  readonly step: Step | null;
}

/** Rung 3, once it is due: begun, followed, or undone; passed over where it cannot be taken. */
export const stepFence = (policy: Policy, eviction: Eviction, sign: Sign): Considered => {
  const rung = rungOf(eviction, 'fence');
  const { nowMs } = sign;
  // Also when a check at the last moment kept it from being begun.
  if (rung === undefined || (isLost(rung) && sign.fence === null)) {
    const kill = rungOf(eviction, 'kill');
    const isDue =
      sign.hostSilent ||
      kill === undefined ||
      kill.outcome === 'failed' ||
      // An order that SSM has not taken yet is asked for again first: it would not take the next one either. One that it
      // took late has its time from then on, as its deadline has.
      nowMs >= kill.deadlineMs - (isLost(kill) ? 0 : policy.killDeadlineMs - policy.fenceAfterMs);
    if (!isDue || !sign.listedLast) return { eviction, step: null };
    const lastLook = needsLook(policy, eviction, sign);
    const base = { kind: 'climb', eviction, fence: null, acts: [], lastLook } as const;
    const step = withFence(policy, { ...base, reason: fenceReason(eviction, sign) }, sign);
    return { eviction: step.eviction, step: step.acts.length > 0 ? step : null };
  }
  const isOver = rung.outcome === 'failed' || rung.outcome === 'skipped';
  return { eviction, step: isOver ? null : followFence(eviction, rung, sign) };
};

/** Waits for what the hosts say; widens what holds; gives up what fails, or does not help by the deadline. */
const followFence = (before: Eviction, rung: Rung, sign: Sign): Step => {
  const { fence, nowMs } = sign;
  const state = fence === null ? 'failed' : stateOfFence(fence);
  if (fence !== null && state !== 'failed' && nowMs < rung.deadlineMs) {
    const eviction = state === 'holds' ? settleRung(before, 'fence', 'done', 'holds') : before;
    return wait(eviction, sign, 'waits until the core drops it');
  }
  const stands = fence !== null && isHalf(fence);
  const eviction = settleRung(
    before,
    'fence',
    'failed',
    `${refusal(fence)}; ${stands ? STANDS : 'undone'}`,
  );
  return {
    kind: 'wait',
    eviction,
    fence: fence === null || stands ? fence : undo(fence),
    reason: stands ? STANDS : 'the fence is undone',
  };
};

const STANDS = 'those who refuse it go on, and the others are asked again';

const refusal = (fence: Fence | null): string => {
  const host = fence?.hosts.find(({ status }) => status === 'failed');
  return host === undefined
    ? 'not all of its peers answered in time, or it did not help'
    : `${host.instanceId}: ${host.detail}`;
};

const fenceReason = (eviction: Eviction, { hostSilent }: Sign): string => {
  if (hostSilent) return 'nothing can be run on its host';
  const kill = rungOf(eviction, 'kill');
  return `the kill gave no proof (${kill?.detail || 'no answer in time'})`;
};

/** Adds rung 3 to a step, or notes why it cannot be taken. */
export const withFence = (policy: Policy, base: Climb, sign: Sign): Climb => {
  const { nowMs, peers, isGone } = sign;
  const why = whyNotFence(peers);
  const opened = open(base.eviction, 'fence', nowMs, nowMs + policy.fenceDeadlineMs);
  if (why !== null) return { ...base, eviction: settleRung(opened, 'fence', 'skipped', why) };
  const fence = beginFence(policy, base.eviction, peers, { nowMs, isGone });
  const acts = ordersOf(fence).map((hosts) => fenceAct(fence, hosts, nowMs, sign.seats));
  return { ...base, eviction: opened, fence, acts: [...base.acts, ...acts] };
};
