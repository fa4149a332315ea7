/**
 * Orders and alarms that must not do harm, on the packaged functions and the real wire, with members to be harmed: what is
 * refused changes nothing and says why to the person, and what comes twice is done once.
 */
import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { isDenial } from '../../lab/cloud/iam/denial.ts';
import type { JournalEntry } from '../../lab/cloud/journal.ts';
import { surplusRights } from '../../lab/rights.ts';
import { throughBus, throughTopic } from '../wake/alarms.ts';
import { skipWithoutMoto, until } from './cloud-bench.ts';
import { PREFIX } from './packaged-bench.ts';
import { type PackagedFleet, startPackagedFleet } from './packaged-fleet.ts';

const STEPS = ['DeregisterTargets', 'SendCommand', 'TerminateInstanceInAutoScalingGroup'];
const KILL = `${PREFIX}-kill-member`;
const QUESTIONS = [
  { kind: 'status' },
  { kind: 'orders' },
  { kind: 'plan' },
  { kind: 'explain' },
  { kind: 'probe' },
  { kind: 'failover', order: 'failover' },
  { kind: 'failover', order: 'move' },
];
/** Rights that nothing here needs, and why. */
const NOT_HERE = {
  'query/See ec2:DescribeSpotInstanceRequests': 'no instance here is a spot instance',
  'invoke/Undelivered sqs:SendMessage': 'the scheduler of the lab loses no tick',
};
/** Packaging, or an eviction and a lease that runs out, on a busy machine. */
const TIMEOUT_MS = 600_000;

describe.skipIf(skipWithoutMoto)('on the packaged functions', () => {
  let fleet: PackagedFleet;

  beforeAll(async () => {
    fleet = await startPackagedFleet();
    await fleet.whole();
  }, TIMEOUT_MS);
  afterEach(async () => await watchAgain(), TIMEOUT_MS);
  afterAll(async () => await fleet?.stop());

  const watchAgain = async (): Promise<void> => {
    const { schedules } = fleet.bench;
    schedules.setPaused(false);
    for (const name of schedules.names()) schedules.fire(name);
    await fleet.whole();
  };
  const nobodyWatches = async (): Promise<void> => {
    const { schedules, lambda } = fleet.bench;
    schedules.setPaused(true);
    await lambda.kill(`${PREFIX}-schedule`);
    await lambda.kill(`${PREFIX}-alarm`);
    await until(async () => (await fleet.status()).lease === null);
  };
  const now = (): number => fleet.bench.journal.find().length;
  const evict = async (instanceId: string, ...more: readonly string[]) =>
    await fleet.quorate('evict', instanceId, '--reason', 'for the test', '--yes', ...more);
  const refused = (words: string) => ({
    status: 1,
    stderr: expect.stringMatching(new RegExp(`^refused: .*${words}`, 'm')),
  });
  const terminated = async (instanceId: string): Promise<void> => {
    await until(async () => fleet.bench.instances.find(instanceId)?.state === 'terminated');
  };
  const stepsOf = (changes: readonly JournalEntry[]) =>
    changes.filter(({ status }) => status === 200).map(({ action }) => action);

  it('an order for an instance of another group is refused before it is written', async () => {
    const { orders } = await fleet.status();
    const after = now();

    const said = await evict(fleet.stranger);

    expect(said).toMatchObject(refused(`${fleet.stranger} is not in the group of fleet api`));
    expect((await fleet.status()).orders).toEqual(orders);
    expect(fleet.changes(after)).toEqual([]);
  });

  it(
    'an order while another one is in flight is refused, and changes nothing',
    async () => {
      const [, victim = '', other = ''] = fleet.members();
      const release = fleet.holdPower();
      const first = await evict(victim, '--no-wait');
      await until(async () => fleet.bench.instances.find(victim)?.state === 'shutting-down');
      const after = now();

      const said = await evict(other);

      expect(first).toMatchObject({ status: 0 });
      expect(said).toMatchObject(refused(`I1: ${victim} is on its way out: one at a time`));
      expect(fleet.changes(after)).toEqual([]);
      release();
      await terminated(victim);
    },
    TIMEOUT_MS,
  );

  it(
    'an order for the last healthy node is refused, and changes nothing',
    async () => {
      const [last = '', ...hung] = fleet.members();
      const after = now();
      for (const id of hung) fleet.hosts.signal(id, 'SIGSTOP');
      await until(async () => (await fleet.status()).cluster?.condition === 'QuorumLost');

      const said = await evict(last);

      for (const id of hung) fleet.hosts.signal(id, 'SIGCONT');
      expect(said).toMatchObject(
        refused('I3: 0 sound members in 3 seats would be left, 2 are needed'),
      );
      expect(fleet.changes(after)).toEqual([]);
    },
    TIMEOUT_MS,
  );

  it(
    'an alarm that is delivered twice, by each of its ways, is acted on once',
    async () => {
      const [, victim = ''] = fleet.members();
      await nobodyWatches();
      const alarms = fleet.bench.lambda.find(`${PREFIX}-alarm`);
      const earlier = alarms.invocations.length;
      const name = `${PREFIX}-api-twice`;
      const parts = { name, atMs: Date.now(), dimensions: { Fleet: 'api' } };
      const { source, resources, detail, 'detail-type': type } = throughBus(parts);
      const entry = { Source: source, DetailType: type, Resources: resources };
      const put = new PutEventsCommand({ Entries: [{ ...entry, Detail: JSON.stringify(detail) }] });
      const after = now();
      fleet.hosts.signal(victim, 'SIGSTOP');

      await Promise.all([fleet.aws.events.send(put), fleet.aws.events.send(put)]);
      await until(async () => (await fleet.status()).lease !== null && alarms.busy() === 1);
      const late = [
        await fleet.invoke('alarm', throughTopic(parts)),
        await fleet.invoke('alarm', throughTopic(parts)),
      ];
      await terminated(victim);
      await watchAgain();
      await until(async () => alarms.busy() === 0);

      const repeated = {
        answer: 'woken',
        fleets: { api: expect.stringMatching(/^already watching: /) },
      };
      expect(late).toEqual([expect.objectContaining(repeated), expect.objectContaining(repeated)]);
      const ends = alarms.invocations
        .slice(earlier)
        .filter(({ payload }) => payload.includes(name))
        .map(({ payload }) => (JSON.parse(payload) as { fleets: Record<string, unknown> }).fleets);
      expect(ends.length).toBeGreaterThanOrEqual(4);
      expect(stepsOf(fleet.changes(after)).toSorted()).toEqual(STEPS);
    },
    TIMEOUT_MS,
  );

  it(
    'an order that is given twice is carried out once, by the command itself when nobody watches',
    async () => {
      const [, victim = ''] = fleet.members();
      await nobodyWatches();
      const release = fleet.bench.ssm.hold(victim, KILL);
      const after = now();

      const given = [1, 2].map(async () => await evict(victim, '--request-id', 'r-1', '--no-wait'));
      await until(async () => fleet.bench.ssm.all().some((each) => each.instanceId === victim));
      // What became of a command is asked only while that is open, and SSM delivers none after 30 s.
      await fleet.ask({ kind: 'plan' });
      release();
      const answers: unknown[] = [];
      for (const question of QUESTIONS) answers.push(await fleet.ask(question));
      const said = await Promise.all(given);
      await watchAgain();

      expect(said.map(({ status }) => status)).toEqual([0, 0]);
      const changes = fleet.changes(after);
      expect(stepsOf(changes).toSorted()).toEqual(STEPS);
      expect(changes.slice(0, 2).map(({ who }) => who)).toEqual(
        STEPS.slice(0, 2).map(() => `${PREFIX}-command`),
      );
      expect(answers).toEqual(
        QUESTIONS.map(({ kind }) => expect.objectContaining({ ok: true, kind })),
      );
    },
    TIMEOUT_MS,
  );

  it('nothing was tried without a right to it, and no right was for nothing', () => {
    const { journal, rights } = fleet.bench;
    // What the loop may do beyond an eviction, scenarios of the lab need.
    const judged = (names: readonly string[]) =>
      names.filter((name) => !/^(watch|lead)\//.test(name));
    const granted = judged(rights.granted());

    expect(journal.find().filter(({ code }) => isDenial(code))).toEqual([]);
    expect(surplusRights([{ rights: { granted, used: judged(rights.used()) } }], NOT_HERE)).toEqual(
      [],
    );
  });
});
