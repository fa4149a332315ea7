/** A failover in words: what it waits for, and what it has come to. */
import type { Failover, FailoverPhase } from './failover-ledger.ts';
import type { CourierWord } from './sides.ts';

/** What each phase waits for. */
export const FAILOVER_WORDS: Readonly<Record<FailoverPhase, string>> = {
  launch: 'waits for the instances of the other side',
  replace: 'replaces what is broken',
  form: 'waits for the newcomers to find each other',
  copy: 'waits for the sessions to be carried once',
  isolate: 'waits for the sick to be off the lists',
  level: 'waits for both sides to be level',
  restore: 'waits for the last generation of the vault to be put into the new side',
  verify: 'waits for a good answer of the new side',
  switch: 'waits for the load balancer to show the change',
  drain: 'lets the old side answer the calls that it has',
  retire: 'waits for the old side to go',
  settle: 'restores what it changed',
  undo: 'changes back what it changed',
};

/** @param carried the courier's last word, if it is known */
export const describeFailover = (
  failover: Failover,
  carried: CourierWord | null = null,
): string => {
  const { fence, path, from, to, because, phase, undoneFor } = failover;
  const what = path === 'move' ? `moving from ${from} to ${to}` : 'rebuilding in place';
  const why = undoneFor === null ? because : undoneFor;
  const told = carried?.job === fence ? `; ${describeCarried(carried)}` : '';
  return `failover ${fence}: ${what} (${why}): ${FAILOVER_WORDS[phase]}${countOf(failover)}${told}`;
};

/** How far the other side has come. */
const countOf = ({ phase, side, size }: Failover): string => {
  if (side === null) return '';
  if (phase === 'launch') return `, ${Object.keys(side.nodes).length} of ${size} are there`;
  return phase === 'form' ? `, ${side.core.length} of ${size} have` : '';
};

const describeCarried = ({ moved, unreachable, phase, detail }: CourierWord): string => {
  const lacking = unreachable > 0 ? `, ${unreachable} cannot be read` : '';
  const failed = phase === 'failed' ? `, and failed: ${detail}` : '';
  return `the courier has carried ${moved} sessions${lacking}${failed}`;
};
