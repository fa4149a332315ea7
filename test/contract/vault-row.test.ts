/** The row of whoever takes a generation, on a real table. */
import { once } from 'node:events';
import type { Server } from 'node:http';
import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type AwsClients, createClients } from '../../src/adapters/aws/clients.ts';
import { createKeeperRow, readVaultWord } from '../../src/adapters/aws/vault-row.ts';
import { awsEnvironment, listen } from '../adapters/listen.ts';

const TABLE = 'quorate-vault';
const WORD = { takenAtMs: 5, entries: 3, bytes: 900, tookMs: 40, error: null };

let database: Server;
let clients: AwsClients;

beforeAll(async () => {
  database = dynalite({ createTableMs: 0 });
  const environment = awsEnvironment(`http://127.0.0.1:${await listen(database)}`);
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  clients = createClients();
  await clients.once.dynamo.send(
    new CreateTableCommand({
      TableName: TABLE,
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
});

afterAll(async () => {
  clients.destroy();
  vi.unstubAllEnvs();
  database.closeAllConnections();
  database.close();
  await once(database, 'close');
});

const benchOf = (fleet: string) => {
  const table = { table: TABLE, fleet, clients };
  const read = async () => await readVaultWord(table, AbortSignal.timeout(5_000));
  return { row: createKeeperRow(table), read };
};

describe('the row of a vault', () => {
  it('is held by one, until it tells or its time is over', async () => {
    const { row } = benchOf('one');
    const held = { ok: true, value: { before: null } };
    expect(await row.claim('first', 100, 200)).toEqual(held);
    expect(await row.claim('second', 150, 250)).toEqual({ ok: true, value: 'taken' });
    expect(await row.claim('second', 201, 300)).toEqual(held);
    expect(await row.tell('first', WORD)).toMatchObject({ ok: true });
    expect(await row.claim('third', 250, 350)).toEqual({ ok: true, value: 'taken' });
    await row.tell('second', WORD);
    expect(await row.claim('third', 250, 350)).toEqual({ ok: true, value: { before: WORD } });
  });

  it('tells the last word, also while the next generation is taken', async () => {
    const { row, read } = benchOf('two');
    expect(await read()).toEqual({ ok: true, value: null });
    await row.claim('first', 100, 200);
    expect(await read()).toEqual({ ok: true, value: null });
    await row.tell('first', WORD);
    await row.claim('second', 300, 400);
    expect(await read()).toEqual({ ok: true, value: WORD });
  });

  it('of a table that is not there is an error', async () => {
    const table = { table: 'nowhere', fleet: 'one', clients };
    const { signal } = new AbortController();
    expect(await readVaultWord(table, signal)).toMatchObject({ ok: false });
    expect(await createKeeperRow(table).claim('first', 1, 2)).toMatchObject({ ok: false });
  });
});
