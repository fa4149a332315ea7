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

/** What is wrong in a file, or in the environment. */
export interface ConfigProblem {
  readonly file: string;
  /** From 1; `null`: it is about the file as a whole. */
  readonly line: number | null;
  /** The field, with dots between its parts; `null` as above. */
  readonly path: string | null;
  /** What was found, and what is allowed. */
  readonly message: string;
}

/** A fleets file or the environment is wrong. The message is a line for each problem. Nothing starts. */
export class ConfigInvalid extends QuorateError {
  override readonly name = 'ConfigInvalid';
  readonly problems: readonly ConfigProblem[];
  constructor(problems: readonly ConfigProblem[]) {
    super(problems.map(problemLine).join('\n'));
    this.problems = problems;
  }
}

/** About a file as a whole. */
export const fileInvalid = (file: string, message: string): ConfigInvalid =>
  new ConfigInvalid([{ file, line: null, path: null, message }]);

const problemLine = ({ file, line, path, message }: ConfigProblem): string => {
  const where = line === null ? file : `${file}:${line}`;
  return [where, ...(path === null ? [] : [path]), message].join(': ');
};
