/** Pages of keys, which hazelcast-client has no codec for: `Map.FetchKeys` of the client protocol 2.x. */
import type { Page, PagePlace } from '../../../courier/ports.ts';
import { library, type Message } from './wire.ts';

const REQUEST_TYPE = 0x01_37_00;
/** After type, correlation and partition. */
const BATCH_AT = 16;
const INITIAL_BYTES = 20;
/** An iteration pointer: index and size of a hash table, both of 32 bits. */
const POINTER_BYTES = 8;
/** The Java client begins with it. */
const BEGIN = Buffer.from([0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff]);

/** @param map its name. */
export const keysRequest = (map: string, place: PagePlace | null, count: number): Message => {
  const request = library.ClientMessage.createForEncode();
  const initial = library.Frame.createInitialFrame(INITIAL_BYTES);
  initial.content.writeInt32LE(count, BATCH_AT);
  request.setRetryable(true);
  request.addFrame(initial);
  request.setMessageType(REQUEST_TYPE);
  request.setPartitionId(-1);
  request.addFrame(new library.Frame(Buffer.from(map)));
  request.addFrame(new library.Frame(place ?? BEGIN));
  return request;
};

export const pageIn = (answer: Message): Page => {
  answer.nextFrame();
  const place = answer.nextFrame().content;
  const keys: Buffer[] = [];
  answer.nextFrame();
  while (!answer.peekNextFrame().isEndFrame()) keys.push(answer.nextFrame().content);
  // The last pointer goes down to -1.
  const isOver =
    place.length < POINTER_BYTES || place.readInt32LE(place.length - POINTER_BYTES) < 0;
  return { keys, next: isOver || keys.length === 0 ? null : Buffer.from(place) };
};
