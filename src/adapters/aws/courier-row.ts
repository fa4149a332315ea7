/**
 * The courier's own item in the state table, as the courier sees it. Whoever holds it writes it; the controller reads `word`
 * and writes `endJob`, which is never taken back.
 */
import {
  type AttributeValue,
  GetItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import * as v from 'valibot';
import type { Reading } from '../../core/observation.ts';
import type { CourierRow, Standing, Wish } from '../../courier/ports.ts';
import { parseJson } from '../../parse-json.ts';
import { readingOf, within } from './call.ts';
import type { AwsClients } from './clients.ts';
import { Count, Word } from './courier-word-schema.ts';
import { packed, unpacked } from './packed-text.ts';
import { ROW_DEADLINE_MS, updateRow } from './row-update.ts';

export interface CourierTable {
  readonly table: string;
  readonly fleet: string;
  readonly clients: {
    readonly once: Pick<AwsClients['once'], 'dynamo'>;
    readonly retried: Pick<AwsClients['retried'], 'dynamo'>;
  };
}

const Segments = v.array(v.looseObject({ holder: v.string(), items: Count }));
const StandingText: v.GenericSchema<unknown, Standing> = v.looseObject({
  job: Count,
  holder: v.string(),
  word: Word,
  cursor: v.looseObject({
    segments: Segments,
    carried: v.array(v.pipe(v.string(), v.regex(/^[01]*$/))),
    owners: v.optional(v.array(v.array(v.string())), []),
  }),
  isResting: v.boolean(),
  members: v.optional(v.array(v.string()), []),
  isRestoring: v.exactOptional(v.literal(true)),
  back: v.optional(
    v.nullable(
      v.looseObject({
        job: Count,
        segments: Segments,
        isWhole: v.boolean(),
        isRestored: v.exactOptional(v.literal(true)),
      }),
    ),
    null,
  ),
});

export const createCourierRow = (parts: CourierTable): CourierRow => {
  const key = { pk: { S: `courier#${parts.fleet}` } };
  const { once, retried } = parts.clients;
  const update = async (
    { dynamo }: Pick<AwsClients['once'], 'dynamo'>,
    input: Omit<UpdateItemCommandInput, 'TableName' | 'Key'>,
  ) => await updateRow(dynamo, { TableName: parts.table, Key: key, ...input });
  return {
    read: async () => {
      const command = new GetItemCommand({
        TableName: parts.table,
        Key: key,
        ConsistentRead: true,
      });
      const sent = retried.dynamo.send(command, { abortSignal: within(ROW_DEADLINE_MS) });
      const item = await readingOf('dynamodb:GetItem', sent);
      return item.ok ? rowIn(item.value.Item ?? {}) : item;
    },
    // One attempt: a second would meet its own first one as somebody who was faster.
    claim: async (own, before) => {
      const written = await update(once, { ...WRITE, ...claimOf(own, before) });
      return written.ok ? { ok: true, value: written.value !== 'refused' } : written;
    },
    tell: async (own) => {
      const written = await update(retried, { ...WRITE, ...tellOf(own) });
      if (!written.ok) return written;
      return { ok: true, value: written.value === 'refused' ? 'lost' : wishIn(written.value) };
    },
  };
};

const WRITTEN = ['job', 'holder', 'beat', 'word', 'standing'] as const;

const WRITE = {
  UpdateExpression: `SET ${WRITTEN.map((name) => `#${name} = :${name}`).join(', ')}`,
  ExpressionAttributeNames: Object.fromEntries(WRITTEN.map((name) => [`#${name}`, name])),
};

const valuesOf = (own: Standing): Record<string, AttributeValue> => ({
  ':job': { N: `${own.job}` },
  ':holder': { S: own.holder },
  ':beat': { N: `${own.word.beat}` },
  // In the clear, for the controller.
  ':word': { S: JSON.stringify(own.word) },
  ':standing': packed(JSON.stringify(own)),
});

const claimOf = (own: Standing, before: Standing | null) => ({
  ConditionExpression:
    before === null ? 'attribute_not_exists(#holder)' : '#holder = :before AND #beat = :beatBefore',
  ExpressionAttributeValues: {
    ...valuesOf(own),
    ...(before === null
      ? {}
      : { ':before': { S: before.holder }, ':beatBefore': { N: `${before.word.beat}` } }),
  },
});

const tellOf = (own: Standing) => ({
  ConditionExpression: '#holder = :holder AND #job = :job',
  ExpressionAttributeValues: valuesOf(own),
});

const wishIn = (item: Record<string, AttributeValue>): Wish => ({
  endJob: Number(item['endJob']?.N ?? 0),
});

const rowIn = (
  item: Record<string, AttributeValue>,
): Reading<{ readonly standing: Standing | null; readonly wish: Wish }> => {
  const wish = wishIn(item);
  const text = item['standing'];
  if (text === undefined) return { ok: true, value: { standing: null, wish } };
  const standing = v.safeParse(StandingText, parseJson(String(unpacked(text))));
  return standing.success
    ? { ok: true, value: { standing: standing.output, wish } }
    : { ok: false, error: `its row makes no sense: ${standing.issues[0].message}` };
};
