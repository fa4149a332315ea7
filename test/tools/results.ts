/** Results and reports as a benchmark leaves them. */
import type { ScenarioResult } from '../../lab/measure/result.ts';
import type { Machine, PlayedRun, Report } from '../../tools/bench/report.ts';

const FAULT_AT_MS = 20_000;

/** A run with Quorate that went as it should. @param mitigatedMs from the fault */
export const cured = (
  mitigatedMs: number,
  other: Partial<ScenarioResult> = {},
): ScenarioResult => ({
  scenario: 'hung-member',
  controller: 'on',
  profile: 'balanced',
  heartbeatS: 300,
  ssmDelayMs: 1_500,
  toleranceMs: 10_000,
  bootMs: 2_000,
  faultAtMs: FAULT_AT_MS,
  detectedAtMs: FAULT_AT_MS + 2_000,
  evictedAtMs: FAULT_AT_MS + 13_000,
  mitigatedAtMs: FAULT_AT_MS + mitigatedMs,
  replacedAtMs: FAULT_AT_MS + 17_000,
  recoveredAtMs: FAULT_AT_MS + 21_000,
  calls: { total: 2_000, failed: 400, perSecond: 60 },
  sessions: {
    before: 57,
    kept: 57,
    moved: 0,
    expired: 0,
    unreachable: 0,
    resurrected: 0,
    lost: 0,
  },
  forcedLogouts: 0,
  acts: [],
  wronglyEvicted: 0,
  wronglyKilled: 0,
  railsBroken: [],
  realMembers: 4,
  seed: 1,
  ...other,
});

/** A run without Quorate in which nothing came back. */
export const untouched = (other: Partial<ScenarioResult> = {}): ScenarioResult =>
  cured(0, {
    controller: 'off',
    evictedAtMs: null,
    mitigatedAtMs: null,
    replacedAtMs: null,
    recoveredAtMs: null,
    calls: { total: 3_000, failed: 1_861, perSecond: 60 },
    ...other,
  });

export const MACHINE: Machine = {
  date: '2026-11-23T14:00:00.000Z',
  commit: 'abc1234',
  cpu: 'a processor',
  cores: 2,
  memoryGiB: 24,
  os: 'Linux 6.1',
  node: 'v24.21.0',
  java: 'openjdk 17.0.13',
};

/** Seeds count from 1 within a series, as the plan gives them. */
export const runsWith = (results: readonly ScenarioResult[]): PlayedRun[] => {
  const seeds = new Map<string, number>();
  return results.map((result) => {
    const { scenario, controller, profile } = result;
    const series = `${scenario} ${controller} ${profile}`;
    const seed = (seeds.get(series) ?? 0) + 1;
    seeds.set(series, seed);
    const offCapMs = controller === 'on' ? 0 : controller === 'off' ? 60_000 : 360_000;
    return {
      scenario,
      controller,
      profile,
      seed,
      offCapMs,
      result: { ...result, seed },
      why: null,
    };
  });
};

export const report = (
  results: readonly ScenarioResult[],
  other: Partial<Report> = {},
): Report => ({
  sessions: [{ command: 'npm run bench -- --runs 3', machine: MACHINE, runs: runsWith(results) }],
  startup: {
    machine: MACHINE,
    bundleBytes: 440 * 1024,
    importMs: [79, 81, 85],
    medianImportMs: 81,
  },
  commands: [],
  ...other,
});
