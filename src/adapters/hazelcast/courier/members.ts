/**
 * Connections to the members of one side: to those that we were sent to and no other, one each, opened again when they break.
 * Who owns a partition is what the connected member says of itself.
 */

import type { Address, Reading } from '../../../core/observation.ts';
import { type Alone, connectAlone } from '../client/connect.ts';
import type { Uuid } from '../client/internals.ts';
import { createDeadlines, type Deadlines } from './deadlines.ts';
import { ask, dataOf, library, type Message } from './wire.ts';

export interface Member extends Alone {
  /** Another one for each connection. */
  readonly number: number;
  readonly uuid: Uuid;
  readonly deadlines: Deadlines;
  /** Not asked before: it did not answer in time. On `performance.now()`. */
  restsUntilMs: number;
}

export interface Members {
  readonly all: () => readonly Member[];
  /** The one that says it owns this partition. */
  readonly ownerOf: (partition: number) => Member | null;
  readonly close: () => void;
}

export interface Side {
  readonly cluster: string;
  readonly port: number;
  readonly addresses: readonly Address[];
}

const REOPEN_MS = 3_000;
/** So long a member that did not answer is left alone; its partitions count as not readable. */
const REST_MS = 5_000;

let opened = 0;

/**
 * Resolves when every member was tried once. Never rejects.
 * @param prepare makes a member ready; one of which it says `false` is not used.
 */
export const openMembers = async (
  { cluster, port, addresses }: Side,
  prepare: (member: Member) => Promise<boolean>,
): Promise<Members> => {
  const open = new Map<Address, Member>();
  const deadlines = createDeadlines();
  let isClosed = false;
  const tryOne = async (address: Address): Promise<void> => {
    const alone = await connectAlone({ cluster, port }, address, { isPipelined: true });
    if (alone === null) return;
    opened += 1;
    const uuid = alone.connection.getRemoteUuid();
    const member = { ...alone, number: opened, uuid, deadlines, restsUntilMs: 0 };
    if (!isClosed && (await prepare(member)) && !isClosed) open.set(address, member);
    else closeOne(member);
  };
  const look = async (): Promise<void> => {
    for (const [address, member] of open) {
      if (member.connection.isAlive()) continue;
      open.delete(address);
      closeOne(member);
    }
    await Promise.all(addresses.filter((address) => !open.has(address)).map(tryOne));
    if (!isClosed) timer = setTimeout(() => void look(), REOPEN_MS);
  };
  let timer: NodeJS.Timeout | null = null;
  await look();
  const all = (): readonly Member[] => [...open.values()].filter(isUsable);
  return {
    all,
    ownerOf: (partition) => {
      for (const member of open.values()) {
        if (isUsable(member) && owns(member, partition)) return member;
      }
      return null;
    },
    close: () => {
      isClosed = true;
      if (timer !== null) clearTimeout(timer);
      deadlines.close();
      for (const member of open.values()) closeOne(member);
    },
  };
};

const closeOne = ({ client }: Member): void => void client.shutdown().catch(() => {});

const isUsable = ({ connection, restsUntilMs }: Member): boolean =>
  connection.isAlive() && restsUntilMs <= performance.now();

/** Undefined while nobody owns it, whatever the client's types say. */
const ownerUuid = ({ client }: Member, partition: number): Uuid | undefined =>
  client.getPartitionService().getPartitionOwner(partition);

const owns = (member: Member, partition: number): boolean =>
  ownerUuid(member, partition)?.equals(member.uuid) ?? false;

/** One request with a deadline: a member that misses it rests. Never rejects. */
export const tryAsk = async (
  member: Member,
  request: Message,
  { partition, deadlineMs }: { readonly partition: number; readonly deadlineMs: number },
): Promise<Reading<Message>> => {
  try {
    const answer = await member.deadlines.within(ask(member, request, partition), deadlineMs);
    if (answer !== 'late') return { ok: true, value: answer };
    member.restsUntilMs = performance.now() + REST_MS;
    return { ok: false, error: `no answer within ${deadlineMs} ms` };
  } catch (error) {
    return { ok: false, error: error instanceof Error ? error.message : String(error) };
  }
};

/** Of a key, in the members' own numbering; their partition count is the same on all of them. */
export const partitionOf = ({ client }: Member, key: Buffer): number =>
  Math.abs(dataOf(key).getPartitionHash()) % client.getPartitionService().getPartitionCount();

const AWAKEN_MS = 2_000;
/** Any key: the first operation of an unused cluster makes its members share out the partitions. */
const ANY_KEY = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0]);

export const awaken = async (member: Member, map: string): Promise<void> => {
  if (ownerUuid(member, 0) !== undefined) return;
  const request = library.MapGetCodec.encodeRequest(map, dataOf(ANY_KEY), 0);
  await tryAsk(member, request, { partition: 0, deadlineMs: AWAKEN_MS });
};
