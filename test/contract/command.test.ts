/** Orders on the real wire: racing invocations as processes, real members, our document, the store in moto. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createDynamoStore } from '../../src/adapters/aws/dynamo-store.ts';
import type { Row } from '../../src/ports.ts';
import type { CommandReply } from '../../src/requests/reply.ts';
import { clientsOf, skipWithoutMoto, until } from './cloud-bench.ts';
import { endOf, type Ladder, startLadder, type Watch } from './ladder-bench.ts';

const STEPS = ['DeregisterTargets', 'SendCommand', 'TerminateInstanceInAutoScalingGroup'];
const RACER = fileURLToPath(new URL('./command-racer.ts', import.meta.url));
const run = promisify(execFile);

describe.skipIf(skipWithoutMoto)('orders that race on the real wire', () => {
  let ladder: Ladder;
  let watch: Watch;

  beforeAll(async () => {
    ladder = await startLadder();
  });
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') console.log(watch.sentences.join('\n'), watch.commands());
    await watch?.end();
  });
  afterAll(async () => await ladder?.close());

  /** As one invocation of the function would. */
  const invoke = async (command: object): Promise<CommandReply> => {
    const argument = JSON.stringify({ ...watch.argument, command });
    const { stdout } = await run(process.execPath, [RACER, argument], {
      env: watch.environment,
      encoding: 'utf8',
    });
    return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as CommandReply;
  };
  const rowOf = async (): Promise<Row> => {
    const { dynamodb: dynamo } = clientsOf(ladder);
    const clients = { once: { dynamo }, retried: { dynamo } };
    return await createDynamoStore({ table: watch.argument.settings.table, clients }).load('api');
  };
  /** The second oldest: not the master. */
  const victim = (): string => {
    const address = ladder.hosts.members()[1];
    return ladder.instances.all().findLast((each) => each.address === address)?.id ?? '?';
  };
  const evict = (instanceId: string, requestId: string) => ({
    kind: 'evict',
    fleet: 'api',
    instanceId,
    reason: 'for the test',
    by: 'test@here',
    requestId,
  });
  const replaced = async (id: string): Promise<void> => {
    await until(async () => ladder.instances.find(id)?.state === 'terminated');
    await ladder.whole();
  };
  const begin = async (): Promise<void> => {
    watch = await ladder.watch();
    await watch.untilSaid(/^Quorate: 3 of 3/);
  };

  it('are one order with one answer, decided by whoever watches', async () => {
    await begin();
    const id = victim();
    const order = evict(id, 'r-1');

    const replies = await Promise.all([invoke(order), invoke(order)]);
    const other = await invoke({ ...order, reason: 'another one' });
    await replaced(id);
    await until(async () => (await rowOf()).state?.orders[0]?.status === 'done');
    const later = await invoke(order);

    expect(replies).toEqual([
      expect.objectContaining({ ok: true, requestId: 'r-1' }),
      expect.objectContaining({ ok: true, requestId: 'r-1' }),
    ]);
    expect(other).toMatchObject({ ok: false, why: 'refused' });
    expect(later).toMatchObject({ ok: true, answer: 'done' });
    expect((await rowOf()).orders).toHaveLength(1);
    for (const step of STEPS) expect([step, watch.calls(step).length]).toEqual([step, 1]);
    expect(watch.newcomers()).toBe(1);
  });

  it('are carried out once though nobody watches and each ticks itself', async () => {
    await begin();
    const id = victim();
    await Promise.all(watch.controllers.map(endOf));
    await until(async () => ((await rowOf()).lease?.untilMs ?? 0) < Date.now() - 1_000);

    const replies = await Promise.all([invoke(evict(id, 'r-2')), invoke(evict(id, 'r-2'))]);

    expect(replies).toEqual([
      expect.objectContaining({ ok: true, requestId: 'r-2' }),
      expect.objectContaining({ ok: true, requestId: 'r-2' }),
    ]);
    await replaced(id);
    for (const step of STEPS) expect([step, watch.calls(step).length]).toEqual([step, 1]);
    expect((await rowOf()).lease).toBeNull();
  });

  it('for an instance of nobody are refused before anything is written', async () => {
    await begin();
    const { orders } = await rowOf();

    const reply = await invoke(evict('i-0feedbeef00000001', 'r-3'));

    expect(reply).toMatchObject({
      ok: false,
      why: 'refused',
      message: expect.stringContaining('is not in the group of fleet api'),
    });
    expect((await rowOf()).orders).toEqual(orders);
  });
});
