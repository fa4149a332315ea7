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
  const digest = hash('sha256', bytes, 'buffer');
  return { high: digest.readUInt32LE(0), low: digest.readUInt32LE(4) };
};

export const isSame = (a: Digest, b: Digest): boolean => a.high === b.high && a.low === b.low;
