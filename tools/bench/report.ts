/** Everything that one benchmark measured: the file of `--json`, and all that the page is made of. */
import { readFile, writeFile } from 'node:fs/promises';
import * as v from 'valibot';
import { validate } from '../../lab/measure/result.ts';
import type { Startup } from './startup.ts';

const machineSchema = v.object({
  /** ISO 8601, UTC, when the measurement began. */
  date: v.pipe(v.string(), v.isoTimestamp()),
  /** Commit that was measured; `null`: no repository here. */
  commit: v.nullable(v.string()),
  cpu: v.string(),
  cores: v.number(),
  memoryGiB: v.number(),
  os: v.string(),
  node: v.string(),
  java: v.string(),
});

const playedSchema = v.object({
  /** As it was typed. */
  command: v.string(),
  machine: machineSchema,
  /** Of each scenario of the goal, with the controller on. */
  runs: v.number(),
  /** How long a run with the controller off was watched after the fault. */
  offCapMs: v.number(),
  results: v.pipe(
    v.array(v.unknown()),
    v.transform((results) => results.map(validate)),
  ),
  /** Runs that came to no result. */
  failedRuns: v.array(
    v.object({
      scenario: v.string(),
      controller: v.picklist(['on', 'off']),
      seed: v.number(),
      why: v.string(),
    }),
  ),
});

export type Machine = Readonly<v.InferOutput<typeof machineSchema>>;
/** What the scenarios gave. */
export type Played = Readonly<v.InferOutput<typeof playedSchema>>;
export type FailedRun = Readonly<Played['failedRuns'][number]>;

/** A whole command of the README, from its start to its end. */
export interface CommandTime {
  readonly command: string;
  readonly goalMs: number;
  readonly wallMs: number;
  readonly exitCode: number;
}

export interface Report extends Played {
  /** What start-up and commands were measured on: later than the scenarios when those came from a file. */
  readonly startupMachine: Machine;
  readonly startup: Startup;
  readonly commands: readonly CommandTime[];
}

export const writeReport = async (file: string, report: Report): Promise<void> =>
  await writeFile(file, `${JSON.stringify(report, null, 2)}\n`);

/** The scenarios of an earlier report. @throws Error that says what is wrong with the file. */
export const readPlayed = async (file: string): Promise<Played> =>
  v.parse(playedSchema, JSON.parse(await readFile(file, 'utf8')));
