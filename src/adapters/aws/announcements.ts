/** Users who are about to be led to another cluster, and who were: for client programs, and for people who answer users. */
import { isRestoring } from '../../core/courier.ts';
import type { Failover } from '../../core/failover-ledger.ts';
import type { Report } from '../../core/model.ts';
import type { CourierWord } from '../../core/sides.ts';
import type { EventDetail, QuorateEvent } from './event-schemas.ts';

/** The switch is asked for in the tick after it was decided, and `drain` begins when the load balancer shows it. */
const MOMENTS = { switch: 'UsersMoving', drain: 'UsersMoved' } as const;

export const announcements = (report: Report): readonly QuorateEvent[] => {
  const { failover, failoverBefore } = report;
  if (failover === null) return [];
  const { fence, phase } = failover;
  if (phase !== 'switch' && phase !== 'drain') return [];
  if (failoverBefore?.fence === fence && failoverBefore.phase === phase) return [];
  return [{ name: MOMENTS[phase], detail: detailOf(report, failover) }];
};

const detailOf = (
  { fleet, atMs, mode, carried }: Report,
  failover: Failover,
): EventDetail<'UsersMoving'> => {
  const { fence, from, to } = failover;
  const word = sessionsOf(carried, fence);
  return {
    fleet,
    atMs,
    mode,
    fence,
    from,
    to,
    loggedOut: loggedOutBy(word, isRestoring(failover)),
    sessions: counted(word),
  };
};

/** What the courier says of this job; nothing else counts. */
export const sessionsOf = (carried: CourierWord | null, fence: number): CourierWord | null =>
  carried?.job === fence ? carried : null;

/**
 * Of those whose session lives in the cluster. Whoever was near the end of his session is not counted. Whoever logged in since
 * the vault's last generation is logged out, however whole that was put back.
 */
const loggedOutBy = (
  word: CourierWord | null,
  isVault: boolean,
): EventDetail<'UsersMoving'>['loggedOut'] => {
  if (!isVault && word !== null && word.passes > 0 && word.unreachable === 0) return 'nobody';
  return word !== null && word.moved > 0 ? 'some' : 'everybody';
};

export const counted = (word: CourierWord | null): EventDetail<'FailoverEnded'>['sessions'] => {
  if (word === null) return null;
  const { moved, expired, unreachable, conflicts } = word;
  return { moved, expired, unreachable, conflicts };
};
