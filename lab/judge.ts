/** From what a run left behind to its result. */
import type { Call, Census } from './clients/call.ts';
import { isDenial } from './cloud/iam/denial.ts';
import { GROUP } from './cloud/world.ts';
import { type Marks, measure, type Setting } from './measure/measure.ts';
import { railsBroken } from './measure/rails.ts';
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
  const { cast, faultAtMs, newcomer, census, copies } = outcome;
  const { victims } = cast;
  const acts = actsOf(stage.region.journal.find());
  const instances = stage.region.instances.all();
  const unexpected = options.controller === 'on' ? await surprises(stage, run, outcome) : [];
  const measured = measure({
    setting: settingOf(run, {
      bootMs: newcomer === null ? null : newcomer.workedAtMs - newcomer.sinceMs,
      realMembers: stage.region.instances.all().length,
    }),
    marks: marksOf(stage, run, outcome),
    calls: scenario.misleads === true ? misled(calls, cast.victim.address, faultAtMs) : calls,
    census,
    acts,
    truth: {
      hadCopy: (session) => (copies === null ? scenario.logsOut !== true : copies.has(session)),
      ttlMs: SESSION_TTL_MS,
      newClusterAddresses: addressesElsewhere(stage),
      faults:
        scenario.serves === true
          ? {}
          : Object.fromEntries(victims.map(({ instanceId }) => [instanceId, faultAtMs])),
      removals: removalsOf(stage, acts, {
        removesItself: scenario.removesItself,
        victims,
        isLeftToAws: options.controller !== 'on',
      }),
      patienceMs: tolerancesOf(options.profile, scenario.evidence).patienceMs,
      railsBroken: railsBroken(acts, {
        own: instances.map(({ id }) => id),
        outAtMs: (instanceId) => {
          const address = instances.find(({ id }) => id === instanceId)?.address;
          return address === undefined ? null : stage.truth.goneAtMs(address);
        },
        isFailover: acts.some(({ kind }) => kind === 'scale' || kind === 'suspend'),
      }),
    },
  });
  return {
    ...measured,
    ...rightsOf(stage),
    ...(unexpected.length === 0 ? {} : { unexpected: [...unexpected] }),
  };
};

/** What a member answers that is on a wrong cluster is no answer, whatever its status. */
const misled = (calls: readonly Call[], address: string, faultAtMs: number): readonly Call[] =>
  calls.map((call) =>
    call.servedBy === address && call.startMs >= faultAtMs ? { ...call, failed: true } : call,
  );

/** Of instances on another side than the one that every scenario begins on. */
const addressesElsewhere = ({ region }: Stage): readonly string[] =>
  region.instances
    .all()
    .filter(({ group }) => group !== GROUP)
    .map(({ address }) => address);

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
  { cast, faultAtMs, launched, census }: Outcome & { readonly census: Census },
): Promise<readonly string[]> => {
  const { scenario, ticks, calls } = run;
  const sentences = ticks.filter(({ atMs }) => atMs >= faultAtMs).map(({ sentence }) => sentence);
  const unexpected =
    (await scenario.expect?.({
      ...cast,
      stage,
      launched,
      sentences,
      faultAtMs,
      userCalls: calls,
      census,
    })) ?? [];
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
  { cast: { victims }, faultAtMs, endedAtMs, recoveredAtMs, newcomer }: Outcome,
): Marks => {
  const suspicion = ticks.find(
    ({ atMs, suspects }) =>
      atMs >= faultAtMs && victims.some(({ instanceId }) => suspects.includes(instanceId)),
  );
  const areTerminated = victims.every(
    ({ instanceId }) => region.instances.find(instanceId)?.state === 'terminated',
  );
  return {
    startedAtMs,
    endedAtMs,
    faultAtMs,
    detectedAtMs: suspicion?.atMs ?? null,
    evictedAtMs: latest(victims.map(({ address }) => truth.goneAtMs(address))),
    replacedAtMs: areTerminated ? (newcomer?.workedAtMs ?? null) : null,
    recoveredAtMs,
  };
};

/** `null` when one of them never came. */
const latest = (moments: readonly (number | null)[]): number | null =>
  moments.reduce<number | null>(
    (last, each) => (last === null || each === null ? null : Math.max(last, each)),
    0,
  );
