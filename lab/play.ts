/** Plays one scenario once, from an empty region to its result. Runs inside the lab's namespaces. */
import { setTimeout as sleep } from 'node:timers/promises';
import { WATCHES } from './controllers.ts';
import { watchCure } from './cure.ts';
import { fractionOf } from './fraction.ts';
import { judge } from './judge.ts';
import type { ScenarioResult } from './measure/result.ts';
import { createTally } from './measure/tally.ts';
import type { Outcome, PlayOptions, Run } from './run.ts';
import type { Scenario } from './scenarios/scenario.ts';
import { startController } from './stage/controller.ts';
import { watchNewcomers } from './stage/newcomers.ts';
import { letGracePass, openStage, type Stage, untilFormed } from './stage/stage.ts';
import { createStory, type Player, type Story } from './story/story.ts';
import { letPass, strike } from './strike.ts';

const SIZE = 3;
const LOGIN_PATIENCE_MS = 30_000;
/**
 * Users call for a while before the fault, so that it is seen what was lost; by the seed a little longer, so
 * that the fault falls anywhere between two ticks of the controller.
 */
const CALM_BEFORE_MS = 5_000;
const CALM_SPREAD_MS = 2_500;
/** A run with Quorate that has not cured by then has failed. */
const CURE_CAP_MS = 150_000;
const CENSUS_PATIENCE_MS = 10_000;

/** @throws Error when it came to no result: a part did not start, the cluster did not form, the users' process was lost. */
export const play = async (scenario: Scenario, options: PlayOptions): Promise<ScenarioResult> => {
  const startedAtMs = Date.now();
  const { perSecond } = scenario.load ?? {};
  const story = createStory(process.stdout, {
    startedAtMs,
    ...(perSecond !== undefined && { fullPerSecond: perSecond }),
  });
  const tally = createTally(startedAtMs);
  const run: Run = { scenario, options, story, startedAtMs, calls: [], ticks: [] };
  const size = scenario.size ?? SIZE;
  tellOpening(story, run, size);
  const { line, standby, load, countsCopies = false, hasVault = false } = scenario;
  const stage = await openStage({
    ...options,
    size,
    line,
    backsOff: countsCopies,
    ...(standby && { standby }),
    hasVault,
    ...(load && { load }),
    onCalls: (calls) => {
      run.calls.push(...calls);
      tally.add(calls);
    },
  });
  try {
    await untilFormed(stage, size);
    letGracePass(stage);
    story.cast(playersOf(stage));
    await stage.clients.logIn(LOGIN_PATIENCE_MS);
    const stopListening = await bringController(stage, run);
    stage.clients.begin();
    const users = setInterval(() => story.users(tally.take(Date.now())), 1_000);
    const outcome = await strikeAndWatch(stage, run).finally(() => clearInterval(users));
    const census = await stage.clients.finish(CENSUS_PATIENCE_MS);
    await stopListening();
    return await judge(stage, run, { ...outcome, census });
  } finally {
    await stage.close();
  }
};

const tellOpening = (story: Story, { scenario, options }: Run, size: number): void => {
  story.phase(`${WATCHES[options.controller].heading} (${scenario.name})`);
  const software = scenario.line === undefined ? '' : ` of line ${scenario.line}`;
  story.note(
    `${size} API servers boot, spread over three zones, each with an embedded Hazelcast member${software}.`,
  );
};

const playersOf = ({ truth, region }: Stage): readonly Player[] => {
  const [master] = truth.cluster();
  return region.instances
    .all()
    .filter(({ state }) => state === 'running')
    .map(({ id, zone, address }) => {
      const role = address === master ? 'master' : 'member';
      return { instanceId: id, zone, address, role };
    });
};

/** @returns a function that resolves when everything the controller said was told */
const bringController = async (
  stage: Stage,
  { options, story, ticks }: Run,
): Promise<() => Promise<void>> => {
  story.note(WATCHES[options.controller].note);
  const { build } = options;
  if (build !== null && options.controller === 'on') {
    return await startController(stage, build, (tick) => {
      ticks.push(tick);
      story.sentence(tick.atMs, tick.sentence);
    });
  }
  if (build !== null) await stage.deploy(build);
  return async () => await Promise.resolve();
};

const strikeAndWatch = async (stage: Stage, run: Run): Promise<Outcome> => {
  const { scenario, options, story, ticks, calls } = run;
  await sleep(CALM_BEFORE_MS + fractionOf(options.seed) * CALM_SPREAD_MS);
  await scenario.prelude?.(stage);
  const newcomers = watchNewcomers(stage, ({ id, zone, address }) => {
    story.note('Auto Scaling launches a new instance.');
    story.cast([{ instanceId: id, zone, address, role: 'member' }]);
  });
  const struck = await strike(stage, run);
  void letPass(stage, run, struck);
  const isQuorate = options.controller === 'on';
  const { recoveredAtMs } = await watchCure(story, stage, {
    victims: struck.cast.victims,
    isPassing: scenario.passes !== undefined || scenario.serves === true,
    faultAtMs: struck.faultAtMs,
    lastsMs: scenario.passes?.afterMs ?? 0,
    watchMs: scenario.watchMs ?? 0,
    size: scenario.sizeAfter ?? scenario.size ?? SIZE,
    capMs: isQuorate ? (scenario.cureCapMs ?? CURE_CAP_MS) : options.offCapMs,
    calls,
    newcomers,
    isQuiet: () =>
      !isQuorate || (ticks.at(-1)?.cluster === 'Quorate' && (scenario.isOver?.(stage) ?? true)),
  });
  const endedAtMs = Date.now();
  const launched = newcomers.ids();
  return { ...struck, endedAtMs, recoveredAtMs, launched, newcomer: newcomers.working() };
};
