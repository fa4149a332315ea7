/**
 * A line: a client of one member, through one connection that is never replaced.
 *
 * One client for the whole cluster would connect to every address that a member lists, ask others when a
 * connection breaks, and believe one member about who owns what, which may be the one that hangs. A line
 * goes where the observer was sent and nowhere else, and its owner table is that member's own.
 */
import type { Client } from 'hazelcast-client';
import type { Address } from '../../../core/observation.ts';
import { connectAlone } from './connect.ts';
import { type Connection, readKey } from './internals.ts';
import { keyOf } from './keys.ts';
import type { ClientQuestion, ClientSettings, Outcome } from './messages.ts';
import { outcomeOf } from './outcome.ts';

export interface Line {
  readonly isOpen: () => boolean;
  /** `null` when the owner owns nothing, as far as this member knows. */
  readonly choose: (question: ClientQuestion) => Promise<number | null>;
  /** Never rejects. Stays open as long as the member does not answer and the connection lasts. */
  readonly read: (partition: number) => Promise<Outcome>;
  readonly close: () => void;
}

/** The table follows the connection within 100 ms (measured); an unused cluster has none. */
const TABLE_MS = 300;
const TABLE_LOOK_MS = 10;

/** Never rejects: `null` when the member cannot be connected to, whatever the reason. */
export const openLine = async (
  settings: ClientSettings,
  address: Address,
): Promise<Line | null> => {
  const alone = await connectAlone(settings, address, { isPipelined: false });
  return alone === null ? null : lineOf(alone.client, alone.connection, { ...settings, address });
};

type Ends = ClientSettings & { readonly address: Address };

const lineOf = (client: Client, connection: Connection, { map, address }: Ends): Line => {
  const partitions = client.getPartitionService();
  const isOpen = (): boolean => connection.isAlive();
  const read = async (partition: number): Promise<Outcome> => {
    const beganMs = performance.now();
    try {
      const key = keyOf(partitions, partition);
      await readKey(client, connection, { map, key, partition });
    } catch (error) {
      const ended = outcomeOf(error);
      if (ended.outcome !== 'replied') return ended;
    }
    return { outcome: 'replied', tookMs: Math.round(performance.now() - beganMs) };
  };
  const ownerOf = (owner: Address): string | undefined =>
    owner === address
      ? connection.getRemoteUuid().toString()
      : client
          .getCluster()
          .getMembers()
          .find((member) => member.address.host === owner)
          ?.uuid.toString();
  const ownedBy = (owner: Address): readonly number[] => {
    const uuid = ownerOf(owner);
    const all = Array.from({ length: partitions.getPartitionCount() }, (_, id) => id);
    return all.filter((id) => ownerUuid(id) === uuid);
  };
  const ownerUuid = (id: number): string | null =>
    // Undefined while nobody owns it, whatever the client's types say.
    (partitions.getPartitionOwner(id) as { toString(): string } | undefined)?.toString() ?? null;
  const hasTable = (): boolean => ownerUuid(0) !== null;
  let isAwakened = false;
  const choose = async ({ owner, partition, turn }: ClientQuestion): Promise<number | null> => {
    for (let waitedMs = 0; !hasTable() && waitedMs < TABLE_MS; waitedMs += TABLE_LOOK_MS) {
      await new Promise((resolve) => setTimeout(resolve, TABLE_LOOK_MS));
    }
    if (!hasTable()) {
      // The first operation of an unused cluster makes its members share out the partitions.
      if (!isAwakened) void read(0);
      isAwakened = true;
      return null;
    }
    const owned = ownedBy(owner);
    if (partition !== null && owned.includes(partition)) return partition;
    return owned[turn % owned.length] ?? null;
  };
  const close = (): void => void client.shutdown().catch(() => {});
  return { isOpen, choose, read, close };
};
