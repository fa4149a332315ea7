/** Plays the planned runs, one after the other, and says how far it is. A run that fails is kept as one. */
import type { ScenarioResult } from '../../lab/measure/result.ts';
import { runOptionsOf } from '../../lab/options.ts';
import type { Packages } from '../../lab/packages.ts';
import { rehearse } from '../../lab/rehearse.ts';
import { packageOf } from '../../lab/scenarios/all.ts';
import { shortcomings } from '../../lab/verdict.ts';
import { type PlannedRun, QUORUM_SCENARIOS } from './plan.ts';
import type { PlayedRun } from './report.ts';

/** Published with every figure: SSM takes so long to dispatch a command, and again to report it. */
const SSM_DELAY_MS = 1_500;
/** Boot, calm, and census; a run with Quorate also is as long as its cure. */
const AROUND_MS = 35_000;
const CURE_MS = 35_000;
/** Until the old side is gone as well. */
const MOVE_MS = 90_000;

/** @param onEach told all there is so far, after each run. */
export const playRuns = async (
  plan: readonly PlannedRun[],
  packages: Packages,
  onEach: (sofar: readonly PlayedRun[]) => Promise<void>,
): Promise<readonly PlayedRun[]> => {
  const played: PlayedRun[] = [];
  for (const [at, run] of plan.entries()) {
    console.log(headlineOf(run, at, plan));
    played.push(await playOne(run, packages));
    await onEach(played);
  }
  return played;
};

/** Never rejects. */
const playOne = async (run: PlannedRun, packages: Packages): Promise<PlayedRun> => {
  const { scenario, controller, profile, seed, offCapMs } = run;
  try {
    const build = await packages.for({ controller, profile, ...packageOf(scenario) });
    const asked = { controller, profile, seed, ssmDelay: SSM_DELAY_MS, cap: offCapMs / 1_000 };
    const options = { ...runOptionsOf(scenario, asked, 0), build };
    const result = await rehearse(scenario, options, 'file');
    console.log(`  ${tale(result)}`);
    return { ...run, result, why: null };
  } catch (error) {
    const reasons = reasonsOf(error);
    console.log(`  FAILED: ${reasons.join(': ')}`);
    return { ...run, result: null, why: reasons.at(-1) ?? 'unknown' };
  }
};

/** What a run is expected to take; one without Quorate may end sooner, if it is cured by itself. */
const usualMs = ({ scenario, controller, offCapMs }: PlannedRun): number => {
  const cureMs = QUORUM_SCENARIOS.includes(scenario) ? MOVE_MS : CURE_MS;
  return AROUND_MS + (controller === 'on' ? cureMs : offCapMs);
};

/** What a plan is expected to take, at most, in ms. */
export const estimateMs = (plan: readonly PlannedRun[]): number =>
  plan.reduce((sum, run) => sum + usualMs(run), 0);

const headlineOf = (run: PlannedRun, at: number, plan: readonly PlannedRun[]): string => {
  const { scenario, controller, profile, seed } = run;
  const left = Math.ceil(estimateMs(plan.slice(at)) / 60_000);
  const about = `about ${Math.round(usualMs(run) / 1_000)} s, ${left} min to the end`;
  const who = controller === 'on' && profile !== 'balanced' ? `on (${profile})` : controller;
  return `[${at + 1} of ${plan.length}] ${scenario}, controller ${who}, seed ${seed}: ${about}`;
};

const tale = (result: ScenarioResult): string => {
  const { faultAtMs, mitigatedAtMs, calls } = result;
  const relief =
    mitigatedAtMs === null || faultAtMs === null
      ? 'no relief'
      : `relief after ${((mitigatedAtMs - faultAtMs) / 1_000).toFixed(1)} s`;
  return [`${relief}, ${calls.failed} failed calls`, ...shortcomings(result)].join('; ');
};

/** From the outermost, which names the logs, to the first cause. */
const reasonsOf = (error: unknown): readonly string[] => {
  if (!(error instanceof Error)) return [String(error)];
  return [error.message, ...(error.cause === undefined ? [] : reasonsOf(error.cause))];
};
