/**
 * The eviction ladder as a state machine: which rung comes next, and what proves the last one.
 *
 *   last look -> deregister -> kill -> (gone from every list) -> replace -> (terminated) -> done
 *                               |                                  ^ |
 *                               | host silent: at once beside it   | '--> terminate by force
 *                               | no proof in time, or refused     |
 *                               '-------> fence by peers ----------'
 *                                           undone where it does not hold
 *
 * The last look is the only way back, and is good for as long as the kill may take: who climbs on later
 * than that (after a pause, a hand-over, a blind time) looks again first; unless the peers were asked to
 * fence, for then there is no way back. A rung that was refused for good, or has no proof by its deadline,
 * makes way for the next one; one whose reply was lost or deferred is tried again until then, which is
 * safe: hosts accept a repeated fence number, and AWS a repeated termination.
 */

import type { Act } from './acts.ts';
import { shutOutGhost, stepFence, withFence } from './fence-rung.ts';
import type { Eviction, Rung, RungName } from './model.ts';
import type { Policy } from './policy.ts';
import { isLost, open, rungOf, settleRung, targetOf, withDeadline } from './rungs.ts';
import { isGoing, needsLook, type Sign, type Step, wait } from './sign.ts';

/** The first rungs, taken together once the last look has confirmed the verdict. */
export const firstRungs = (policy: Policy, eviction: Eviction, sign: Sign): Step => {
  const { nowMs } = sign;
  const opened = open(
    open(eviction, 'deregister', nowMs, nowMs),
    'kill',
    nowMs,
    nowMs + policy.killDeadlineMs,
  );
  const climb = {
    kind: 'climb',
    eviction: opened,
    fence: sign.fence,
    acts: firstActs(opened),
    lastLook: eviction.begunBy === 'tolerance',
    reason: 'evict',
  } as const;
  // Two rungs at once, because the first will come to nothing: its host does not answer.
  return sign.hostSilent ? withFence(policy, climb, sign) : climb;
};

const firstActs = (eviction: Eviction): readonly Extract<Act, { kind: RungName }>[] => [
  { kind: 'deregister', target: targetOf(eviction) },
  killAct(eviction),
];

/** One step of an eviction whose last look is behind it. */
export const climb = (policy: Policy, before: Eviction, sign: Sign): Step => {
  const known = withProof(withCommand(before, sign), sign);
  if (sign.isGone) return shutOutGhost(policy, known, sign);
  if (sign.instance === null) return wait(known, sign, 'is its instance gone?');
  const terminate = rungOf(known, 'terminate');
  if (terminate !== undefined) return pursue(policy, known, terminate, sign);
  const replace = rungOf(known, 'replace');
  if (replace !== undefined) {
    const overdue = sign.nowMs >= replace.deadlineMs || replace.outcome === 'failed';
    return overdue ? start(policy, known, 'terminate', sign) : pursue(policy, known, replace, sign);
  }
  if (known.evictedAtMs !== null) return start(policy, known, 'replace', sign);
  const { eviction, step } = stepFence(policy, known, sign);
  if (step !== null) return step;
  const kill = rungOf(eviction, 'kill');
  const isKillOver =
    kill === undefined || kill.outcome === 'failed' || sign.nowMs >= kill.deadlineMs;
  return isKillOver
    ? start(policy, eviction, 'replace', sign)
    : askAgain(policy, eviction, kill, sign);
};

/**
 * First rungs without an answer are asked for again, the kill for as long as it was given at first. One
 * that SSM takes only now has its whole time from now on: dispatching alone takes seconds.
 */
const askAgain = (policy: Policy, before: Eviction, kill: Rung, sign: Sign): Step => {
  const { nowMs } = sign;
  const lost = isLost(kill) && nowMs < kill.startedAtMs + policy.killDeadlineMs;
  const eviction = lost ? withDeadline(before, 'kill', nowMs + policy.killDeadlineMs) : before;
  const acts = firstActs(eviction).filter(({ kind }) =>
    kind === 'kill' ? lost : isLost(rungOf(eviction, kind)),
  );
  return acts.length > 0
    ? { kind: 'climb', eviction, fence: sign.fence, acts, lastLook: false, reason: 'ask again' }
    : wait(eviction, sign, 'waits until the core no longer lists it');
};

const killAct = (eviction: Eviction): Extract<Act, { kind: 'kill' }> => ({
  kind: 'kill',
  target: targetOf(eviction),
  fence: eviction.fence,
  notAfterMs: rungOf(eviction, 'kill')?.deadlineMs ?? eviction.startedAtMs,
  startedBeforeMs: eviction.failingSinceMs,
});

const start = (
  policy: Policy,
  eviction: Eviction,
  rung: 'replace' | 'terminate',
  sign: Sign,
): Step => {
  const { nowMs, fence } = sign;
  const deadlineMs = nowMs + deadlineOf(policy, eviction, rung);
  return {
    kind: 'climb',
    eviction: open(eviction, rung, nowMs, deadlineMs),
    fence,
    acts: [terminating(rung, eviction)],
    lastLook: needsLook(policy, eviction, sign),
    reason: rung === 'replace' ? replaceReason(eviction) : 'it is still there',
  };
};

const terminating = (kind: 'replace' | 'terminate', eviction: Eviction): Act =>
  kind === 'replace'
    ? { kind, target: targetOf(eviction), shrink: false }
    : { kind, target: targetOf(eviction) };

const replaceReason = (eviction: Eviction): string => {
  if (eviction.evictedAtMs !== null) return 'it is out of the cluster';
  const kill = rungOf(eviction, 'kill');
  const fence = rungOf(eviction, 'fence');
  const tried =
    fence === undefined ? '' : `, and its peers could not shut it out (${fence.detail})`;
  return `the core lists it still, and the kill gave no proof (${kill?.detail || 'no answer in time'})${tried}`;
};

const deadlineOf = (policy: Policy, eviction: Eviction, rung: 'replace' | 'terminate'): number => {
  if (rung === 'terminate') return policy.terminateDeadlineMs;
  return eviction.evictedAtMs === null
    ? policy.replaceUnprovenDeadlineMs
    : policy.replaceDeadlineMs;
};

/** A termination under way: wait for it, or ask again when the answer was lost or deferred. */
const pursue = (policy: Policy, eviction: Eviction, rung: Rung, sign: Sign): Step => {
  if (rung.rung === 'terminate' && sign.nowMs >= rung.deadlineMs) {
    return start(policy, eviction, 'terminate', sign);
  }
  if (isLost(rung) && !isGoing(sign.instance)) {
    const kind = rung.rung === 'terminate' ? 'terminate' : 'replace';
    return {
      kind: 'climb',
      eviction,
      fence: sign.fence,
      acts: [terminating(kind, eviction)],
      lastLook: needsLook(policy, eviction, sign),
      reason: `ask again to ${kind}`,
    };
  }
  return wait(eviction, sign, 'waits until its instance is terminated');
};

const withCommand = (eviction: Eviction, { command }: Sign): Eviction => {
  if (command === null || command.status === 'pending' || command.status === 'unknown')
    return eviction;
  return settleRung(
    eviction,
    'kill',
    command.status === 'succeeded' ? 'done' : 'failed',
    command.detail,
  );
};

const withProof = (eviction: Eviction, { listed, nowMs }: Sign): Eviction =>
  listed === false && eviction.evictedAtMs === null
    ? { ...eviction, evictedAtMs: nowMs }
    : eviction;
