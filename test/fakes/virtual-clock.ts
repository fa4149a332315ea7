/** A clock that jumps from one sleeper to the next, so that minutes of watching take milliseconds. */
import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../src/ports.ts';

export class VirtualClock implements Clock {
  #nowMs: number;
  readonly #sleepers: { readonly atMs: number; readonly wake: () => void }[] = [];

  constructor(nowMs: number) {
    this.#nowMs = nowMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#sleepers.push({ atMs: this.#nowMs + ms, wake: resolve });
    signal?.addEventListener('abort', () => resolve(), { once: true });
    await promise;
  }

  /** Lets time pass until `work` has ended. */
  async run<T>(work: Promise<T>): Promise<T> {
    let ended = false;
    const finish = (): void => {
      ended = true;
    };
    work.then(finish, finish);
    for (;;) {
      // Everything that is not asleep runs first; in-memory parts need a few turns at most.
      for (let turn = 0; turn < 5; turn += 1) await setImmediate();
      if (ended) return await work;
      const next = this.#sleepers.sort((a, b) => a.atMs - b.atMs).shift();
      if (next === undefined) throw new Error('everything waits and nobody sleeps');
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.wake();
    }
  }
}
