/** Plays the planned runs, one after the other, and says how far it is. A run that fails is kept as one. */
import type { ScenarioResult } from '../../lab/measure/result.ts';
import { rehearse } from '../../lab/rehearse.ts';
import { heartbeatOf } from '../../lab/scenarios/all.ts';
import { shortcomings } from '../../lab/verdict.ts';
import type { PlannedRun } from './plan.ts';
import type { FailedRun, Played } from './report.ts';

/** A run with the controller off is watched this long after the fault. */
export const OFF_CAP_MS = 60_000;
/** Published with every figure: SSM takes so long to dispatch a command, and again to report it. */
const SSM_DELAY_MS = 1_500;
/** Until one was measured: boot, calm, fault, cure, census. */
const USUAL_MS = { on: 70_000, off: 90_000 } as const;

type Outcome = Pick<Played, 'results' | 'failedRuns'>;

/** @param onEach told all there is so far, after each run. */
export const playRuns = async (
  plan: readonly PlannedRun[],
  build: string,
  onEach: (sofar: Outcome) => Promise<void>,
): Promise<Outcome> => {
  const results: ScenarioResult[] = [];
  const failedRuns: FailedRun[] = [];
  const usual = createUsual();
  for (const [at, run] of plan.entries()) {
    console.log(headlineOf(run, { at, plan, usual }));
    const startedMs = performance.now();
    try {
      const result = await playOne(run, build);
      results.push(result);
      console.log(`  ${tale(result)}`);
      usual.add(run, performance.now() - startedMs);
    } catch (error) {
      const reasons = reasonsOf(error);
      failedRuns.push({ ...run, why: reasons.at(-1) ?? 'unknown' });
      console.log(`  FAILED: ${reasons.join(': ')}`);
    }
    await onEach({ results, failedRuns });
  }
  return { results, failedRuns };
};

const playOne = async (
  { scenario, controller, seed }: PlannedRun,
  build: string,
): Promise<ScenarioResult> => {
  const heartbeatS = heartbeatOf(scenario);
  const options = { controller, seed, heartbeatS, ssmDelayMs: SSM_DELAY_MS, offCapMs: OFF_CAP_MS };
  return await rehearse(scenario, { ...options, profile: 'balanced' }, build, 'file');
};

interface Usual {
  of(run: PlannedRun): number;
  add(run: PlannedRun, tookMs: number): void;
}

/** What a run takes by now: the last one of its kind. */
const createUsual = (): Usual => {
  const last: Record<PlannedRun['controller'], number> = { ...USUAL_MS };
  return {
    of: ({ controller }) => last[controller],
    add: ({ controller }, tookMs) => {
      last[controller] = tookMs;
    },
  };
};

const headlineOf = (
  run: PlannedRun,
  { at, plan, usual }: { at: number; plan: readonly PlannedRun[]; usual: Usual },
): string => {
  const leftMs = plan.slice(at).reduce((sum, each) => sum + usual.of(each), 0);
  const { scenario, controller, seed } = run;
  const about = `about ${Math.round(usual.of(run) / 1_000)} s, ${Math.ceil(leftMs / 60_000)} min to the end`;
  return `[${at + 1} of ${plan.length}] ${scenario}, controller ${controller}, seed ${seed}: ${about}`;
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
