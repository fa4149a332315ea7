/** One entry with its times, as a member tells it: `Map.GetEntryView`. */
import { lifeLeft } from '../../../courier/expiry.ts';
import type { Entry } from '../../../courier/ports.ts';
import type { Message } from './wire.ts';

/** Places of the view's longs that are of use: the others are of no entry's life. */
const AT = { endsAt: 16, updatedAt: 48, ttl: 64, maxIdle: 72 };

const longAt = (content: Buffer, at: number): number =>
  content.readInt32LE(at + 4) * 2 ** 32 + content.readUInt32LE(at);

export const entryIn = (answer: Message, nowMs: number): Entry | null => {
  answer.nextFrame();
  if (answer.peekNextFrame().isNullFrame()) return null;
  // Begin of the view.
  answer.nextFrame();
  const { content } = answer.nextFrame();
  // The key, which we asked for.
  answer.nextFrame();
  const value = answer.nextFrame().content;
  const times = {
    ttlMs: longAt(content, AT.ttl),
    maxIdleMs: longAt(content, AT.maxIdle),
    endsAtMs: longAt(content, AT.endsAt),
    updatedAtMs: longAt(content, AT.updatedAt),
  };
  return { value, ...lifeLeft(times, nowMs) };
};
