/** What the end of a read says of the member that was asked. */
import { printable } from '../../../printable.ts';
import type { Outcome } from './messages.ts';

/**
 * - an error with a stack trace of the server came over the wire: the member replied
 * - any other one is the client's own, about its connection
 * - out of memory, wherever in the chain of causes; it has no class of its own in the client
 */
export const outcomeOf = (error: unknown): Outcome => {
  const chain = causesOf(error);
  if (!chain.some(isFromMember)) return { outcome: 'lost' };
  const memory = chain.find(({ message }) => message.includes('OutOfMemoryError'));
  return memory === undefined
    ? { outcome: 'replied', tookMs: 0 }
    : { outcome: 'outOfMemory', detail: printable(memory.message) };
};

const isFromMember = (error: Error): boolean =>
  'serverStackTrace' in error && Array.isArray(error.serverStackTrace);

const DEPTH_MAX = 16;

const causesOf = (error: unknown): readonly Error[] => {
  const chain: Error[] = [];
  for (let each = error; each instanceof Error && chain.length < DEPTH_MAX; each = each.cause) {
    chain.push(each);
  }
  return chain;
};
