/** Everything that benchmarks measured: the file of `--json`, and all that the page is made of. */
import { readFile, writeFile } from 'node:fs/promises';
import * as v from 'valibot';
import { CONTROLLERS } from '../../lab/controllers.ts';
import { validate } from '../../lab/measure/result.ts';
import { keyOf } from './plan.ts';

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

const runSchema = v.object({
  scenario: v.string(),
  controller: v.picklist(CONTROLLERS),
  profile: v.picklist(['careful', 'balanced', 'eager']),
  seed: v.number(),
  offCapMs: v.number(),
  /** `null`: it came to no result, and `why` says why. */
  result: v.nullable(v.pipe(v.unknown(), v.transform(validate))),
  why: v.nullable(v.string()),
});

/** One benchmark: as it was typed, where it was measured, and what came of it. */
const sessionSchema = v.object({
  command: v.string(),
  machine: machineSchema,
  runs: v.array(runSchema),
});

const reportSchema = v.object({
  sessions: v.array(sessionSchema),
  startup: v.object({
    machine: machineSchema,
    bundleBytes: v.number(),
    /** One for each fresh process, in the order measured. */
    importMs: v.array(v.number()),
    medianImportMs: v.number(),
  }),
  /** Whole commands of the README, from start to end. */
  commands: v.array(
    v.object({ command: v.string(), goalMs: v.number(), wallMs: v.number(), exitCode: v.number() }),
  ),
});

export type Machine = Readonly<v.InferOutput<typeof machineSchema>>;
export type PlayedRun = Readonly<v.InferOutput<typeof runSchema>>;
export type Session = Readonly<v.InferOutput<typeof sessionSchema>>;
export type Report = Readonly<v.InferOutput<typeof reportSchema>>;
export type Startup = Omit<Report['startup'], 'machine'>;
export type CommandTime = Readonly<Report['commands'][number]>;

export const writeReport = async (file: string, report: Report): Promise<void> =>
  await writeFile(file, `${JSON.stringify(report, null, 2)}\n`);

/** @throws Error that says what is wrong with the file. */
export const readReport = async (file: string): Promise<Report> => {
  try {
    return v.parse(reportSchema, JSON.parse(await readFile(file, 'utf8')));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${file}: no report that npm run bench -- --json wrote: ${why}`, { cause });
  }
};

/**
 * Several reports as one: of a run that was played twice the newer one counts, and so does each newer command; start-up is
 * that of the newest.
 * @param before oldest first
 */
export const merge = (before: readonly Report[], now: Report): Report => {
  const reports = [...before, now];
  const played = new Set<string>();
  const sessions: Session[] = [];
  for (const session of reports.flatMap((each) => each.sessions).toReversed()) {
    const runs = session.runs.filter((run) => !played.has(keyOf(run)));
    for (const run of runs) played.add(keyOf(run));
    if (runs.length > 0) sessions.unshift({ ...session, runs });
  }
  const commands = new Map(
    reports.flatMap((each) => each.commands).map((timed) => [timed.command, timed]),
  );
  return { sessions, startup: now.startup, commands: [...commands.values()] };
};

export const runsOf = ({ sessions }: Pick<Report, 'sessions'>): readonly PlayedRun[] =>
  sessions.flatMap(({ runs }) => runs);
