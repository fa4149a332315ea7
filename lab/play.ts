/** Plays one scenario once, from an empty region to its result. Runs inside the lab's namespaces. */
import { setTimeout as sleep } from 'node:timers/promises';
import { watchCure } from './cure.ts';
import { judge } from './judge.ts';
import type { ScenarioResult } from './measure/result.ts';
import { createTally } from './measure/tally.ts';
import type { Outcome, PlayOptions, Run } from './run.ts';
import type { Scenario, Victim } from './scenarios/scenario.ts';
import { startController } from './stage/controller.ts';
import { watchNewcomers } from './stage/newcomers.ts';
import { openStage, type Stage, untilFormed } from './stage/stage.ts';
import { createStory, type Player } from './story/story.ts';

const SIZE = 3;
const LOGIN_PATIENCE_MS = 30_000;
/**
 * Users call for a while before the fault, so that it is seen what was lost; by the seed a little longer, so
 * that the fault falls anywhere between two ticks of the controller.
 */
const CALM_BEFORE_MS = 5_000;
const CALM_SPREAD_MS = 2_500;
/** A run with a controller that has not cured by then has failed. */
const CURE_CAP_MS = 150_000;
const CENSUS_PATIENCE_MS = 10_000;

/** @throws Error when it came to no result: a part did not start, the cluster did not form, the users' process was lost. */
export const play = async (scenario: Scenario, options: PlayOptions): Promise<ScenarioResult> => {
  const startedAtMs = Date.now();
  const story = createStory(process.stdout, { startedAtMs });
  const tally = createTally(startedAtMs);
  const run: Run = { scenario, options, story, startedAtMs, calls: [], ticks: [] };
  story.phase(`${options.controller === 'on' ? 'With' : 'Without'} Quorate (${scenario.name})`);
  story.note('Three API servers boot, one in each zone, each with an embedded Hazelcast member.');
  const stage = await openStage({
    ...options,
    size: SIZE,
    onCalls: (calls) => {
      run.calls.push(...calls);
      tally.add(calls);
    },
  });
  try {
    await untilFormed(stage, SIZE);
    story.cast(playersOf(stage));
    await stage.clients.logIn(LOGIN_PATIENCE_MS);
    const stopListening = await bringController(stage, run);
    stage.clients.begin();
    const users = setInterval(() => story.users(tally.take(Date.now())), 1_000);
    const outcome = await strikeAndWatch(stage, run).finally(() => clearInterval(users));
    const census = await stage.clients.finish(CENSUS_PATIENCE_MS);
    await stopListening();
    return judge(stage, run, { ...outcome, census });
  } finally {
    await stage.close();
  }
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
  if (options.controller === 'off') {
    story.note('Nobody watches: Auto Scaling and the load balancer are on their own.');
    return async () => await Promise.resolve();
  }
  story.note(
    'Quorate is deployed from its package: a scheduled controller, and a prober in each of two zones.',
  );
  return await startController(stage, (tick) => {
    ticks.push(tick);
    story.sentence(tick.atMs, tick.sentence);
  });
};

const strikeAndWatch = async (stage: Stage, run: Run): Promise<Outcome> => {
  const { options, story, ticks, calls } = run;
  await sleep(CALM_BEFORE_MS + spread(options.seed));
  const newcomers = watchNewcomers(stage, ({ id, zone, address }) => {
    story.note('Auto Scaling launches a new instance in its place.');
    story.cast([{ instanceId: id, zone, address, role: 'member' }]);
  });
  const { victim, faultAtMs } = await strike(stage, run);
  const { recoveredAtMs } = await watchCure(story, stage, {
    victim,
    isPassing: run.scenario.mustSpare === true,
    faultAtMs,
    size: SIZE,
    capMs: options.controller === 'off' ? options.offCapMs : CURE_CAP_MS,
    calls,
    newcomers,
    isQuiet: () => options.controller === 'off' || ticks.at(-1)?.cluster === 'Quorate',
  });
  const endedAtMs = Date.now();
  return { victim, faultAtMs, endedAtMs, recoveredAtMs, newcomer: newcomers.working() };
};

/** The golden ratio's multiples fall evenly between 0 and 1, however many there are. */
const spread = (seed: number): number => ((seed * 0.618_034) % 1) * CALM_SPREAD_MS;

const strike = async (
  stage: Stage,
  { scenario, story }: Run,
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
  story.fault(scenario.name, victim.instanceId);
  return { victim, faultAtMs };
};
