/** A member behind the client thread: whether and when it answers is in the test's hands. */
import type { Asker, Asking } from '../../src/adapters/hazelcast/client/asker.ts';
import type { ClientQuestion, Outcome } from '../../src/adapters/hazelcast/client/messages.ts';

export const REPLY: Outcome = { outcome: 'replied', tookMs: 4 };

/** Answers at once unless it is told otherwise. */
export class Member implements Pick<Asker, 'ask'> {
  readonly asked: ClientQuestion[] = [];
  readonly #held: ((outcome: Outcome) => void)[] = [];
  answers: Outcome | 'holds' = REPLY;
  connects: boolean | 'hangs' = true;
  /** How long connecting takes, when it succeeds. */
  connectMs = 0;
  owned: readonly number[] = [3, 5, 8];
  /** Partitions whose thread does nothing. */
  stuck: readonly number[] = [];

  async ask(question: ClientQuestion): Promise<Asking> {
    if (this.connects === 'hangs') await new Promise((resolve) => setTimeout(resolve, 3_000));
    if (this.connects !== true) return { absent: 'notConnected' };
    if (this.connectMs > 0) await new Promise((resolve) => setTimeout(resolve, this.connectMs));
    const { partition, turn } = question;
    const chosen =
      partition !== null && this.owned.includes(partition)
        ? partition
        : this.owned[turn % this.owned.length];
    if (chosen === undefined) return { absent: 'noPartition' };
    this.asked.push(question);
    const ended = Promise.withResolvers<Outcome>();
    if (this.answers === 'holds' || this.stuck.includes(chosen)) this.#held.push(ended.resolve);
    else ended.resolve(this.answers);
    return { partition: chosen, ended: ended.promise };
  }

  /** Ends everything that it holds. */
  release(outcome: Outcome): void {
    for (const resolve of this.#held.splice(0)) resolve(outcome);
  }

  /** Ends what it has held longest. */
  releaseFirst(outcome: Outcome): void {
    this.#held.shift()?.(outcome);
  }
}
