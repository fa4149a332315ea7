/** Errors that callers tell apart. Everything else is a value (see ports.ts). */

export class QuorateError extends Error {
  override readonly name: string = 'QuorateError';
}

/** The store did not answer, or its answer was lost. The loop holds and says so. */
export class StoreUnavailable extends QuorateError {
  override readonly name = 'StoreUnavailable';
}

/** The row is there but cannot be understood: corrupt, or written by a newer version. Nothing is touched. */
export class StateUnreadable extends QuorateError {
  override readonly name = 'StateUnreadable';
}

/** A fleets file or the environment is wrong; `problems` are lines for people. Nothing starts. */
export class ConfigInvalid extends QuorateError {
  override readonly name = 'ConfigInvalid';
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}
