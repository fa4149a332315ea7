/** What users' calls leave behind. Data only; times are milliseconds since the epoch. */

export type CallKind =
  | 'login'
  | 'read'
  | 'write'
  | 'logout'
  /** A read with the cookie of a session that its user has ended: 401 is the right answer. */
  | 'readAfterLogout';

export interface Call {
  readonly startMs: number;
  readonly durationMs: number;
  readonly user: number;
  readonly kind: CallKind;
  /** HTTP status, or why there is none: `timeout`, or the socket's error code. */
  readonly result: number | string;
  readonly failed: boolean;
  /** Header `x-served-by`; `null` when the load balancer answered, or nobody. */
  readonly servedBy: string | null;
}

/** A session as its user knows it, from log-in to log-out. */
export interface Session {
  readonly id: string;
  readonly user: number;
  readonly openedMs: number;
  /** The last 2xx that it gave. */
  readonly lastOkMs: number;
  readonly end: SessionEnd | null;
}

export interface SessionEnd {
  readonly atMs: number;
  /**
   * `own`: the user logged out and was told so; `forced`: a 401 although the user did not log out;
   * `unsure`: a log-out whose answer was lost.
   */
  readonly how: 'own' | 'forced' | 'unsure';
  /** It answered 200 after its user had logged out. */
  readonly resurrected: boolean;
}

/** At the end every user reads its session, patiently. */
export interface Census {
  readonly atMs: number;
  /** All sessions there ever were. Those lost since the last call are found here and marked `forced`. */
  readonly sessions: readonly Session[];
  /** Sessions that did not answer 200 or 401 in time, by id. */
  readonly unreachable: readonly string[];
  /** Who answered for a kept session, by session id. */
  readonly servedBy: Readonly<Record<string, string | null>>;
}
