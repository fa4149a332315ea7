/**
 * EventBridge targets that moto does not know (topics, functions, web addresses): moto matches the rule and drops the event
 * into a queue of the lab's own, and this file carries it on.
 */

import { queueUrl } from './intrinsics.ts';
import { isRecord, records } from './parameters.ts';
import { createQueue } from './queue.ts';
import type { RawCalls } from './raw-calls.ts';

export interface EventTarget {
  readonly targetArn: string;
  readonly ruleArn: string;
  /** In whose name EventBridge calls it; `null`: the target's own policy says. */
  readonly roleArn: string | null;
}

/** What a rule's targets do with an event. */
export interface Receivers {
  readonly invoke: (functionArn: string, ruleArn: string, event: string) => void;
  readonly post: (target: EventTarget, event: string) => void;
}

export interface EventTargets {
  /** @returns ARN of the queue that stands in for the rule's target. */
  standIn: (target: EventTarget) => Promise<string>;
  /** Carries on what has arrived since. */
  carry: () => Promise<void>;
  /** Sends a message to a queue or topic. */
  deliver: (arn: string, message: object) => Promise<void>;
}

export const createEventTargets = (raw: RawCalls, { invoke, post }: Receivers): EventTargets => {
  const standIns = new Map<string, EventTarget>();
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
  const drain = async (QueueUrl: string, target: EventTarget): Promise<void> => {
    const { targetArn, ruleArn } = target;
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
        else if (serviceOf(targetArn) === 'events') post(target, String(Body));
        else if (isRecord(event)) await deliver(targetArn, event);
      }
    }
  };
  return {
    deliver,
    standIn: async (target) => {
      const name = `lab-target-${standIns.size + 1}`;
      const { QueueUrl, QueueArn } = await createSqsQueue(raw, name);
      standIns.set(QueueUrl, target);
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
