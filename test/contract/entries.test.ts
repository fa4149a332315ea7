/** The packaged functions in the lab's Lambda: asked by name over the wire, as people, alarms and rules do. */
import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AlarmParts, direct, throughBus } from '../wake/alarms.ts';
import { skipWithoutMoto, until } from './cloud-bench.ts';
import { type Packaged, startPackaged } from './packaged-bench.ts';

const FLEETS = `
fleets:
  api: { group: api-servers, networks: [10.77.0.0/16], member: { service: api.service } }
`;
const NOBODY = 'i-0feedbeef00000001';

describe.skipIf(skipWithoutMoto)('the packaged functions', () => {
  let packaged: Packaged;

  beforeAll(async () => {
    packaged = await startPackaged({ fleets: FLEETS });
  });
  afterAll(async () => await packaged?.stop());

  const invoke = async (name: string, event: unknown): Promise<unknown> =>
    await packaged.invoke(name, event);
  const alarm = (more: Partial<AlarmParts> = {}) =>
    direct({ atMs: Date.now(), dimensions: { Fleet: 'api' }, ...more });
  const watched = async (): Promise<void> => {
    await until(async () => {
      const status = await packaged.ask({ kind: 'status' });
      return (status as { report: { lease: unknown } }).report.lease;
    });
  };

  it('answer an alarm: who watches is left alone, and what is not for us is told', async () => {
    await watched();

    const woken = await invoke('alarm', alarm());
    const over = await invoke('alarm', alarm({ state: 'OK' }));
    const stale = await invoke('alarm', alarm({ atMs: Date.now() - 300_000 }));
    const forged = await invoke('alarm', alarm({ account: '999999999999' }));
    const unknown = await invoke('alarm', alarm({ dimensions: { Fleet: 'shop' } }));

    expect(woken).toMatchObject({
      answer: 'woken',
      fleets: { api: expect.stringMatching(/^already watching: /) },
    });
    expect([over, stale]).toMatchObject([{ answer: 'ignored' }, { answer: 'ignored' }]);
    expect([forged, unknown]).toMatchObject([{ answer: 'refused' }, { answer: 'refused' }]);
  });

  it('are woken by the rule, through EventBridge, when an alarm of ours goes off and by no other', async () => {
    const { invocations } = packaged.bench.lambda.find('quorate-test-alarm');
    const put = async (name: string, state = 'ALARM'): Promise<void> => {
      const {
        source,
        resources,
        detail,
        'detail-type': type,
      } = throughBus({
        name,
        state,
        atMs: Date.now(),
      });
      const entry = { Source: source, DetailType: type, Resources: resources };
      await packaged.aws.events.send(
        new PutEventsCommand({ Entries: [{ ...entry, Detail: JSON.stringify(detail) }] }),
      );
    };
    await put('others-cpu');
    await put('quorate-test-api-calm', 'OK');
    // Not by hand: this one goes off, and what it puts on the bus is what counts.
    packaged.bench.alarms.set('quorate-test-api-silent', 'ALARM');

    const woken = await until(async () =>
      invocations.find(({ payload }) => payload.includes('quorate-test-api-silent')),
    );

    expect(JSON.parse(woken.payload)).toMatchObject({
      answer: 'woken',
      fleets: { api: expect.anything() },
    });
    expect(invocations.some(({ payload }) => /others-cpu|api-calm/.test(payload))).toBe(false);
  });

  it('answer questions, and refuse what is no question', async () => {
    await watched();

    const plan = await packaged.ask({ kind: 'plan' });
    const explain = await packaged.ask({ kind: 'explain' });
    const probe = await packaged.ask({ kind: 'probe' });
    const wrong = await invoke('query', { kind: 'evict', fleet: 'api' });

    expect([plan, explain, probe]).toMatchObject([{ ok: true }, { ok: true }, { ok: true }]);
    expect(explain).toMatchObject({ report: { nodes: [{}, {}, {}] } });
    expect(wrong).toMatchObject({ ok: false, why: 'wrong' });
  });

  it('refuse orders that are nobody’s, before anything is written', async () => {
    const order = {
      kind: 'evict',
      fleet: 'api',
      instanceId: NOBODY,
      reason: 'x',
      by: 'me',
      requestId: 'r-1',
    };

    const stranger = await invoke('command', order);
    const shell = await invoke('command', { ...order, instanceId: 'i-1;reboot' });
    const orders = await packaged.ask({ kind: 'orders' });

    expect(stranger).toMatchObject({ ok: false, why: 'refused' });
    expect(shell).toMatchObject({ ok: false, why: 'wrong' });
    expect(orders).toMatchObject({ ok: true, report: { orders: [] } });
  });

  it('are what the command line asks by name', async () => {
    await watched();

    const explain = await packaged.quorate('explain');
    const evict = await packaged.quorate('evict', NOBODY, '--reason', 'x', '--yes');
    const elsewhere = await packaged.quorate('plan', '--stage', 'other');

    expect(explain.stdout).toMatch(/^api {2}\w+: /);
    expect(explain.stdout.split('\n').every((line) => line.length <= 80)).toBe(true);
    expect([evict.status, evict.stderr]).toEqual([
      1,
      expect.stringContaining('is not in the group of fleet api'),
    ]);
    expect([elsewhere.status, elsewhere.stderr]).toEqual([
      3,
      expect.stringContaining('there is no function quorate-other-query in this region'),
    ]);
  });
});
