/** The courier's journal: items of the state table that are written once, and expire by themselves. */
import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { Journal } from '../../courier/ports.ts';
import { readingOf, within } from './call.ts';
import type { CourierTable } from './courier-row.ts';

/** 380 KB take 50 ms. */
const ITEM_DEADLINE_MS = 3_000;
/** No move takes a day. */
const KEPT_S = 86_400;

/** The item's key begins as the row's does, so that one condition in the courier's role covers both. */
export const createCourierJournal = (
  { table, fleet, clients }: CourierTable,
  job: number,
  nowMs: () => number,
): Journal => {
  const { dynamo } = clients.retried;
  const keyOf = (segment: string, item: number) => ({
    pk: { S: `courier#${fleet}#${job}#${segment}#${item}` },
  });
  return {
    append: async (segment, item, bytes) => {
      const ttl = { N: `${Math.floor(nowMs() / 1_000) + KEPT_S}` };
      const command = new PutItemCommand({
        TableName: table,
        Item: { ...keyOf(segment, item), lines: { B: bytes }, ttl },
      });
      const sent = dynamo.send(command, { abortSignal: within(ITEM_DEADLINE_MS) });
      const written = await readingOf('dynamodb:PutItem', sent);
      return written.ok ? { ok: true, value: null } : written;
    },
    read: async (segment, item) => {
      const command = new GetItemCommand({
        TableName: table,
        Key: keyOf(segment, item),
        ConsistentRead: true,
      });
      const sent = dynamo.send(command, { abortSignal: within(ITEM_DEADLINE_MS) });
      const read = await readingOf('dynamodb:GetItem', sent);
      if (!read.ok) return read;
      const lines = read.value.Item?.['lines']?.B;
      return { ok: true, value: lines === undefined ? null : Buffer.from(lines) };
    },
  };
};
