/**
 * The item of the state table in which the keeper of a fleet's vault tells how it went. Its key begins as the courier's does,
 * so that one condition in the courier's role covers both.
 */
import { type AttributeValue, GetItemCommand } from '@aws-sdk/client-dynamodb';
import * as v from 'valibot';
import type { Reading } from '../../core/observation.ts';
import type { VaultWord } from '../../core/vault.ts';
import type { KeeperRow } from '../../courier/ports.ts';
import { parseJson } from '../../parse-json.ts';
import { VaultWordSchema } from '../vault-word-schema.ts';
import { readingOf } from './call.ts';
import type { CourierTable } from './courier-row.ts';
import { updateRow } from './row-update.ts';

const keyOf = (fleet: string) => ({ pk: { S: `courier#${fleet}#vault` } });

/** Never rejects. `null` inside: it never told anything. */
export const readVaultWord = async (
  {
    table,
    fleet,
    clients,
  }: Pick<CourierTable, 'table' | 'fleet'> & {
    readonly clients: Pick<CourierTable['clients'], 'retried'>;
  },
  abortSignal: AbortSignal,
): Promise<Reading<VaultWord | null>> => {
  const command = new GetItemCommand({ TableName: table, Key: keyOf(fleet) });
  const sent = clients.retried.dynamo.send(command, { abortSignal });
  const read = await readingOf('dynamodb:GetItem', sent);
  return read.ok ? wordIn(read.value.Item ?? {}) : read;
};

const wordIn = (item: Record<string, AttributeValue>): Reading<VaultWord | null> => {
  const text = item['word']?.S;
  if (text === undefined) return { ok: true, value: null };
  const word = v.safeParse(VaultWordSchema, parseJson(text));
  return word.success
    ? { ok: true, value: word.output }
    : { ok: false, error: `the vault's word makes no sense: ${word.issues[0].message}` };
};

export const createKeeperRow = ({ table, fleet, clients }: CourierTable): KeeperRow => {
  const update = async (
    condition: string,
    set: string,
    values: Record<string, AttributeValue>,
  ): Promise<Reading<Record<string, AttributeValue> | 'refused'>> =>
    // One attempt: a second would meet its own first one as somebody else.
    await updateRow(clients.once.dynamo, {
      TableName: table,
      Key: keyOf(fleet),
      ConditionExpression: condition,
      UpdateExpression: set,
      ExpressionAttributeValues: values,
    });
  return {
    claim: async (holder, nowMs, untilMs) => {
      const claimed = await update(
        'attribute_not_exists(untilMs) OR untilMs < :nowMs',
        'SET holder = :holder, untilMs = :untilMs',
        {
          ':holder': { S: holder },
          ':nowMs': { N: `${nowMs}` },
          ':untilMs': { N: `${untilMs}` },
        },
      );
      if (!claimed.ok) return claimed;
      if (claimed.value === 'refused') return { ok: true, value: 'taken' };
      const word = wordIn(claimed.value);
      return { ok: true, value: { before: word.ok ? word.value : null } };
    },
    tell: async (holder, word) => {
      const told = await update('holder = :holder', 'SET word = :word, untilMs = :over', {
        ':holder': { S: holder },
        ':word': { S: JSON.stringify(word) },
        ':over': { N: '0' },
      });
      return told.ok ? { ok: true, value: null } : told;
    },
  };
};
