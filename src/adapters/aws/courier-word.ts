/**
 * The courier's own item in the state table, as the controller sees it: it reads the courier's word, and writes one number,
 * up to which job a courier shall end. The rest of the item is the courier's.
 */
import {
  ConditionalCheckFailedException,
  GetItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import * as v from 'valibot';
import type { Reading } from '../../core/observation.ts';
import type { CourierWord } from '../../core/sides.ts';
import { parseJson } from '../../parse-json.ts';
import { done, mutate, type Result } from './act-result.ts';
import { CallFailed, call } from './call.ts';
import type { AwsClients } from './clients.ts';
import { Word } from './courier-word-schema.ts';

export interface CourierRowParts {
  readonly table: string;
  readonly fleet: { readonly name: string };
  readonly clients: Pick<AwsClients, 'once' | 'retried'>;
}

const keyOf = ({ fleet }: CourierRowParts) => ({ pk: { S: `courier#${fleet.name}` } });

/** Never rejects. `null` inside: no courier ever said anything. */
export const readCourierWord = async (
  parts: CourierRowParts,
  abortSignal: AbortSignal,
): Promise<Reading<CourierWord | null>> => {
  const command = new GetItemCommand({
    TableName: parts.table,
    Key: keyOf(parts),
    ConsistentRead: true,
    ProjectionExpression: '#word',
    ExpressionAttributeNames: { '#word': 'word' },
  });
  try {
    const sent = parts.clients.retried.dynamo.send(command, { abortSignal });
    const { Item } = await call('dynamodb:GetItem', sent);
    const text = Item?.['word']?.S;
    if (text === undefined) return { ok: true, value: null };
    const word = v.safeParse(Word, parseJson(text));
    return word.success
      ? { ok: true, value: word.output }
      : { ok: false, error: `the courier's word makes no sense: ${word.issues[0].message}` };
  } catch (error) {
    if (!(error instanceof CallFailed)) throw error;
    return { ok: false, error: error.message };
  }
};

/** Jobs up to `job` shall end. Said again it says the same; it never takes back what was said of a later job. */
export const endJob = async (
  parts: CourierRowParts,
  job: number,
  abortSignal: AbortSignal,
): Promise<Result> => {
  const command = new UpdateItemCommand({
    TableName: parts.table,
    Key: keyOf(parts),
    ConditionExpression: 'attribute_not_exists(#endJob) OR #endJob < :job',
    UpdateExpression: 'SET #endJob = :job',
    ExpressionAttributeNames: { '#endJob': 'endJob' },
    ExpressionAttributeValues: { ':job': { N: `${job}` } },
  });
  return await mutate('dynamodb:UpdateItem', abortSignal, async () => {
    try {
      await parts.clients.once.dynamo.send(command, { abortSignal });
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
    return done(`the courier of job ${job} shall end`);
  });
};
