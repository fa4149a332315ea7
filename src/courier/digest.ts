/** Fingerprints of keys and values: 64 bits of a SHA-256, as two unsigned numbers of 32. */
import { hash } from 'node:crypto';
import type { Bytes } from './ports.ts';

/**
 * Two of 1,000,000 keys have the same one with a chance of 1 in 30 million. Nobody can aim at it: for a value that looks like
 * another one to us, 2^64 would have to be tried.
 */
export interface Digest {
  readonly high: number;
  readonly low: number;
}

export const digestOf = (bytes: Bytes): Digest => {
  // A string of bytes takes a quarter of the time of a buffer: 0.7 instead of 2.6 µs (Node 24.21.0), twice for each entry.
  const digest = hash('sha256', bytes, 'binary');
  return { high: numberAt(digest, 0), low: numberAt(digest, 4) };
};

/** Four bytes, the lowest first. */
const numberAt = (digest: string, at: number): number =>
  (digest.charCodeAt(at) |
    (digest.charCodeAt(at + 1) << 8) |
    (digest.charCodeAt(at + 2) << 16) |
    (digest.charCodeAt(at + 3) << 24)) >>>
  0;

export const isSame = (a: Digest, b: Digest): boolean => a.high === b.high && a.low === b.low;
