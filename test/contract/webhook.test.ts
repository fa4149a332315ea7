/** A failover as a webhook hears of it: the packaged rule, destination, key and role in the lab's EventBridge. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Template } from '../../lab/cloud/intrinsics.ts';
import { createWorld } from '../../lab/cloud/world.ts';
import { eventsOf } from '../../src/adapters/aws/report-events.ts';
import type { Report } from '../../src/core/model.ts';
import { FAILOVER, QUIET } from '../adapters/reports.ts';
import { packageInto } from '../package/template.ts';
import { type Bench, clientsOf, skipWithoutMoto, startBench } from './cloud-bench.ts';

const FLEETS = `
fleets:
  shop:
    group: shop-group
    networks: [10.77.0.0/16]
    member: { service: api.service }
    announce: { webhook: https://hooks.example.com/quorate, secret: quorate/webhook }
`;

describe.skipIf(skipWithoutMoto)('the webhook of a fleet', () => {
  const folder = mkdtempSync(join(tmpdir(), 'quorate-webhook-'));
  let bench: Bench;
  let aws: ReturnType<typeof clientsOf>;

  beforeAll(async () => {
    writeFileSync(join(folder, 'fleets.yml'), FLEETS);
    const out = join(folder, 'out');
    const packaged = packageInto(out, join(folder, 'fleets.yml'), '--stage', 'test');
    if (packaged.exit !== 0) throw new Error(`packaging failed:\n${packaged.output}`);
    bench = await startBench();
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

  const report = async (more: Partial<Report>): Promise<void> => {
    const events = eventsOf({ ...QUIET, mode: 'act', ...more }, []);
    const Entries = events.map(({ name, detail }) => ({
      EventBusName: 'quorate-test',
      Source: 'quorate',
      DetailType: name,
      Detail: JSON.stringify(detail),
    }));
    await aws.events.send(new PutEventsCommand({ Entries }));
  };
  const heard = () =>
    bench.posted.map(({ body }) => JSON.parse(body) as { 'detail-type': string; detail: object });

  it('is told before and after, who is logged out, and nothing else', async () => {
    const switching = { ...FAILOVER, phase: 'switch' } as const;
    const draining = { ...FAILOVER, phase: 'drain' } as const;
    await report({ failoverBefore: null, failover: FAILOVER });
    await report({ failoverBefore: FAILOVER, failover: switching });
    await report({ failoverBefore: switching, failover: draining });
    await report({ failoverBefore: draining, failover: null });

    expect(heard().map((event) => event['detail-type'])).toEqual([
      'FailoverStarted',
      'UsersMoving',
      'UsersMoved',
      'FailoverEnded',
    ]);
    expect(heard()[1]?.detail).toMatchObject({
      fleet: 'shop',
      from: 'blue',
      to: 'green',
      loggedOut: 'everybody',
    });
  });

  it('knows us by a key that stands in Secrets Manager, and in no file', () => {
    expect(bench.posted[0]).toMatchObject({
      url: 'https://hooks.example.com/quorate',
      headers: { 'x-quorate-key': '{{resolve:secretsmanager:quorate/webhook}}' },
    });
  });

  it('hears nothing of other fleets, and nothing of what is only decided', async () => {
    const before = bench.posted.length;
    await report({ fleet: 'api', failoverBefore: null, failover: FAILOVER });
    await report({ mode: 'shadow', failoverBefore: null, failover: FAILOVER });
    expect(bench.posted).toHaveLength(before);
  });
});
