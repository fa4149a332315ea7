/** Whether any canary is heard at all: without it nobody can name a member that is stuck. */
import { isSighted } from './detect.ts';
import type { Canary, Round } from './observation.ts';

/**
 * Since when no canary is connected to any member that answers. To one of them it may be the member's fault; to none it is
 * ours: another cluster name than theirs, or they let no client in.
 *
 * @returns `null` while somebody's canary is connected to one, or the fleet has none
 */
export const muteSince = (
  before: number | null,
  rounds: readonly Round[],
  nowMs: number,
): number | null => {
  const canaries = rounds
    .filter(isSighted)
    .flatMap(({ sights }) => Object.values(sights))
    .filter(({ health }) => health.answer === 'ok')
    .map(({ canary }) => canary);
  if (canaries.length === 0) return before;
  return canaries.every(isUnconnected) ? (before ?? nowMs) : null;
};

const isUnconnected = (canary: Canary): boolean =>
  canary.answer === 'none' && canary.why === 'notConnected';
