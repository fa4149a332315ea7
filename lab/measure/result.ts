/** The file format of a scenario's result (`npm run lab -- SCENARIO --json FILE`): exact names, checked when it is written. */
import { writeFile } from 'node:fs/promises';
import * as v from 'valibot';
import { CONTROLLERS } from '../controllers.ts';

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
/** Milliseconds from the scenario's start. */
const ms = count;
/** `null`: it never happened. */
const maybeMs = v.nullable(ms);

const resultSchema = v.strictObject({
  scenario: v.string(),
  controller: v.picklist(CONTROLLERS),
  profile: v.picklist(['careful', 'balanced', 'eager']),
  heartbeatS: v.pipe(v.number(), v.minValue(0)),
  /** To dispatch, and again to report. */
  ssmDelayMs: ms,
  /** The profile's tolerance for this scenario's kind of evidence. */
  toleranceMs: ms,
  /** From power-on of a newcomer until it worked; `null` when none booted. */
  bootMs: maybeMs,
  faultAtMs: maybeMs,
  /** The controller's first suspicion of the victim. */
  detectedAtMs: maybeMs,
  /** The victim is in no survivor's member list. */
  evictedAtMs: maybeMs,
  /** Start of the first 3 s without a failed call after the fault. */
  mitigatedAtMs: maybeMs,
  /** The victim's instance is terminated and a newcomer has been launched in its place. */
  replacedAtMs: maybeMs,
  /** The desired number of nodes is healthy and in service. */
  recoveredAtMs: maybeMs,
  /** All calls from the scenario's start; `perSecond` as measured. */
  calls: v.strictObject({
    total: count,
    failed: count,
    perSecond: v.pipe(v.number(), v.minValue(0)),
  }),
  /**
   * `before`: open at the fault and not ended by their own users since; each is in exactly one of
   * `kept`, `moved` (to another cluster), `expired`, `unreachable` and `lost`, or had no live copy left.
   * `resurrected`: ended by their users and alive again.
   */
  sessions: v.strictObject({
    before: count,
    kept: count,
    moved: count,
    expired: count,
    unreachable: count,
    resurrected: count,
    lost: count,
  }),
  forcedLogouts: count,
  acts: v.array(
    v.strictObject({ tMs: ms, kind: v.string(), target: v.string(), outcome: v.string() }),
  ),
  wronglyEvicted: count,
  wronglyKilled: count,
  /** Ids of rails that were broken. */
  railsBroken: v.array(v.string()),
  /** What the scenario expects beyond the cure and did not get, in words. */
  unexpected: v.exactOptional(v.array(v.string())),
  /** Of the roles in the template, as `policy/Sid service:Action`: what they allow, and what of it this run needed. */
  rights: v.exactOptional(
    v.strictObject({ granted: v.array(v.string()), used: v.array(v.string()) }),
  ),
  /** Real Hazelcast processes that took part; 0 in the simulator. */
  realMembers: count,
  seed: v.number(),
});

export type ScenarioResult = v.InferOutput<typeof resultSchema>;

/** @throws Error that names each field that is missing, unknown or wrong. */
export const validate = (value: unknown): ScenarioResult => {
  const parsed = v.safeParse(resultSchema, value);
  if (parsed.success) return parsed.output;
  const problems = parsed.issues.map(
    (issue) => `${v.getDotPath(issue) ?? 'result'}: ${issue.message}`,
  );
  throw new Error(`not a scenario result:\n${problems.join('\n')}`);
};

/** One result as an object, several as an array. @throws Error when one is not valid; then nothing is written. */
export const writeResults = async (
  path: string,
  results: readonly ScenarioResult[],
): Promise<void> => {
  const checked = results.map(validate);
  const content = checked.length === 1 ? checked[0] : checked;
  await writeFile(path, `${JSON.stringify(content, null, 2)}\n`);
};
