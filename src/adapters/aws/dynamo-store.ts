/**
 * One item per fleet, and every write to it is conditional or raises `version`, so whoever planned on what they loaded
 * finds out when somebody else was faster:
 *
 *   holder   load v7 ........ plan ........ save if v7 -> conflict: load again, plan again, nothing was done
 *   operator        setPause -> v8
 *
 *   holder   load v7 ........ save if v7 -> v8, the reply is lost: StoreUnavailable, hold
 *   holder                    load v8: the lease is its own, the plan is recorded and not yet carried out: settle it
 *
 *   holder   load v7, dies before it acts ...... its lease runs out ......
 *   successor     register -> v8 ............................... load v8, save if v8 -> v9 with its own lease
 *
 * `save` is one attempt: a second would meet its own first one as a conflict. The rest say the same when repeated.
 * The row has no `ttl`: expiring it would forget evictions in flight and the fence number.
 */
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  GetItemCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import type { Order, Pause } from '../../core/observation.ts';
import { withOrder } from '../../core/orders.ts';
import { StoreUnavailable } from '../../errors.ts';
import type { Row, StateStore, StateWrite, Watcher } from '../../ports.ts';
import { EMPTY_ROW, type RowColumns, rowOf } from '../state-row.ts';
import { CallFailed, call, within } from './call.ts';
import type { AwsClients } from './clients.ts';
import { packed, unpacked } from './packed-text.ts';

/** A write takes 5-10 ms; a tick that waits longer than this for its row is better spent holding. */
const STORE_DEADLINE_MS = 2_000;

/** A holder writes once a second at most, so a second try almost always gets through. */
const ORDER_TRIES = 5;

interface StoreParts {
  readonly table: string;
  readonly clients: {
    readonly once: Pick<AwsClients['once'], 'dynamo'>;
    readonly retried: Pick<AwsClients['retried'], 'dynamo'>;
  };
}

export const createDynamoStore = ({ table, clients }: StoreParts): StateStore => ({
  load: async (fleet, signal): Promise<Row> => await load({ table, clients }, fleet, signal),

  save: async (fleet, write, signal) => {
    const version = write.expectedVersion + 1;
    const input = { TableName: table, Key: keyOf(fleet), ...saveOf(write, version) };
    const written = await update(clients.once, input, signal);
    return written ? { version } : 'conflict';
  },

  register: async (fleet, watcher, signal) =>
    await update(
      clients.retried,
      { TableName: table, Key: keyOf(fleet), ...registerOf(watcher) },
      signal,
    ),

  setPause: async (fleet, pause, signal) => {
    const input = { TableName: table, Key: keyOf(fleet), ...pauseOf(pause) };
    await update(clients.retried, input, signal);
  },

  addOrder: async (fleet, order, signal) => {
    for (let tries = 0; tries < ORDER_TRIES; tries += 1) {
      const row = await load({ table, clients }, fleet, signal);
      const orders = withOrder(row.orders, order);
      if (orders === null) return;
      const input = { TableName: table, Key: keyOf(fleet), ...ordersOf(row.version, orders) };
      if (await update(clients.once, input, signal)) return;
    }
    throw new StoreUnavailable('the row is written all the time: ask again');
  },
});

const load = async (
  { table, clients }: StoreParts,
  fleet: string,
  signal: AbortSignal | undefined,
): Promise<Row> => {
  const command = new GetItemCommand({
    TableName: table,
    Key: keyOf(fleet),
    ConsistentRead: true,
  });
  const abortSignal = within(STORE_DEADLINE_MS, signal);
  const sent = clients.retried.dynamo.send(command, { abortSignal });
  const { Item: item } = await reached('dynamodb:GetItem', sent);
  return item === undefined ? EMPTY_ROW : rowOf(fleet, columnsOf(item));
};

/** @returns whether the condition held. @throws StoreUnavailable when nobody knows. */
const update = async (
  { dynamo }: Pick<AwsClients['once'], 'dynamo'>,
  input: UpdateItemCommandInput,
  signal: AbortSignal | undefined,
): Promise<boolean> => {
  const abortSignal = within(STORE_DEADLINE_MS, signal);
  const sent = dynamo.send(new UpdateItemCommand(input), { abortSignal }).then(
    () => true,
    (error: unknown) => {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    },
  );
  return await reached('dynamodb:UpdateItem', sent);
};

type Update = Pick<
  UpdateItemCommandInput,
  | 'ConditionExpression'
  | 'UpdateExpression'
  | 'ExpressionAttributeNames'
  | 'ExpressionAttributeValues'
>;

const saveOf = (write: StateWrite, version: number): Update => {
  const nobodyWroteSince =
    write.expectedVersion === 0 ? 'attribute_not_exists(#pk)' : '#version = :expected';
  const setState = 'SET #state = :state, #version = :version';
  const lease =
    write.lease === null
      ? ' REMOVE #leaseHolder, #leaseUntilMs'
      : ', #leaseHolder = :leaseHolder, #leaseUntilMs = :leaseUntilMs';
  return {
    ConditionExpression: nobodyWroteSince,
    UpdateExpression: setState + lease,
    ExpressionAttributeNames: {
      ...(write.expectedVersion === 0 ? { '#pk': 'pk' } : {}),
      '#state': 'state',
      '#version': 'version',
      '#leaseHolder': 'leaseHolder',
      '#leaseUntilMs': 'leaseUntilMs',
    },
    ExpressionAttributeValues: {
      ':state': packed(JSON.stringify(write.state)),
      ':version': { N: `${version}` },
      ...(write.expectedVersion === 0 ? {} : { ':expected': { N: `${write.expectedVersion}` } }),
      ...(write.lease === null
        ? {}
        : {
            ':leaseHolder': { S: write.lease.holder },
            ':leaseUntilMs': { N: `${write.lease.untilMs}` },
          }),
    },
  };
};

const registerOf = (watcher: Watcher): Update => {
  const nobodyYet = 'attribute_not_exists(#watcherSinceMs)';
  const olderThanMe = '#watcherSinceMs < :sinceMs';
  // Two invocations of the same millisecond: the greater id is the newer one, for everybody.
  const tieIsMine = '(#watcherSinceMs = :sinceMs AND #watcherId <= :id)';
  return {
    ConditionExpression: [nobodyYet, olderThanMe, tieIsMine].join(' OR '),
    UpdateExpression: 'SET #watcherId = :id, #watcherSinceMs = :sinceMs ADD #version :one',
    ExpressionAttributeNames: {
      '#watcherId': 'watcherId',
      '#watcherSinceMs': 'watcherSinceMs',
      '#version': 'version',
    },
    ExpressionAttributeValues: {
      ':id': { S: watcher.id },
      ':sinceMs': { N: `${watcher.sinceMs}` },
      ':one': { N: '1' },
    },
  };
};

const pauseOf = (pause: Pause | null): Update => ({
  UpdateExpression: `${pause === null ? 'REMOVE #pause' : 'SET #pause = :pause'} ADD #version :one`,
  ExpressionAttributeNames: { '#pause': 'pause', '#version': 'version' },
  ExpressionAttributeValues: {
    ':one': { N: '1' },
    ...(pause === null ? {} : { ':pause': { S: JSON.stringify(pause) } }),
  },
});

const ordersOf = (version: number, orders: readonly Order[]): Update => ({
  ConditionExpression: version === 0 ? 'attribute_not_exists(#version)' : '#version = :expected',
  UpdateExpression: 'SET #orders = :orders ADD #version :one',
  ExpressionAttributeNames: { '#orders': 'orders', '#version': 'version' },
  ExpressionAttributeValues: {
    ':orders': { S: JSON.stringify(orders) },
    ':one': { N: '1' },
    ...(version === 0 ? {} : { ':expected': { N: `${version}` } }),
  },
});

const keyOf = (fleet: string): Record<string, AttributeValue> => ({ pk: { S: `fleet#${fleet}` } });

const columnsOf = (item: Record<string, AttributeValue>): Record<keyof RowColumns, unknown> => ({
  version: numberIn(item['version']),
  state: textIn(item['state']),
  leaseHolder: textIn(item['leaseHolder']),
  leaseUntilMs: numberIn(item['leaseUntilMs']),
  watcherId: textIn(item['watcherId']),
  watcherSinceMs: numberIn(item['watcherSinceMs']),
  pause: textIn(item['pause']),
  orders: textIn(item['orders']),
});

/** An attribute of another type is handed on as it is, and found wanting by `rowOf`: it is not "absent". */
const textIn = (value: AttributeValue | undefined): unknown =>
  value === undefined ? null : unpacked(value);

const numberIn = (value: AttributeValue | undefined): unknown => {
  if (value === undefined) return null;
  return value.N === undefined ? value : Number(value.N);
};

const reached = async <T>(action: string, answer: Promise<T>): Promise<T> => {
  try {
    return await call(action, answer);
  } catch (error) {
    if (!(error instanceof CallFailed)) throw error;
    throw new StoreUnavailable(`the state store cannot be used: ${error.message}`, {
      cause: error,
    });
  }
};
