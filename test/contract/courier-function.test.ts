/** The courier as it is deployed: bundled with its fleets, imported, and sent on a way that leads nowhere. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CreateTableCommand, DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { bundle } from '../../tools/bundle.ts';
import { awsEnvironment, listen } from '../adapters/listen.ts';
import { fleetAt } from '../adapters/nodes.ts';

const TABLE = 'quorate-test-state';
const FLEET = fleetAt(1, {
  standby: { group: 'shop-green', cluster: 'green' },
  sessions: { maps: ['sessions'], entriesPerS: 1_000, leastTtlMs: 5_000, vault: null },
});
const CONTEXT = { awsRequestId: 'request-1', getRemainingTimeInMillis: () => 900_000 };

type Handler = (event: unknown, context: typeof CONTEXT) => Promise<unknown>;

let database: Server;
let direct: DynamoDBClient;
let folder = '';
let handler: Handler;

beforeAll(async () => {
  database = dynalite({ createTableMs: 0 });
  const endpoint = `http://127.0.0.1:${await listen(database)}`;
  const environment = { ...awsEnvironment(endpoint), TABLE, POWERTOOLS_LOG_LEVEL: 'SILENT' };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  direct = new DynamoDBClient({ endpoint });
  await direct.send(
    new CreateTableCommand({
      TableName: TABLE,
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
  folder = await mkdtemp(join(tmpdir(), 'quorate-courier-'));
  const other = fleetAt(1, { name: 'plain' });
  await bundle(['courier'], folder, { source: 'test.yml', sha256: '', fleets: [FLEET, other] });
  const path = pathToFileURL(join(folder, 'courier', 'index.js')).href;
  ({ handler } = (await import(path)) as { handler: Handler });
});

afterAll(async () => {
  direct.destroy();
  vi.unstubAllEnvs();
  database.closeAllConnections();
  database.close();
  await once(database, 'close');
  await rm(folder, { recursive: true, force: true });
});

const node = (address: string) => ({ instanceId: 'i-1', address });
const request = (more: object = {}) => ({
  fleet: 'shop',
  job: 3,
  from: { side: 'blue', nodes: [node('127.0.0.1')] },
  to: { side: 'green', nodes: [node('127.0.0.2')] },
  ...more,
});

const wordOf = async (fleet: string): Promise<unknown> => {
  const key = { pk: { S: `courier#${fleet}` } };
  const { Item } = await direct.send(new GetItemCommand({ TableName: TABLE, Key: key }));
  return JSON.parse(Item?.['word']?.S ?? 'null');
};

describe('the deployed courier', () => {
  it('says in its row that it reaches nobody, and can be sent again at once', async () => {
    const why = 'no member of dev to read from: tried 127.0.0.1; no member of green to write to';
    for (const beat of [2, 4]) {
      await handler(request(), CONTEXT);
      expect(await wordOf('shop')).toMatchObject({ job: 3, beat, phase: 'failed', moved: 0 });
      expect(await wordOf('shop')).toMatchObject({ detail: expect.stringContaining(why) });
    }
  });

  it('connects to nobody outside the networks of the fleet, nor for a fleet without sessions', async () => {
    const strange = { side: 'green', nodes: [node('10.1.2.3')] };
    expect(await handler(request({ job: 4, to: strange }), CONTEXT)).toMatchObject({
      phase: 'failed',
      detail: 'no node of green is in the networks of fleet "shop"',
    });
    expect(await handler(request({ fleet: 'plain' }), CONTEXT)).toMatchObject({
      phase: 'failed',
      detail: 'fleet "plain" has no `sessions` in the fleets file',
    });
  });

  it('refuses what is no request, and a fleet that it does not know', async () => {
    expect(await handler({}, CONTEXT)).toMatchObject({
      stoodBack: expect.stringContaining('it refused the request'),
    });
    expect(await handler(request({ fleet: 'nobody' }), CONTEXT)).toEqual({
      stoodBack: 'its fleets (test.yml) have no nobody',
    });
    expect(await wordOf('nobody')).toBeNull();
  });
});
