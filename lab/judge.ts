/** From what a run left behind to its result. */
import type { Census } from './clients/call.ts';
import { isDenial } from './cloud/iam/denial.ts';
import { type Marks, measure, type Setting } from './measure/measure.ts';
import type { ScenarioResult } from './measure/result.ts';
import { tolerancesOf } from './measure/tolerances.ts';
import type { Outcome, Run } from './run.ts';
import { actsOf } from './stage/controller-acts.ts';
import { removalsOf } from './stage/removals.ts';
import type { Stage } from './stage/stage.ts';

/** Sessions live for 30 min (lab/member). */
const SESSION_TTL_MS = 1_800_000;

export const judge = async (
  stage: Stage,
  run: Run,
  outcome: Outcome & { readonly census: Census },
): Promise<ScenarioResult> => {
  const { scenario, options, calls } = run;
  const { cast, faultAtMs, newcomer, census } = outcome;
  const { victim } = cast;
  const acts = actsOf(stage.region.journal.find());
  const unexpected = options.controller === 'on' ? await surprises(stage, run, outcome) : [];
  const measured = measure({
    setting: settingOf(run, {
      bootMs: newcomer === null ? null : newcomer.workedAtMs - newcomer.sinceMs,
      realMembers: stage.region.instances.all().length,
    }),
    marks: marksOf(stage, run, outcome),
    calls,
    census,
    acts,
    truth: {
      copiesSurvived: scenario.logsOut !== true,
      ttlMs: SESSION_TTL_MS,
      newClusterAddresses: [],
      faults: scenario.serves === true ? {} : { [victim.instanceId]: faultAtMs },
      removals: removalsOf(stage, acts, {
        removesItself: scenario.removesItself,
        victim,
        isLeftToAws: options.controller !== 'on',
      }),
      patienceMs: tolerancesOf(options.profile, scenario.evidence).patienceMs,
      railsBroken: [],
    },
  });
  return {
    ...measured,
    ...rightsOf(stage),
    ...(unexpected.length === 0 ? {} : { unexpected: [...unexpected] }),
  };
};

const rightsOf = ({ region: { rights } }: Stage): Pick<ScenarioResult, 'rights'> => {
  const granted = [...rights.granted()];
  return granted.length === 0 ? {} : { rights: { granted, used: [...rights.used()] } };
};

/** Whoever lacks a right has a role that does not fit its code; a scenario may mean that. */
const denials = ({ region }: Stage, { scenario }: Run): readonly string[] => {
  const meant = scenario.mayBeDenied ?? [];
  const denied = region.journal
    .find()
    .filter(
      ({ code, service, action }) => isDenial(code) && !meant.includes(`${service}:${action}`),
    )
    .map(
      ({ who, service, action, code }) => `${who} was denied ${service}:${action} (${code ?? ''})`,
    );
  return [...new Set(denied)];
};

const surprises = async (
  stage: Stage,
  run: Run,
  { cast, faultAtMs, launched }: Outcome,
): Promise<readonly string[]> => {
  const { scenario, ticks } = run;
  const sentences = ticks.filter(({ atMs }) => atMs >= faultAtMs).map(({ sentence }) => sentence);
  const unexpected = (await scenario.expect?.({ ...cast, stage, launched, sentences })) ?? [];
  return [...denials(stage, run), ...unexpected];
};

const settingOf = (
  { scenario, options }: Run,
  seen: Pick<Setting, 'bootMs' | 'realMembers'>,
): Setting => ({
  scenario: scenario.name,
  controller: options.controller,
  profile: options.profile,
  heartbeatS: options.heartbeatS,
  ssmDelayMs: options.ssmDelayMs,
  toleranceMs: tolerancesOf(options.profile, scenario.evidence).goalMs,
  seed: options.seed,
  ...seen,
});

const marksOf = (
  { truth, region }: Stage,
  { startedAtMs, ticks }: Run,
  { cast: { victim }, faultAtMs, endedAtMs, recoveredAtMs, newcomer }: Outcome,
): Marks => {
  const suspicion = ticks.find(
    ({ atMs, suspects }) => atMs >= faultAtMs && suspects.includes(victim.instanceId),
  );
  const isTerminated = region.instances.find(victim.instanceId)?.state === 'terminated';
  return {
    startedAtMs,
    endedAtMs,
    faultAtMs,
    detectedAtMs: suspicion?.atMs ?? null,
    evictedAtMs: truth.goneAtMs(victim.address),
    replacedAtMs: isTerminated ? (newcomer?.workedAtMs ?? null) : null,
    recoveredAtMs,
  };
};
