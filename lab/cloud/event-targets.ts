/**
 * EventBridge targets that moto does not know (topics, functions): moto matches the rule and drops the event
 * into a queue of the lab's own, and this file carries it on.
 */

import { queueUrl } from './intrinsics.ts';
import { isRecord, records } from './parameters.ts';
import { createQueue } from './queue.ts';
import type { RawCalls } from './raw-calls.ts';

export interface EventTargets {
  /** @returns ARN of the queue that stands in for the rule's target. */
  standIn: (targetArn: string, ruleArn: string) => Promise<string>;
  /** Carries on what has arrived since. */
  carry: () => Promise<void>;
  /** Sends a message to a queue or topic. */
  deliver: (arn: string, message: object) => Promise<void>;
}

export const createEventTargets = (
  raw: RawCalls,
  invoke: (functionArn: string, ruleArn: string, event: string) => void,
): EventTargets => {
  const standIns = new Map<string, { targetArn: string; ruleArn: string }>();
  const oneAtATime = createQueue();

  const deliver = async (arn: string, message: object): Promise<void> => {
    const text = JSON.stringify(message);
    if (serviceOf(arn) === 'sns') {
      await raw.query('sns', 'Publish', { TopicArn: arn, Message: text });
    } else {
      const QueueUrl = queueUrl(arn.split(':')[5] ?? '');
      await raw.json('sqs', 'AmazonSQS.SendMessage', { QueueUrl, MessageBody: text });
    }
  };
  const drain = async (
    QueueUrl: string,
    { targetArn, ruleArn }: { targetArn: string; ruleArn: string },
  ): Promise<void> => {
    for (;;) {
      const received = await raw.json('sqs', 'AmazonSQS.ReceiveMessage', {
        QueueUrl,
        MaxNumberOfMessages: 10,
        WaitTimeSeconds: 0,
      });
      const messages = records(received, 'Messages');
      if (messages.length === 0) return;
      for (const { Body, ReceiptHandle } of messages) {
        await raw.json('sqs', 'AmazonSQS.DeleteMessage', { QueueUrl, ReceiptHandle });
        const event = JSON.parse(String(Body)) as unknown;
        if (serviceOf(targetArn) === 'lambda') invoke(targetArn, ruleArn, String(Body));
        else if (isRecord(event)) await deliver(targetArn, event);
      }
    }
  };
  return {
    deliver,
    standIn: async (targetArn, ruleArn) => {
      const name = `lab-target-${standIns.size + 1}`;
      const { QueueUrl, QueueArn } = await createSqsQueue(raw, name);
      standIns.set(QueueUrl, { targetArn, ruleArn });
      return QueueArn;
    },
    carry: async () =>
      await oneAtATime(async () => {
        for (const [url, about] of standIns) await drain(url, about);
      }),
  };
};

const serviceOf = (arn: string): string | undefined => arn.split(':')[2];

export const createSqsQueue = async (
  raw: RawCalls,
  name: string,
  attributes: object = {},
): Promise<{ QueueUrl: string; QueueArn: string }> => {
  const Attributes = Object.fromEntries(
    Object.entries(attributes).map(([key, value]) => [
      key,
      typeof value === 'object' ? JSON.stringify(value) : String(value),
    ]),
  );
  const created = await raw.json('sqs', 'AmazonSQS.CreateQueue', { QueueName: name, Attributes });
  const QueueUrl = String(created['QueueUrl']);
  const read = await raw.json('sqs', 'AmazonSQS.GetQueueAttributes', {
    QueueUrl,
    AttributeNames: ['QueueArn'],
  });
  const found = isRecord(read['Attributes']) ? String(read['Attributes']['QueueArn']) : '';
  return { QueueUrl, QueueArn: found };
};
