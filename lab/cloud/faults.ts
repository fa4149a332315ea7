/** Faults that a scenario puts on API calls. The lab's own calls are never hit. */
import { AwsError } from './aws-error.ts';
import type { Call, Reply } from './wire.ts';

export type FaultKind =
  /** Refused with the service's throttling error; not performed. */
  | 'throttle'
  /** Refused with an internal error (5xx); not performed. */
  | 'error'
  /** Performed, but `delayMs` late. */
  | 'delay'
  /** Performed, then the connection is closed without an answer. */
  | 'lost-reply'
  /** Describe calls get the last answer again, up to `staleForMs` old. */
  | 'stale';

export interface FaultRule {
  readonly kind: FaultKind;
  readonly service?: string;
  readonly action?: string;
  /** Caller, as in the journal. */
  readonly who?: string;
  /** What its parameters say, as JSON. */
  readonly about?: RegExp;
  /** How many calls it hits; without it, all. */
  readonly count?: number;
  /** 0..1, default 1. */
  readonly probability?: number;
  readonly delayMs?: number;
  readonly staleForMs?: number;
  /** Called each time it hits, before the call goes on: for what happens at that very moment. */
  readonly onHit?: () => void;
}

export interface Faults {
  /** @returns a function that takes the rule away. */
  add: (rule: FaultRule) => () => void;
  clear: () => void;
  /** The first rule that hits this call; uses up one of its counts. */
  pick: (call: Call, who: string) => FaultRule | null;
}

export const createFaults = (random: () => number): Faults => {
  const rules = new Map<FaultRule, number>();
  const hits = (rule: FaultRule, call: Call, who: string): boolean =>
    (rule.service ?? call.service) === call.service &&
    (rule.action ?? call.action) === call.action &&
    (rule.who ?? who) === who &&
    (rule.about === undefined || rule.about.test(JSON.stringify(call.parameters))) &&
    (rule.kind !== 'stale' || isRead(call)) &&
    random() < (rule.probability ?? 1);
  return {
    add: (rule) => {
      const mine = { ...rule };
      rules.set(mine, rule.count ?? Number.POSITIVE_INFINITY);
      return () => void rules.delete(mine);
    },
    clear: () => rules.clear(),
    pick: (call, who) => {
      for (const [rule, left] of rules) {
        if (!hits(rule, call, who)) continue;
        if (left <= 1) rules.delete(rule);
        else rules.set(rule, left - 1);
        rule.onHit?.();
        return rule;
      }
      return null;
    },
  };
};

/** DynamoDB's strongly consistent reads are never stale. */
export const isRead = (call: Call): boolean =>
  call.service !== 'dynamodb' && /^(Describe|Get|List)/.test(call.action);

/** Throttling as each service words it. */
export const throttled = (call: Call): AwsError => {
  if (call.service === 'ec2') {
    return new AwsError('RequestLimitExceeded', 'Request limit exceeded.', 503);
  }
  if (call.service === 'lambda') {
    return new AwsError('TooManyRequestsException', 'Rate Exceeded.', 429);
  }
  if (call.protocol === 'query') return new AwsError('Throttling', 'Rate exceeded');
  return new AwsError('ThrottlingException', 'Rate exceeded');
};

export const internalError = (call: Call): AwsError => {
  const code = { ec2: 'InternalError', query: 'InternalFailure' }[call.protocol as string];
  return new AwsError(code ?? 'InternalServerError', 'An internal error has occurred.', 500);
};

/** The last answers of reads, for stale ones. */
export const createStaleReads = (): {
  remember(call: Call, answer: Reply): void;
  recall(call: Call, staleForMs: number): Reply | null;
} => {
  const answers = new Map<string, { answer: Reply; atMs: number }>();
  const keyOf = (call: Call): string =>
    `${call.service} ${call.action} ${call.request.body.toString()}`;
  return {
    remember: (call, answer) => {
      if (isRead(call) && answer.status === 200) {
        answers.set(keyOf(call), { answer, atMs: Date.now() });
      }
    },
    recall: (call, staleForMs) => {
      const known = answers.get(keyOf(call));
      return known && Date.now() - known.atMs <= staleForMs ? known.answer : null;
    },
  };
};
