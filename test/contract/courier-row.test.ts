import { once } from 'node:events';
import type { Server } from 'node:http';
import {
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type AwsClients, createClients } from '../../src/adapters/aws/clients.ts';
import { createCourierJournal } from '../../src/adapters/aws/courier-journal.ts';
import { createCourierRow } from '../../src/adapters/aws/courier-row.ts';
import type { CourierRow, Standing } from '../../src/courier/ports.ts';
import { awsEnvironment, listen } from '../adapters/listen.ts';
import { createFaultyProxy, type FaultyProxy } from './faulty-proxy.ts';

const TABLE = 'quorate-courier';

let database: Server;
let proxy: FaultyProxy;
let clients: AwsClients;
let direct: DynamoDBClient;
let fleets = 0;

beforeAll(async () => {
  database = dynalite({ createTableMs: 0 });
  const port = await listen(database);
  proxy = createFaultyProxy(port);
  const environment = awsEnvironment(`http://127.0.0.1:${await listen(proxy.server)}`);
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  clients = createClients();
  direct = new DynamoDBClient({ endpoint: `http://127.0.0.1:${port}` });
  await direct.send(
    new CreateTableCommand({
      TableName: TABLE,
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
});

afterEach(() => {
  proxy.mode = 'pass';
});

afterAll(async () => {
  clients.destroy();
  direct.destroy();
  vi.unstubAllEnvs();
  for (const server of [proxy.server, database]) {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
});

interface Bench {
  readonly fleet: string;
  readonly row: CourierRow;
}

const benchOf = (): Bench => {
  fleets += 1;
  const fleet = `fleet-${fleets}`;
  return { fleet, row: createCourierRow({ table: TABLE, fleet, clients }) };
};

/** As the controller does it. */
const wish = async (fleet: string, job: number): Promise<void> => {
  await direct.send(
    new UpdateItemCommand({
      TableName: TABLE,
      Key: { pk: { S: `courier#${fleet}` } },
      UpdateExpression: 'SET endJob = :job',
      ExpressionAttributeValues: { ':job': { N: `${job}` } },
    }),
  );
};

const standingOf = (holder: string, beat: number, job = 3): Standing => ({
  job,
  holder,
  word: {
    job,
    beat,
    phase: 'copying',
    passes: 0,
    lagMs: null,
    moved: 12,
    expired: 0,
    unreachable: 0,
    conflicts: 0,
    detail: 'begins',
  },
  cursor: { segments: [{ holder, items: 2 }], carried: ['0110'], owners: [['', 'm-1', 'm-2', '']] },
  isResting: false,
  members: ['i-3'],
  back: { job: 2, segments: [{ holder: 'earlier', items: 1 }], isWhole: true },
});

const ok = <T>(value: T) => ({ ok: true, value });

describe("a courier's row", () => {
  it('is taken by one of two, and tells what it was told', async () => {
    const { row } = benchOf();
    expect(await row.read()).toEqual(ok({ standing: null, wish: { endJob: 0 } }));
    const claims = await Promise.all(
      ['one', 'two'].map(async (holder) => await row.claim(standingOf(holder, 1), null)),
    );
    expect(claims.filter((claim) => claim.ok && claim.value)).toHaveLength(1);
    const read = await row.read();
    expect(read).toMatchObject(
      ok({ standing: { word: { moved: 12 }, cursor: { carried: ['0110'] } } }),
    );
  });

  it('is taken from a holder that was silent, not from one that has told since', async () => {
    const { row } = benchOf();
    const before = standingOf('one', 1);
    await row.claim(before, null);
    await row.tell(standingOf('one', 2));
    expect(await row.claim(standingOf('two', 3), before)).toEqual(ok(false));
    expect(await row.claim(standingOf('two', 3), standingOf('one', 2))).toEqual(ok(true));
    expect(await row.tell(standingOf('one', 3))).toEqual(ok('lost'));
    expect(await row.tell(standingOf('two', 4))).toEqual(ok({ endJob: 0 }));
  });

  it('answers with what is wished, also of a job that was not begun yet', async () => {
    const { fleet, row } = benchOf();
    await wish(fleet, 3);
    expect(await row.claim(standingOf('one', 1), null)).toEqual(ok(true));
    expect(await row.tell(standingOf('one', 2))).toEqual(ok({ endJob: 3 }));
  });

  it('has the word in the clear, for the controller', async () => {
    const { fleet, row } = benchOf();
    await row.claim(standingOf('one', 1), null);
    const key = { pk: { S: `courier#${fleet}` } };
    const { Item } = await direct.send(new GetItemCommand({ TableName: TABLE, Key: key }));
    expect(JSON.parse(Item?.['word']?.S ?? '')).toEqual(standingOf('one', 1).word);
  });

  it('tells again when a reply is lost, and claims once', async () => {
    const { row } = benchOf();
    await row.claim(standingOf('one', 1), null);
    proxy.mode = 'loseReply';
    const before = proxy.forwarded;
    expect(await row.claim(standingOf('two', 2), standingOf('one', 1))).toMatchObject({
      ok: false,
    });
    expect(proxy.forwarded - before).toBe(1);
    proxy.mode = 'pass';
    expect(await row.read()).toMatchObject(ok({ standing: { holder: 'two' } }));
  });

  it('is an error when nobody answers, or when it makes no sense', async () => {
    const { fleet, row } = benchOf();
    proxy.mode = 'silent';
    expect(await row.tell(standingOf('one', 2))).toMatchObject({ ok: false });
    proxy.mode = 'pass';
    await direct.send(
      new UpdateItemCommand({
        TableName: TABLE,
        Key: { pk: { S: `courier#${fleet}` } },
        UpdateExpression: 'SET standing = :text',
        ExpressionAttributeValues: { ':text': { S: '{"job":3}' } },
      }),
    );
    const read = await row.read();
    expect(read).toMatchObject({ ok: false });
    expect(!read.ok && read.error).toContain('makes no sense');
  });
});

describe("a courier's journal", () => {
  it('gives back what was written, keeps segments and jobs apart, and expires', async () => {
    const { fleet } = benchOf();
    const parts = { table: TABLE, fleet, clients };
    const journal = createCourierJournal(parts, 3, () => 1_000_000);
    const lines = Buffer.alloc(380 * 1024, 7);
    expect(await journal.append('one', 0, lines)).toEqual(ok(null));
    expect(await journal.read('one', 0)).toEqual(ok(lines));
    expect(await journal.read('one', 1)).toEqual(ok(null));
    expect(await journal.read('two', 0)).toEqual(ok(null));
    expect(await createCourierJournal(parts, 4, () => 0).read('one', 0)).toEqual(ok(null));
    const key = { pk: { S: `courier#${fleet}#3#one#0` } };
    const { Item } = await direct.send(new GetItemCommand({ TableName: TABLE, Key: key }));
    expect(Item?.['ttl']?.N).toBe('87400');
  });
});
