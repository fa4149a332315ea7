/** What became of the sessions that were open when the fault struck. */
import type { Census, Session } from '../clients/call.ts';
import type { ScenarioResult } from './result.ts';

export interface SessionTruth {
  /** Whether a live member held a copy of the session after the fault: then no log-out was excusable. */
  readonly hadCopy: (session: string) => boolean;
  /** Time to live after the last use. */
  readonly ttlMs: number;
  /** Addresses of the members of another cluster that took over. */
  readonly newClusterAddresses: readonly string[];
}

type Fate = 'kept' | 'moved' | 'expired' | 'unreachable' | 'lost' | 'noCopy';

const fateOf = (session: Session, census: Census, truth: SessionTruth): Fate => {
  if (session.end === null) {
    if (census.unreachable.includes(session.id)) return 'unreachable';
    const servedBy = census.servedBy[session.id];
    return servedBy && truth.newClusterAddresses.includes(servedBy) ? 'moved' : 'kept';
  }
  if (session.end.atMs - session.lastOkMs >= truth.ttlMs) return 'expired';
  return truth.hadCopy(session.id) ? 'lost' : 'noCopy';
};

/** Sessions that their own users ended after the fault, or may have ended, prove nothing and are left out. */
const wasOpenAt = (session: Session, atMs: number): boolean =>
  session.openedMs <= atMs &&
  (session.end === null || (session.end.how === 'forced' && session.end.atMs >= atMs));

export const sessionFates = (
  census: Census,
  faultAtMs: number,
  truth: SessionTruth,
): ScenarioResult['sessions'] => {
  const before = census.sessions.filter((session) => wasOpenAt(session, faultAtMs));
  const fates = before.map((session) => fateOf(session, census, truth));
  const count = (fate: Fate): number => fates.filter((each) => each === fate).length;
  return {
    before: before.length,
    kept: count('kept'),
    moved: count('moved'),
    expired: count('expired'),
    unreachable: count('unreachable'),
    resurrected: census.sessions.filter((session) => session.end?.resurrected).length,
    lost: count('lost'),
  };
};

/** 401s on sessions that their users had not ended, those found by the census included. */
export const forcedLogouts = (census: Census): number =>
  census.sessions.filter((session) => session.end?.how === 'forced').length;
