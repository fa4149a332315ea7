/** The packaged functions in the lab's Lambda: asked by name over the wire, as people, alarms and rules do. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Template } from '../../lab/cloud/intrinsics.ts';
import { createWorld } from '../../lab/cloud/world.ts';
import { packageInto } from '../package/template.ts';
import { type AlarmParts, direct, throughBus } from '../wake/alarms.ts';
import { type Bench, clientsOf, skipWithoutMoto, startBench, until } from './cloud-bench.ts';

const FLEETS = `
fleets:
  api: { group: api-servers, networks: [10.77.0.0/16], member: { service: api.service } }
`;
const NOBODY = 'i-0feedbeef00000001';

describe.skipIf(skipWithoutMoto)('the packaged functions', () => {
  const folder = mkdtempSync(join(tmpdir(), 'quorate-entries-'));
  let bench: Bench;
  let aws: ReturnType<typeof clientsOf>;

  beforeAll(async () => {
    writeFileSync(join(folder, 'fleets.yml'), FLEETS);
    const out = join(folder, 'out');
    const packaged = packageInto(out, join(folder, 'fleets.yml'), '--stage', 'test');
    if (packaged.exit !== 0) throw new Error(`packaging failed:\n${packaged.output}`);
    bench = await startBench({ firstTickInMs: 10, scheduleJitterMs: 0 });
    aws = clientsOf(bench);
    await createWorld(bench.clients, {});
    const file = join(out, 'cloudformation-template-update-stack.json');
    const template = JSON.parse(readFileSync(file, 'utf8')) as Template;
    await bench.deployTemplate(template, { codeDirectory: out, usesNamespaces: false });
  });
  afterAll(async () => {
    await bench?.stop();
    rmSync(folder, { recursive: true });
  });

  const invoke = async (name: string, event: unknown): Promise<unknown> => {
    const FunctionName = `quorate-test-${name}`;
    const Payload = JSON.stringify(event);
    const answer = await aws.lambda.send(new InvokeCommand({ FunctionName, Payload }));
    expect(answer.FunctionError).toBeUndefined();
    return JSON.parse(answer.Payload!.transformToString());
  };
  const alarm = (more: Partial<AlarmParts> = {}) =>
    direct({ atMs: Date.now(), dimensions: { Fleet: 'api' }, ...more });
  const watched = async (): Promise<void> => {
    await until(async () => {
      const status = await invoke('query', { kind: 'status', fleet: 'api' });
      return (status as { report: { lease: unknown } }).report.lease;
    });
  };
  /** A person's terminal. */
  const quorate = async (...args: readonly string[]) => {
    const all = ['src/cli/main.ts', '--stage', 'test', '--fleet', 'api', ...args];
    const env = {
      PATH: process.env['PATH'],
      AWS_REGION: 'eu-central-1',
      AWS_ENDPOINT_URL: bench.endpoint,
      AWS_ACCESS_KEY_ID: 'person',
      AWS_SECRET_ACCESS_KEY: 'x',
    };
    const child = execFile(process.execPath, all, { env });
    const [stdout, stderr, [status]] = await Promise.all([
      text(child.stdout!),
      text(child.stderr!),
      once(child, 'exit') as Promise<[number | null]>,
    ]);
    return { stdout, stderr, status };
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
    const { invocations } = bench.lambda.find('quorate-test-alarm');
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
      await aws.events.send(
        new PutEventsCommand({ Entries: [{ ...entry, Detail: JSON.stringify(detail) }] }),
      );
    };
    await put('others-cpu');
    await put('quorate-test-api-calm', 'OK');
    // Not by hand: this one goes off, and what it puts on the bus is what counts.
    bench.alarms.set('quorate-test-api-silent', 'ALARM');

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

    const plan = await invoke('query', { kind: 'plan', fleet: 'api' });
    const explain = await invoke('query', { kind: 'explain', fleet: 'api' });
    const probe = await invoke('query', { kind: 'probe', fleet: 'api' });
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
    const orders = await invoke('query', { kind: 'orders', fleet: 'api' });

    expect(stranger).toMatchObject({ ok: false, why: 'refused' });
    expect(shell).toMatchObject({ ok: false, why: 'wrong' });
    expect(orders).toMatchObject({ ok: true, report: { orders: [] } });
  });

  it('are what the command line asks by name', async () => {
    await watched();

    const explain = await quorate('explain');
    const evict = await quorate('evict', NOBODY, '--reason', 'x', '--yes');
    const elsewhere = await quorate('plan', '--stage', 'other');

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
