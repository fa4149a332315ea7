/**
 * How a client library should behave that finds itself logged out (docs/clients.md): log in once, later, and each time later
 * still. In the incident all of them tried again at once, and the servers that came back drowned in log-ins.
 */
export interface BackOff {
  /** How long to rest now, in ms: longer each time, with chance, so that not all come back together. */
  nextMs(): number;
  /** It worked: the next time begins anew. */
  end(): void;
}

const FIRST_MS = 1_000;
const LONGEST_MS = 10_000;

/** @param random numbers in [0, 1) */
export const createBackOff = (random: () => number): BackOff => {
  let tries = 0;
  return {
    nextMs: () => {
      const wholeMs = Math.min(FIRST_MS * 2 ** tries, LONGEST_MS);
      tries += 1;
      // At least half of it: chance must not make it a loop.
      return (wholeMs * (1 + random())) / 2;
    },
    end: () => {
      tries = 0;
    },
  };
};
