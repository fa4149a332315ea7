/**
 * Questions that may stay unanswered for longer than a look.
 *
 * One that a member does not answer stays queued on it, so while one is open no other is sent: but one
 * more every 30 s, and one more for a last look. Whatever answer comes later is the next look's answer.
 */
import type { CanaryAbsence } from '../../../core/observation.ts';
import { within } from '../within.ts';
import type { Asker, Asking } from './asker.ts';
import type { ClientQuestion, Outcome } from './messages.ts';

/** What a look may say of a question. */
export type Told =
  | { readonly says: 'absent'; readonly why: CanaryAbsence }
  | {
      readonly says: 'ended';
      readonly partition: number;
      readonly outcome: Ended;
      /** An earlier look asked. */
      readonly isLate?: true;
    }
  | { readonly says: 'silent'; readonly partition: number; readonly forMs: number };

type Ended = Exclude<Outcome, { outcome: 'lost' }>;

export interface LookBounds {
  readonly deadlineMs: number;
  /** Ask although a question is open. */
  readonly isLast: boolean;
}

export interface OpenQuestions {
  /** Never rejects, and takes no longer than the deadline. */
  readonly ask: (key: string, question: ClientQuestion, bounds: LookBounds) => Promise<Told>;
  /** What is open, without asking anything. `null`: nothing, or not for long. */
  readonly open: (key: string) => Told | null;
  readonly forget: (key: string) => void;
}

const REPEAT_MS = 30_000;
/** Less is no silence: connecting may leave nothing of a look. A member that is well answers within 10 ms (measured). */
const PATIENCE_MS = 300;
/** Nodes that are gone leave their questions behind. */
const FORGET_MS = 600_000;

interface Open {
  readonly partition: number;
  readonly askedAtMs: number;
  lastAskedAtMs: number;
  /** How many of the same question were sent and have not ended. */
  underWay: number;
  outcome: Outcome | null;
  readonly ended: PromiseWithResolvers<void>;
}

export const createOpenQuestions = (
  asker: Pick<Asker, 'ask'>,
  nowMs: () => number,
): OpenQuestions => {
  const opens = new Map<string, Open>();
  const asking = new Map<string, Promise<Asking>>();

  const note = (key: string, sent: Asking): void => {
    if ('absent' in sent) return;
    const before = opens.get(key);
    const isSame = before?.outcome === null && before.partition === sent.partition;
    const open = isSame ? before : openOf(sent.partition, nowMs());
    open.lastAskedAtMs = nowMs();
    open.underWay += 1;
    opens.set(key, open);
    void follow(open, sent.ended);
  };
  const follow = async (open: Open, ended: Promise<Outcome>): Promise<void> => {
    const outcome = await ended;
    open.underWay -= 1;
    if (outcome.outcome === 'lost' && open.underWay > 0) return;
    open.outcome ??= outcome;
    open.ended.resolve();
  };
  const send = async (key: string, question: ClientQuestion): Promise<Asking> => {
    const sent = await asker.ask(question);
    asking.delete(key);
    note(key, sent);
    return sent;
  };
  /** What there is to say now; an end is said once. */
  const tell = (key: string): Told | null => {
    const open = opens.get(key);
    if (open === undefined) return null;
    const { partition, outcome, askedAtMs } = open;
    if (outcome === null) {
      const forMs = Math.round(nowMs() - askedAtMs);
      return forMs < PATIENCE_MS ? null : { says: 'silent', partition, forMs };
    }
    opens.delete(key);
    return outcome.outcome === 'lost' ? null : { says: 'ended', partition, outcome };
  };
  const sweep = (): void => {
    for (const [key, { lastAskedAtMs }] of opens) {
      if (nowMs() - lastAskedAtMs > FORGET_MS) opens.delete(key);
    }
  };
  const ask: OpenQuestions['ask'] = async (key, question, { deadlineMs, isLast }) => {
    sweep();
    const begunMs = nowMs();
    const told = tell(key);
    if (told?.says === 'ended') return { ...told, isLate: true };
    const open = opens.get(key);
    if (open === undefined || isLast || begunMs - open.lastAskedAtMs >= REPEAT_MS) {
      const partition = open?.partition ?? question.partition;
      const begun = asking.get(key) ?? send(key, { ...question, partition });
      asking.set(key, begun);
      const sent = await within(begun, deadlineMs);
      if (sent === 'late') return tell(key) ?? { says: 'absent', why: 'notConnected' };
      if ('absent' in sent) return tell(key) ?? { says: 'absent', why: sent.absent };
    }
    const leftMs = Math.max(0, deadlineMs - (nowMs() - begunMs));
    await within(opens.get(key)?.ended.promise ?? Promise.resolve(), leftMs);
    const end = tell(key) ?? ({ says: 'absent', why: 'notConnected' } as const);
    return end.says === 'ended' && open !== undefined ? { ...end, isLate: true } : end;
  };
  return { ask, open: tell, forget: (key) => void opens.delete(key) };
};

const openOf = (partition: number, nowMs: number): Open => ({
  partition,
  askedAtMs: nowMs,
  lastAskedAtMs: nowMs,
  underWay: 0,
  outcome: null,
  ended: Promise.withResolvers(),
});
