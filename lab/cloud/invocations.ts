/** Functions that AWS's services invoke by themselves, and with whose permission. What is refused is in the journal. */
import type { Authority } from './iam/authority.ts';
import type { Journal } from './journal.ts';
import { type Lambda, lambdaArn } from './lambda.ts';
import type { AsyncEvents } from './lambda-events.ts';
import type { ScheduleSpec } from './schedule.ts';

export interface Invocations {
  /** By the schedule's role; what cannot be delivered goes to the schedule's dead-letter queue. */
  bySchedule: (spec: ScheduleSpec, event: string) => void;
  /** By the function's own policy. An alarm's invocation without it is lost in silence, as on AWS. */
  byAlarm: (functionArn: string, alarmArn: string, event: string) => void;
  byRule: (functionArn: string, ruleArn: string, event: string) => void;
}

export interface InvocationsParts {
  readonly authority: Authority;
  readonly lambda: Lambda;
  readonly events: AsyncEvents;
  readonly journal: Journal;
  readonly deliver: (arn: string, message: object) => Promise<void>;
  readonly onFailure: (what: string, error: unknown) => void;
}

const SCHEDULER = 'scheduler.amazonaws.com';

export const createInvocations = (parts: InvocationsParts): Invocations => {
  const { authority, lambda, events, journal } = parts;
  const note = (who: string, action: string, sentence: string): void => {
    const [service = '', name = ''] = action.split(':');
    const answer = { status: 403, code: 'AccessDeniedException', ms: 0, fault: null };
    journal.record({
      atMs: Date.now(),
      who,
      service,
      action: name,
      parameters: sentence,
      ...answer,
    });
  };
  const accept = (functionArn: string, event: string): void => {
    try {
      events.accept(functionArn, event);
    } catch (error) {
      parts.onFailure(`invoke ${functionArn}`, error);
    }
  };
  /** @returns whether it may. */
  const scheduleMay = (spec: ScheduleSpec, action: string, resource: string): boolean => {
    const act = { service: SCHEDULER, roleArn: spec.roleArn, action, resource };
    const sentence = authority.serviceRefusal(act);
    if (sentence !== null) note(SCHEDULER, action, sentence);
    return sentence === null;
  };
  const byPolicy =
    (service: string) =>
    (functionArn: string, sourceArn: string, event: string): void => {
      const sentence = authority.invokeRefusal({ service, sourceArn, functionArn });
      if (sentence === null) accept(functionArn, event);
      else note(service, 'lambda:InvokeFunction', sentence);
    };
  return {
    bySchedule: (spec, event) => {
      const arn = lambdaArn(lambda.find(spec.functionName).spec.name);
      if (scheduleMay(spec, 'lambda:InvokeFunction', arn)) {
        accept(arn, event);
        return;
      }
      const queue = spec.deadLetterArn;
      if (queue === null || !scheduleMay(spec, 'sqs:SendMessage', queue)) return;
      const failed = (error: unknown): void =>
        parts.onFailure(`dead letter of ${spec.name}`, error);
      parts.deliver(queue, { input: event }).catch(failed);
    },
    byAlarm: byPolicy('lambda.alarms.cloudwatch.amazonaws.com'),
    byRule: byPolicy('events.amazonaws.com'),
  };
};
