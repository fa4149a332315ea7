/** Some of what was carried is read back, and compared by digest with what we wrote. */
import { digestOf, isSame } from './digest.ts';
import type { Ledger } from './ledger.ts';
import { inParallel } from './parallel.ts';
import type { Bytes, Target } from './ports.ts';

export interface Sample {
  readonly saw: (map: number, key: Bytes) => void;
  /** Reads back what was sampled since the last time, and begins anew. Never rejects. */
  readonly readBack: (nowMs: number) => Promise<ReadBack>;
}

export interface ReadBack {
  readonly equal: number;
  readonly different: number;
  readonly missing: number;
  readonly unanswered: number;
}

/** With so many equal ones fewer than 3 % of all are wrong, by 95 %. */
const SIZE = 100;
const WIDTH = 10;

interface Sampled {
  readonly map: number;
  readonly key: Bytes;
}

export const createSample = (
  target: Pick<Target, 'get'>,
  ledgers: readonly Ledger[],
  random: () => number,
): Sample => {
  let sampled: Sampled[] = [];
  let seen = 0;
  const compare = async ({ map, key }: Sampled, nowMs: number): Promise<keyof ReadBack | null> => {
    const there = await target.get(map, key);
    // Asked for last: it may have been written again meanwhile.
    const written = ledgers[map]?.get(digestOf(key)) ?? null;
    if (written?.fate !== 'written') return null;
    if (!there.ok) return 'unanswered';
    if (there.value !== null) {
      return isSame(digestOf(there.value), written.value) ? 'equal' : 'different';
    }
    const hasEnded = written.endsAtS !== 0 && written.endsAtS * 1_000 <= nowMs;
    return hasEnded ? null : 'missing';
  };
  return {
    saw: (map, key) => {
      seen += 1;
      const place = sampled.length < SIZE ? sampled.length : Math.floor(random() * seen);
      // A copy: what was read is a part of a larger buffer.
      if (place < SIZE) sampled[place] = { map, key: Buffer.from(key) };
    },
    readBack: async (nowMs) => {
      const chosen = sampled;
      sampled = [];
      seen = 0;
      const counts = { equal: 0, different: 0, missing: 0, unanswered: 0 };
      await inParallel(chosen, WIDTH, async (each) => {
        const found = await compare(each, nowMs);
        if (found !== null) counts[found] += 1;
      });
      return counts;
    },
  };
};

export const sentenceOf = (counts: ReadBack): string => {
  const { equal, different, missing, unanswered } = counts;
  const all = equal + different + missing + unanswered;
  const rest = [
    different > 0 ? `${different} different` : '',
    missing > 0 ? `${missing} missing` : '',
    unanswered > 0 ? `${unanswered} without an answer` : '',
  ].filter((part) => part !== '');
  return [`read back: ${equal} of ${all} equal`, ...rest].join(', ');
};
