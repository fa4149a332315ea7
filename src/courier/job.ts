/** What one slice of work is about, and how it stands. */

export interface CourierJob {
  readonly job: number;
  /** The job whose way is gone back; `null`: none. */
  readonly undoes: number | null;
  /** A generation of the vault is carried: whether any of it is on the other side, nobody knows. */
  readonly isRestoring?: true;
  /** Instance ids of those that are read, and of those that are written to. */
  readonly from: readonly string[];
  readonly to: readonly string[];
  /** Of this invocation, and of no other. */
  readonly holder: string;
  /** At most 200. */
  readonly maps: readonly string[];
  readonly entriesPerS: number;
  readonly leastTtlMs: number;
  /** On the clock: from then on it waits for a successor, and at the latest `REST_MS` later it is gone. */
  readonly untilMs: number;
}

/** How long a courier past its time goes on until its successor has taken over. */
export const REST_MS = 45_000;

/** What the two loops tell the word. */
export interface Status {
  passes: number;
  /** Where it comes from, when not from the other side. */
  readonly origin: string;
  isFirstOver: boolean;
  /** Of the last partition that could not be read, or the last entry that could not be written. */
  lastError: string;
  journalError: string;
  readBack: string;
  idleMinMs: number;
}

export const freshStatus = (passes: number, origin: string): Status => ({
  passes,
  origin,
  isFirstOver: false,
  lastError: '',
  journalError: '',
  readBack: '',
  idleMinMs: Infinity,
});
