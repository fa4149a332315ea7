import { once } from 'node:events';
import type { Server } from 'node:http';
import {
  type AttributeValue,
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type AwsClients, createClients } from '../../src/adapters/aws/clients.ts';
import { createDynamoStore } from '../../src/adapters/aws/dynamo-store.ts';
import { unpacked } from '../../src/adapters/aws/packed-text.ts';
import { StateUnreadable, StoreUnavailable } from '../../src/errors.ts';
import type { StateStore } from '../../src/ports.ts';
import { awsEnvironment, listen } from '../adapters/listen.ts';
import { createFaultyProxy, type FaultyProxy } from './faulty-proxy.ts';
import { stateStoreContract } from './state-store.ts';
import { stateWith } from './states.ts';

let database: Server;
let proxy: FaultyProxy;
let clients: AwsClients;
let direct: DynamoDBClient;
let tables = 0;

beforeAll(async () => {
  database = dynalite({ createTableMs: 0 });
  const port = await listen(database);
  proxy = createFaultyProxy(port);
  const environment = awsEnvironment(`http://127.0.0.1:${await listen(proxy.server)}`);
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  clients = createClients();
  direct = new DynamoDBClient({ endpoint: `http://127.0.0.1:${port}` });
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

const freshTable = async (): Promise<string> => {
  tables += 1;
  const table = `quorate-${tables}`;
  await direct.send(
    new CreateTableCommand({
      TableName: table,
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
  return table;
};

const keyOf = (fleet: string) => ({ pk: { S: `fleet#${fleet}` } });

stateStoreContract('DynamoDB', async () => {
  const table = await freshTable();
  return {
    store: createDynamoStore({ table, clients }),
    other: createDynamoStore({ table, clients }),
    scribble: async (fleet, name, text) => {
      await direct.send(
        new UpdateItemCommand({
          TableName: table,
          Key: keyOf(fleet),
          UpdateExpression: 'SET #name = :text',
          ExpressionAttributeNames: { '#name': name },
          ExpressionAttributeValues: { ':text': { S: text } },
        }),
      );
    },
    peek: async (fleet, name) => {
      const answer = await direct.send(
        new GetItemCommand({ TableName: table, Key: keyOf(fleet), ConsistentRead: true }),
      );
      const value = answer.Item?.[name];
      return value === undefined ? null : String(unpacked(value));
    },
  };
});

describe('the DynamoDB store on a bad network', () => {
  type Use = (store: StateStore, signal?: AbortSignal) => Promise<unknown>;
  const save = { expectedVersion: 0, state: stateWith(1), lease: null };
  const calls: Readonly<Record<string, Use>> = {
    load: async (store, signal) => await store.load('f', signal),
    save: async (store, signal) => await store.save('f', save, signal),
    register: async (store, signal) => await store.register('f', { id: 'w', sinceMs: 1 }, signal),
    setPause: async (store, signal) => await store.setPause('f', null, signal),
  };

  it.each(Object.entries(calls))('%s is StoreUnavailable when nothing answers', async (_, use) => {
    const store = createDynamoStore({ table: await freshTable(), clients });
    proxy.mode = 'silent';
    await expect(use(store)).rejects.toThrow(StoreUnavailable);
  });

  it.each(Object.entries(calls))('%s ends with the signal of its caller', async (_, use) => {
    const store = createDynamoStore({ table: await freshTable(), clients });
    const before = proxy.forwarded;
    await expect(use(store, AbortSignal.abort())).rejects.toThrow(StoreUnavailable);
    expect(proxy.forwarded).toBe(before);
  });

  it('says StoreUnavailable when the reply to a save is lost, sends it once, and the next load shows it', async () => {
    const store = createDynamoStore({ table: await freshTable(), clients });
    proxy.mode = 'loseReply';
    const before = proxy.forwarded;
    const lease = { holder: 'me', untilMs: 5 };
    const write = { expectedVersion: 0, state: stateWith(3), lease };
    await expect(store.save('f', write)).rejects.toThrow(StoreUnavailable);
    expect(proxy.forwarded - before).toBe(1);
    proxy.mode = 'pass';
    expect(await store.load('f')).toMatchObject({ version: 1, lease, state: { fence: 3 } });
  });

  it('names the missing table', async () => {
    const store = createDynamoStore({ table: 'not-there', clients });
    await expect(store.load('f')).rejects.toThrow(/ResourceNotFoundException/);
  });

  it('reads a state that was written as plain text, and refuses bytes that are none of ours', async () => {
    const table = await freshTable();
    const store = createDynamoStore({ table, clients });
    await store.save('f', { ...save, state: stateWith(3) });
    const put = async (state: AttributeValue): Promise<void> => {
      const input = {
        TableName: table,
        Key: keyOf('f'),
        UpdateExpression: 'SET #state = :state',
        ExpressionAttributeNames: { '#state': 'state' },
        ExpressionAttributeValues: { ':state': state },
      };
      await direct.send(new UpdateItemCommand(input));
    };
    await put({ S: JSON.stringify(stateWith(4)) });
    expect(await store.load('f')).toMatchObject({ state: { fence: 4 } });
    await put({ B: new Uint8Array([1, 2, 3]) });
    await expect(store.load('f')).rejects.toThrow(StateUnreadable);
  });

  it('refuses an attribute of another type', async () => {
    const table = await freshTable();
    const store = createDynamoStore({ table, clients });
    await store.setPause('f', null);
    await direct.send(
      new UpdateItemCommand({
        TableName: table,
        Key: keyOf('f'),
        UpdateExpression: 'SET leaseUntilMs = :text',
        ExpressionAttributeValues: { ':text': { S: 'soon' } },
      }),
    );
    await expect(store.load('f')).rejects.toThrow(StateUnreadable);
  });
});
