/** The side that is written to. Every write is conditional, in one step for everybody else. */
import type { Reading } from '../../../core/observation.ts';
import type { Bytes, Entry, Replaced, Target } from '../../../courier/ports.ts';
import { awaken, type Members, openMembers, partitionOf, type Side, tryAsk } from './members.ts';
import type { Schemas } from './schemas.ts';
import { pagesOf } from './source.ts';
import { dataOf, library, type Message } from './wire.ts';

/** A backup that does not answer is waited for 5 s by the member itself. */
const WRITE_MS = 8_000;
/** The lock ends by itself when we die: longer than the three requests under it may take. */
const LEASE_MS = 30_000;
const LOCK_WAIT_MS = 1_000;
/** Locks belong to a client and a thread; a key is in one hand at a time, so that one thread will do. */
const THREAD = 1;
/** Where an answer has its one value. */
const VALUE_AT = 13;

/** Never rejects. An error: no member could be connected to. */
export const openTarget = async (
  side: Side,
  maps: readonly string[],
): Promise<Reading<Members>> => {
  const members = await openMembers(side, async (member) => {
    await awaken(member, maps[0] ?? '');
    return true;
  });
  if (members.all().length > 0) return { ok: true, value: members };
  members.close();
  const { cluster, addresses } = side;
  return { ok: false, error: `no member of ${cluster} to write to: tried ${addresses.join(', ')}` };
};

export const targetOf = (members: Members, maps: readonly string[], schemas: Schemas): Target => {
  const nameOf = (map: number): string => maps[map] ?? '';
  const { at, locked } = keyed(members, nameOf);
  return {
    putIfAbsent: async (map, key, entry) => {
      const brought = await schemas.bring(key, entry.value);
      if (!brought.ok) return brought;
      return await at(key, async (send) => {
        const codec = library.MapPutIfAbsentWithMaxIdleCodec;
        return valueIn(await send(writeOf(codec, { name: nameOf(map), key, entry, thread: 0 })));
      });
    },
    replaceIf: async (map, key, entry, isOurs) => {
      const brought = await schemas.bring(key, entry.value);
      if (!brought.ok) return brought;
      return await locked(map, key, async (send) => {
        const name = nameOf(map);
        const there = valueIn(
          await send(library.MapGetCodec.encodeRequest(name, dataOf(key), THREAD)),
        );
        if (!there.ok) return there;
        if (there.value === null) return { ok: true, value: 'absent' };
        if (!isOurs(there.value)) return { ok: true, value: 'other' };
        const codec = library.MapSetWithMaxIdleCodec;
        const written = await send(writeOf(codec, { name, key, entry, thread: THREAD }));
        return written.ok ? { ok: true, value: 'done' } : written;
      });
    },
    removeIf: async (map, key, isOurs) =>
      await at(key, async (send) => {
        const [name, data] = [nameOf(map), dataOf(key)];
        const there = valueIn(await send(library.MapGetCodec.encodeRequest(name, data, 0)));
        if (!there.ok) return there;
        if (there.value === null) return { ok: true, value: 'absent' };
        if (!isOurs(there.value)) return { ok: true, value: 'other' };
        const codec = library.MapRemoveIfSameCodec;
        const removed = await send(codec.encodeRequest(name, data, dataOf(there.value), 0));
        if (!removed.ok) return removed;
        return { ok: true, value: boolIn(removed.value) ? 'done' : 'other' };
      }),
    get: async (map, key) =>
      await at(key, async (send) =>
        valueIn(await send(library.MapGetCodec.encodeRequest(nameOf(map), dataOf(key), 0))),
      ),
    partitionCount: () => {
      const [any] = members.all();
      return any?.client.getPartitionService().getPartitionCount() ?? 0;
    },
    page: pagesOf(members, maps),
    close: members.close,
  };
};

type Send = (request: Message) => Promise<Reading<Message>>;

interface Keyed {
  /** Requests about one key, all over one connection. */
  readonly at: <T>(key: Bytes, work: (send: Send) => Promise<Reading<T>>) => Promise<Reading<T>>;
  /** The same, while nobody else may write that entry. */
  readonly locked: (
    map: number,
    key: Bytes,
    work: (send: Send) => Promise<Reading<Replaced>>,
  ) => Promise<Reading<Replaced>>;
}

const keyed = (members: Members, nameOf: (map: number) => string): Keyed => {
  let reference = 0;
  const at: Keyed['at'] = async (key, work) => {
    const [any] = members.all();
    if (any === undefined) return { ok: false, error: 'no member of the new side can be reached' };
    const partition = partitionOf(any, key);
    // The owner, or anybody: who is asked for what it does not own asks the owner.
    const member = members.ownerOf(partition) ?? any;
    return await work(
      async (request) => await tryAsk(member, request, { partition, deadlineMs: WRITE_MS }),
    );
  };
  const locked: Keyed['locked'] = async (map, key, work) =>
    await at(key, async (send) => {
      const [name, data] = [nameOf(map), dataOf(key)];
      const own = reference;
      reference += 2;
      const lock = [name, data, THREAD, LEASE_MS, LOCK_WAIT_MS, own] as const;
      const answer = await send(library.MapTryLockCodec.encodeRequest(...lock));
      if (!answer.ok) return answer;
      if (!boolIn(answer.value)) return { ok: false, error: 'its entry is locked by somebody' };
      const done = await work(send);
      await send(library.MapUnlockCodec.encodeRequest(name, data, THREAD, own + 1));
      return done;
    });
  return { at, locked };
};

interface Write {
  readonly name: string;
  readonly key: Bytes;
  readonly entry: Entry;
  readonly thread: number;
}

const writeOf = (
  codec: typeof library.MapSetWithMaxIdleCodec,
  { name, key, entry, thread }: Write,
): Message => {
  const { value, ttlMs, maxIdleMs } = entry;
  return codec.encodeRequest(
    name,
    dataOf(key),
    dataOf(value),
    thread,
    Math.round(ttlMs),
    maxIdleMs,
  );
};

const boolIn = (answer: Message): boolean => answer.nextFrame().content.readUInt8(VALUE_AT) === 1;

const valueIn = (answer: Reading<Message>): Reading<Bytes | null> => {
  if (!answer.ok) return answer;
  answer.value.nextFrame();
  const frame = answer.value.nextFrame();
  return { ok: true, value: frame.isNullFrame() ? null : frame.content };
};
