/** What a member tells of changes to the entries that it owns itself. */
import type { Change } from '../../../courier/ports.ts';
import type { Message } from './wire.ts';

const EVENT_TYPE = 0x01_19_02;
const KIND_AT = 16;

/** Bits of `EntryEventType`. An eviction for want of memory, or of a whole map, is no log-out. */
const KINDS: Readonly<Record<number, Change['what']>> = {
  1: 'put',
  2: 'gone',
  4: 'put',
  16: 'ended',
  // Merged after a split, and loaded from a store.
  128: 'put',
  512: 'put',
};
export const EVENT_FLAGS = Object.keys(KINDS).reduce((flags, kind) => flags | Number(kind), 0);

export const eventIn = (message: Message): Pick<Change, 'what' | 'key'> | null => {
  if (message.getMessageType() !== EVENT_TYPE) return null;
  const { content } = message.nextFrame();
  const what = KINDS[content.readInt32LE(KIND_AT)];
  const key = message.nextFrame();
  return what === undefined || key.isNullFrame() ? null : { what, key: key.content };
};
