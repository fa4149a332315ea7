/**
 * The parts of hazelcast-client that it does not declare, as its version 5.7.0 has them.
 *
 * Its public API cannot ask one member: a request whose connection breaks is sent again, through any
 * other connection, and answered by the partition's next owner, as if the member had answered itself.
 * An invocation that carries its connection goes there or fails. `test/versions` runs it against real members.
 */
import type { Client } from 'hazelcast-client';
import * as mapGet from 'hazelcast-client/lib/codec/MapGetCodec.js';
import * as invocations from 'hazelcast-client/lib/invocation/InvocationService.js';

export interface Uuid {
  toString(): string;
  equals(other: Uuid): boolean;
}

export interface Connection {
  isAlive(): boolean;
  getRemoteUuid(): Uuid;
}

type Request = Readonly<Record<'ClientMessage', never>>;
type KeyData = Readonly<Record<'Data', never>>;

interface InvocationService {
  invoke(invocation: Invocation): Promise<unknown>;
}

interface Invocation {
  connection: Connection;
  partitionId: number;
}

interface Internals {
  getConnectionManager(): {
    getConnectionRegistry(): { getConnections(): readonly Connection[] };
  };
  getInvocationService(): InvocationService;
  getSerializationService(): { toData(key: string): KeyData };
}

interface Library {
  readonly MapGetCodec: {
    encodeRequest(map: string, key: KeyData, threadId: number): Request;
  };
  readonly Invocation: new (
    service: InvocationService,
    request: Request,
    timeoutMs: number,
  ) => Invocation;
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- undeclared, see above
const library = { ...mapGet, ...invocations } as unknown as Library;

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- undeclared, see above
const insideOf = (client: Client): Internals => client as unknown as Internals;

/** Connections that are authenticated; of a client to one member at most one. */
export const connectionsOf = (client: Client): readonly Connection[] =>
  insideOf(client).getConnectionManager().getConnectionRegistry().getConnections();

/** In the past: an error that the client would try again for two minutes comes back at once. */
const NO_RETRY_MS = -1;

/** A map may be asked without its proxy, whose creation would be a question to the whole cluster. */
export const readKey = async (
  client: Client,
  connection: Connection,
  {
    map,
    key,
    partition,
  }: { readonly map: string; readonly key: string; readonly partition: number },
): Promise<void> => {
  const inside = insideOf(client);
  const service = inside.getInvocationService();
  const data = inside.getSerializationService().toData(key);
  const request = library.MapGetCodec.encodeRequest(map, data, 0);
  const invocation = new library.Invocation(service, request, NO_RETRY_MS);
  invocation.connection = connection;
  invocation.partitionId = partition;
  await service.invoke(invocation);
};
