/**
 * The requests that a courier sends, over one connection each, with keys and values as the bytes they are.
 *
 * As in `client/internals.ts` these are parts of hazelcast-client 5.7.0 that it does not declare; what it lacks (pages of
 * keys) is written as the protocol has it. `test/versions` runs all of it against real members.
 */
import type { Client } from 'hazelcast-client';
import * as fetchSchema from 'hazelcast-client/lib/codec/ClientFetchSchemaCodec.js';
import * as sendSchema from 'hazelcast-client/lib/codec/ClientSendSchemaCodec.js';
import * as addEntryListener from 'hazelcast-client/lib/codec/MapAddEntryListenerCodec.js';
import * as get from 'hazelcast-client/lib/codec/MapGetCodec.js';
import * as getEntryView from 'hazelcast-client/lib/codec/MapGetEntryViewCodec.js';
import * as putIfAbsent from 'hazelcast-client/lib/codec/MapPutIfAbsentWithMaxIdleCodec.js';
import * as removeIfSame from 'hazelcast-client/lib/codec/MapRemoveIfSameCodec.js';
import * as set from 'hazelcast-client/lib/codec/MapSetWithMaxIdleCodec.js';
import * as size from 'hazelcast-client/lib/codec/MapSizeCodec.js';
import * as tryLock from 'hazelcast-client/lib/codec/MapTryLockCodec.js';
import * as unlock from 'hazelcast-client/lib/codec/MapUnlockCodec.js';
import * as invocations from 'hazelcast-client/lib/invocation/InvocationService.js';
import * as messages from 'hazelcast-client/lib/protocol/ClientMessage.js';
import * as heapData from 'hazelcast-client/lib/serialization/HeapData.js';
import type { SchemaText } from '../../../courier/ports.ts';
import type { Alone } from '../client/connect.ts';
import type { Connection, Uuid } from '../client/internals.ts';

export interface Frame {
  readonly content: Buffer;
  isNullFrame(): boolean;
  isEndFrame(): boolean;
}

export interface Message {
  nextFrame(): Frame;
  peekNextFrame(): Frame;
  getMessageType(): number;
  addFrame(frame: Frame): void;
  setRetryable(isRetryable: boolean): void;
  setMessageType(type: number): void;
  setPartitionId(partition: number): void;
}

export interface Data {
  toBuffer(): Buffer;
  getPartitionHash(): number;
}

/** A 64 bit number of the client's own. */
export interface Long {
  toString(): string;
}

export interface Schema extends SchemaText {
  readonly schemaId: Long;
}

interface Invocation {
  connection: Connection;
  partitionId: number;
  eventHandler: (message: Message) => void;
}

interface InvocationService {
  invoke(invocation: Invocation): Promise<Message>;
  deregisterInvocation(correlationId: number): void;
}

interface Inside {
  getInvocationService(): InvocationService;
  getSerializationService(): { toObject(data: Data): unknown };
  readonly schemaService: { putIfAbsent(schema: Schema): void };
}

interface Library {
  readonly MapGetCodec: { encodeRequest(map: string, key: Data, thread: number): Message };
  readonly MapGetEntryViewCodec: { encodeRequest(map: string, key: Data, thread: number): Message };
  readonly MapPutIfAbsentWithMaxIdleCodec: WriteCodec;
  readonly MapSetWithMaxIdleCodec: WriteCodec;
  readonly MapRemoveIfSameCodec: {
    encodeRequest(map: string, key: Data, value: Data, thread: number): Message;
  };
  readonly MapSizeCodec: { encodeRequest(map: string): Message };
  readonly MapTryLockCodec: {
    encodeRequest(...lock: [string, Data, number, number, number, number]): Message;
  };
  readonly MapUnlockCodec: {
    encodeRequest(map: string, key: Data, thread: number, reference: number): Message;
  };
  readonly MapAddEntryListenerCodec: {
    encodeRequest(map: string, withValue: boolean, flags: number, isLocal: boolean): Message;
  };
  readonly ClientFetchSchemaCodec: {
    encodeRequest(id: Long): Message;
    decodeResponse(message: Message): Schema | null;
  };
  readonly ClientSendSchemaCodec: {
    encodeRequest(schema: SchemaText): Message;
    decodeResponse(message: Message): Iterable<Uuid>;
  };
  readonly ClientMessage: { createForEncode(): Message };
  readonly Frame: (new (content: Buffer) => Frame) & { createInitialFrame(size: number): Frame };
  readonly BEGIN_FRAME: Frame;
  readonly HeapData: new (bytes: Buffer) => Data;
  readonly Invocation: new (
    service: InvocationService,
    request: Message,
    timeoutMs: number,
  ) => Invocation;
}

interface WriteCodec {
  encodeRequest(...write: [string, Data, Data, number, number, number]): Message;
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- undeclared, see above
export const library = {
  ...fetchSchema,
  ...sendSchema,
  ...addEntryListener,
  ...get,
  ...getEntryView,
  ...putIfAbsent,
  ...removeIfSame,
  ...set,
  ...size,
  ...tryLock,
  ...unlock,
  ...invocations,
  ...messages,
  ...heapData,
} as unknown as Library;

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- undeclared, see above
export const insideOf = (client: Client): Inside => client as unknown as Inside;

/** In the past: an error that the client would try again for two minutes comes back at once. */
const NO_RETRY_MS = -1;

/** One request over this connection, tried once. `partition` -1: of none. @param hear of events that follow. */
export const ask = (
  { client, connection }: Alone,
  request: Message,
  partition: number,
  hear?: (event: Message) => void,
): Promise<Message> => {
  const service = insideOf(client).getInvocationService();
  const invocation = new library.Invocation(service, request, NO_RETRY_MS);
  invocation.connection = connection;
  invocation.partitionId = partition;
  if (hear !== undefined) invocation.eventHandler = hear;
  return service.invoke(invocation);
};

export const dataOf = (bytes: Buffer): Data => new library.HeapData(bytes);
