/** A client of one member, through one connection that is never replaced: see `line.ts` for why. */
import { Client, type ClientConfig, LifecycleState, ReconnectMode } from 'hazelcast-client';
import type { Address } from '../../../core/observation.ts';
import { type Connection, connectionsOf } from './internals.ts';
import type { ClientSettings } from './messages.ts';

/** A member answers within 100 ms (measured); one that hangs accepts and says nothing. */
const CONNECT_MS = 3_000;
const NEVER_MS = 86_400_000;

type Cluster = Pick<ClientSettings, 'cluster' | 'port'>;

interface Manner {
  /** Many small requests at once are written together; costs 64 KiB of buffer. */
  readonly isPipelined: boolean;
}

export interface Alone {
  readonly client: Client;
  readonly connection: Connection;
}

const configOf = (
  { cluster, port }: Cluster,
  address: Address,
  { isPipelined }: Manner,
): ClientConfig => ({
  clusterName: cluster,
  network: {
    clusterMembers: [`${address}:${port}`],
    connectionTimeout: CONNECT_MS,
    smartRouting: false,
  },
  connectionStrategy: {
    // The client is ours to close before it is connected.
    asyncStart: true,
    reconnectMode: ReconnectMode.OFF,
    connectionRetry: { clusterConnectTimeoutMillis: 0 },
  },
  backupAckToClientEnabled: false,
  metrics: { enabled: false },
  properties: {
    'hazelcast.logging.level': 'OFF',
    // After a frozen minute the client would close good connections before it reads what has arrived.
    'hazelcast.client.heartbeat.interval': NEVER_MS,
    'hazelcast.client.heartbeat.timeout': NEVER_MS,
    // Otherwise it tries to connect to addresses that the member tells.
    'hazelcast.discovery.public.ip.enabled': false,
    // How soon a question ends whose connection broke. The default is 100 ms, for every line.
    'hazelcast.client.internal.clean.resources.millis': 500,
    'hazelcast.client.autopipelining.enabled': isPipelined,
  },
});

/** Never rejects: `null` when the member cannot be connected to, whatever the reason. */
export const connectAlone = async (
  cluster: Cluster,
  address: Address,
  manner: Manner,
): Promise<Alone | null> => {
  const connected = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => connected.resolve(false), CONNECT_MS);
  const follow = (state: LifecycleState): void => {
    if (state === LifecycleState.CONNECTED) connected.resolve(true);
    if (state === LifecycleState.SHUTTING_DOWN) connected.resolve(false);
  };
  try {
    const config = { ...configOf(cluster, address, manner), lifecycleListeners: [follow] };
    const client = await Client.newHazelcastClient(config);
    const [connection] = (await connected.promise) ? connectionsOf(client) : [];
    if (connection !== undefined) return { client, connection };
    await client.shutdown();
  } catch {
    // A configuration that the client refuses, or an error of its own: there is no connection.
  } finally {
    clearTimeout(timer);
  }
  return null;
};
