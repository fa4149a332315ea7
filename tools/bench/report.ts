/** Everything that one benchmark measured: the file of `--json`, and all that the page is made of. */
import type { ScenarioResult } from '../../lab/measure/result.ts';
import type { Machine } from './machine.ts';
import type { Startup } from './startup.ts';

/** A run that came to no result. */
export interface FailedRun {
  readonly scenario: string;
  readonly controller: 'on' | 'off';
  readonly seed: number;
  readonly why: string;
}

/** A whole command of the README, from its start to its end. */
export interface CommandTime {
  readonly command: string;
  readonly goalMs: number;
  readonly wallMs: number;
  readonly exitCode: number;
}

export interface Report {
  /** As it was typed. */
  readonly command: string;
  readonly machine: Machine;
  /** Of each scenario of the goal, with the controller on. */
  readonly runs: number;
  /** How long a run with the controller off was watched after the fault. */
  readonly offCapMs: number;
  readonly startup: Startup;
  readonly results: readonly ScenarioResult[];
  readonly failedRuns: readonly FailedRun[];
  readonly commands: readonly CommandTime[];
}
