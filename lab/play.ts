/** Plays one scenario once, from an empty region to its result. Runs inside the lab's namespaces. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Call } from './clients/call.ts';
import { type JournalAct, type Marks, measure } from './measure/measure.ts';
import { mitigatedAt } from './measure/mitigation.ts';
import type { ScenarioResult } from './measure/result.ts';
import { createTally } from './measure/tally.ts';
import type { Scenario, Victim } from './scenarios/scenario.ts';
import { actsOf } from './stage/controller-acts.ts';
import { followTicks, type TickLine } from './stage/controller-log.ts';
import { isWhole, openStage, type Stage, untilFormed } from './stage/stage.ts';
import { createStory, type Story } from './story/story.ts';

export interface PlayOptions {
  readonly controller: 'on' | 'off';
  readonly profile: 'careful' | 'balanced' | 'eager';
  readonly heartbeatS: number;
  readonly ssmDelayMs: number;
  readonly seed: number;
  /** How long a run without a controller is watched after the fault. */
  readonly offCapMs: number;
  readonly logs: string;
  readonly build: string;
}

const SIZE = 3;
/**
 * Users call for a while before the fault, so that it is seen what was lost; by the seed a little longer, so
 * that the fault falls anywhere between two ticks of the controller.
 */
const CALM_BEFORE_MS = 5_000;
const CALM_SPREAD_MS = 2_500;
/** After recovery: proof that it lasts, and that the controller leaves it alone. */
const CALM_AFTER_MS = 5_000;
/** A run with a controller that has not cured by then has failed. */
const CURE_CAP_MS = 150_000;
const LOGIN_PATIENCE_MS = 30_000;
const CENSUS_PATIENCE_MS = 10_000;
/** Sessions live for 30 min (lab/member). */
const SESSION_TTL_MS = 1_800_000;
/** The balanced profile and its neighbours, as users are told them (README); the lab must not read the controller's. */
const TOLERANCES_MS = {
  careful: { silence: 30_000, fault: 15_000 },
  balanced: { silence: 10_000, fault: 5_000 },
  eager: { silence: 4_000, fault: 3_000 },
} as const;

/** What is noted while it happens. */
interface Notes {
  readonly calls: Call[];
  readonly ticks: TickLine[];
  recoveredAtMs: number | null;
  newcomer: {
    readonly id: string;
    readonly sinceMs: number;
    readonly workedAtMs: number | null;
  } | null;
}

export const play = async (scenario: Scenario, options: PlayOptions): Promise<ScenarioResult> => {
  const startedAtMs = Date.now();
  const story = createStory(process.stdout, { startedAtMs });
  const notes: Notes = { calls: [], ticks: [], recoveredAtMs: null, newcomer: null };
  const tally = createTally(startedAtMs);
  story.phase(`${scenario.title} (${scenario.name}), Quorate ${options.controller}`);
  story.note('Three API servers boot, one in each zone, each with an embedded Hazelcast member.');
  const stage = await openStage({
    ...options,
    size: SIZE,
    onCalls: (calls) => {
      notes.calls.push(...calls);
      tally.add(calls);
    },
  });
  try {
    await untilFormed(stage, SIZE);
    introduce(story, stage);
    await stage.clients.logIn(LOGIN_PATIENCE_MS);
    const unfollow = await startController(story, stage, { options, notes });
    stage.clients.begin();
    const users = setInterval(() => story.users(tally.take(Date.now())), 1_000);
    await sleep(CALM_BEFORE_MS + spread(options.seed));
    const { victim, faultAtMs } = await strike(story, stage, scenario);
    await watchCure(story, stage, { victim, faultAtMs, options, notes });
    clearInterval(users);
    const endedAtMs = Date.now();
    const census = await stage.clients.finish(CENSUS_PATIENCE_MS);
    await unfollow();
    const acts = actsOf(stage.region.journal.find());
    const marks = marksOf(stage, notes, { startedAtMs, endedAtMs, faultAtMs, victim });
    const result = measure({
      setting: {
        scenario: scenario.name,
        controller: options.controller,
        profile: options.profile,
        heartbeatS: options.heartbeatS,
        ssmDelayMs: options.ssmDelayMs,
        toleranceMs: TOLERANCES_MS[options.profile][scenario.evidence],
        bootMs: bootOf(notes),
        realMembers: stage.region.instances.all().length,
        seed: options.seed,
      },
      marks,
      calls: notes.calls,
      census,
      acts,
      truth: {
        copiesSurvived: true,
        ttlMs: SESSION_TTL_MS,
        newClusterAddresses: [],
        faults: { [victim.instanceId]: faultAtMs },
        removals: removalsOf(stage, acts, scenario),
        railsBroken: [],
      },
    });
    story.summary(result);
    return result;
  } finally {
    await stage.close();
  }
};

/** The golden ratio's multiples fall evenly between 0 and 1, however many there are. */
const spread = (seed: number): number => ((seed * 0.618_034) % 1) * CALM_SPREAD_MS;

const introduce = (story: Story, { truth, region }: Stage): void => {
  const [master] = truth.cluster();
  story.cast(
    region.instances
      .all()
      .filter(({ state }) => state === 'running')
      .map(({ id, zone, address }) => ({
        instanceId: id,
        zone,
        address,
        role: address === master ? 'master' : 'member',
      })),
  );
};

interface Watching {
  readonly options: PlayOptions;
  readonly notes: Notes;
}

/** Deploys and waits until the controller has seen a healthy cluster. */
const startController = async (
  story: Story,
  stage: Stage,
  { options, notes }: Watching,
): Promise<() => Promise<void>> => {
  if (options.controller === 'off') {
    story.note('Nobody watches: Auto Scaling and the load balancer are on their own.');
    return async () => await Promise.resolve();
  }
  story.note(
    'Quorate is deployed from its package: a scheduled controller, and a prober in each of two zones.',
  );
  const log = await stage.deploy();
  const seen = Promise.withResolvers<void>();
  const unfollow = followTicks(log, (tick) => {
    notes.ticks.push(tick);
    story.sentence(tick.atMs, tick.sentence);
    if (tick.cluster === 'Quorate') seen.resolve();
  });
  const late = sleep(60_000).then(() => {
    throw new Error(`the controller did not see a quorate cluster within 60 s: see ${log}`);
  });
  await Promise.race([seen.promise, late]);
  return unfollow;
};

const strike = async (
  story: Story,
  stage: Stage,
  scenario: Scenario,
): Promise<{ victim: Victim; faultAtMs: number }> => {
  const { truth, region, faults } = stage;
  const members = truth.cluster();
  const address = scenario.strikes === 'master' ? members[0] : members[1];
  const instance = region.instances.all().find((each) => each.address === address);
  if (instance === undefined) throw new Error('the cluster fell apart before the fault');
  const victim: Victim = { instanceId: instance.id, address: instance.address };
  story.phase(scenario.title);
  story.note(scenario.story);
  await scenario.disturb?.(stage, victim);
  const faultAtMs = await scenario.strike(faults, victim);
  story.act({ kind: `fault: ${scenario.name}`, target: victim.instanceId, outcome: 'done' });
  return { victim, faultAtMs };
};

interface Cure extends Watching {
  readonly victim: Victim;
  readonly faultAtMs: number;
}

const watchCure = async (story: Story, stage: Stage, cure: Cure): Promise<void> => {
  const { options, notes, victim, faultAtMs } = cure;
  const capMs = options.controller === 'off' ? options.offCapMs : CURE_CAP_MS;
  const told = { acts: 0, gone: false, mitigated: false };
  while (Date.now() - faultAtMs < capMs) {
    await sleep(100);
    told.acts = tellActs(story, actsOf(stage.region.journal.find()), told.acts);
    if (!told.gone && stage.truth.goneAtMs(victim.address) !== null) {
      told.gone = true;
      story.note("The victim is out of every survivor's member list.");
    }
    if (
      !told.mitigated &&
      mitigatedAt(notes.calls, faultAtMs, Date.now() - 2_000) !== null &&
      told.gone
    ) {
      told.mitigated = true;
      story.note("Users' calls have succeeded for three seconds.");
    }
    noteNewcomer(story, stage, notes, faultAtMs);
    if (notes.recoveredAtMs === null && isRecovered(stage, victim)) {
      notes.recoveredAtMs = Date.now();
      story.note('Recovered: three nodes work together, in service.');
    }
    const calmForMs = Date.now() - (notes.recoveredAtMs ?? Infinity);
    if (calmForMs >= CALM_AFTER_MS && (options.controller === 'off' || lastQuorate(notes))) return;
  }
};

const lastQuorate = ({ ticks }: Notes): boolean => ticks.at(-1)?.cluster === 'Quorate';

const tellActs = (story: Story, acts: readonly JournalAct[], told: number): number => {
  for (const act of acts.slice(told)) story.act(act);
  return acts.length;
};

const isRecovered = (stage: Stage, victim: Victim): boolean =>
  isWhole(stage, SIZE) && stage.region.instances.find(victim.instanceId)?.state !== 'running';

const noteNewcomer = (
  story: Story,
  { region, truth }: Stage,
  notes: Notes,
  faultAtMs: number,
): void => {
  const latest = region.instances.all().slice(SIZE).at(-1);
  if (latest === undefined) return;
  if (notes.newcomer === null && Date.now() > faultAtMs) {
    notes.newcomer = { id: latest.id, sinceMs: Date.now(), workedAtMs: null };
    story.cast([
      { instanceId: latest.id, zone: latest.zone, address: latest.address, role: 'member' },
    ]);
  }
  if (notes.newcomer?.workedAtMs === null && truth.cluster().includes(latest.address)) {
    notes.newcomer = { ...notes.newcomer, workedAtMs: Date.now() };
  }
};

const bootOf = ({ newcomer }: Notes): number | null =>
  newcomer?.workedAtMs == null ? null : newcomer.workedAtMs - newcomer.sinceMs;

const marksOf = (
  { truth, region }: Stage,
  { ticks, newcomer, recoveredAtMs }: Notes,
  base: Pick<Marks, 'startedAtMs' | 'endedAtMs'> & {
    readonly faultAtMs: number;
    readonly victim: Victim;
  },
): Marks => {
  const { faultAtMs, victim, startedAtMs, endedAtMs } = base;
  const suspicion = ticks.find(
    ({ atMs, suspects }) => atMs >= faultAtMs && suspects.includes(victim.instanceId),
  );
  const terminated = region.instances.find(victim.instanceId)?.state === 'terminated';
  return {
    startedAtMs,
    endedAtMs,
    faultAtMs,
    detectedAtMs: suspicion?.atMs ?? null,
    evictedAtMs: truth.goneAtMs(victim.address),
    replacedAtMs: terminated ? (newcomer?.workedAtMs ?? null) : null,
    recoveredAtMs,
  };
};

/** Who was removed, by whom it was not the fault itself: kills and terminations of the controller, and departures that follow no fault. */
const removalsOf = (
  { region, truth }: Stage,
  acts: readonly JournalAct[],
  scenario: Scenario,
): Parameters<typeof measure>[0]['truth']['removals'] => {
  const killed = acts
    .filter(
      ({ kind, outcome }) => outcome === 'done' && ['kill', 'replace', 'terminate'].includes(kind),
    )
    .map(({ target, atMs }) => ({ what: 'killed' as const, instanceId: target, atMs }));
  const evicted = region.instances.all().flatMap(({ id, address }) => {
    const atMs = truth.goneAtMs(address);
    return atMs === null || scenario.removesItself
      ? []
      : [{ what: 'evicted' as const, instanceId: id, atMs }];
  });
  return [...killed, ...evicted];
};
