/** A conditional write to one item of the state table, of those who hold an item of their own: courier and keeper. */
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import type { Reading } from '../../core/observation.ts';
import { readingOf, within } from './call.ts';

/** A write takes 5-10 ms; a courier that waits longer for its row than `HELD_MS` writes nothing to the new side. */
export const ROW_DEADLINE_MS = 2_000;

/** The item as it is now, or that the condition does not hold. Never rejects. */
export const updateRow = async (
  dynamo: Pick<DynamoDBClient, 'send'>,
  input: Omit<UpdateItemCommandInput, 'ReturnValues'>,
): Promise<Reading<Record<string, AttributeValue> | 'refused'>> => {
  const command = new UpdateItemCommand({ ...input, ReturnValues: 'ALL_NEW' });
  const sent = dynamo.send(command, { abortSignal: within(ROW_DEADLINE_MS) }).then(
    ({ Attributes }) => Attributes ?? {},
    (error: unknown) => {
      if (error instanceof ConditionalCheckFailedException) return 'refused' as const;
      throw error;
    },
  );
  return await readingOf('dynamodb:UpdateItem', sent);
};
