/** The side that is read: only by connections that hear of its changes, so that nothing changes unheard after it was read. */
import type { Reading } from '../../../core/observation.ts';
import type { Change, Source } from '../../../courier/ports.ts';
import { within } from '../within.ts';
import { entryIn } from './entry.ts';
import { EVENT_FLAGS, eventIn } from './events.ts';
import { keysRequest, pageIn } from './keys.ts';
import {
  awaken,
  type Member,
  type Members,
  openMembers,
  partitionOf,
  type Side,
  tryAsk,
} from './members.ts';
import { ask, dataOf, library } from './wire.ts';

/** A member that is well answers within 10 ms, one that collects garbage within a second. */
const READ_MS = 3_000;
const LISTEN_MS = 3_000;
/** A page of 200 keys of 50 bytes is 10 KB; the entries are read one by one. */
const PAGE_KEYS = 200;

export interface OpenSource {
  readonly source: Source;
  readonly members: Members;
}

/**
 * Never rejects. An error: no member could be connected to and listened to.
 * @param hear `null`: nobody has to hear of changes
 */
export const openSource = async (
  side: Side,
  maps: readonly string[],
  hear: ((change: Change) => void) | null,
): Promise<Reading<OpenSource>> => {
  const members = await openMembers(side, async (member) => {
    if (hear !== null) {
      const listening = listenAll(member, maps, hear);
      if ((await within(listening, LISTEN_MS)) !== true) return false;
    }
    await awaken(member, maps[0] ?? '');
    return true;
  });
  const [first] = members.all();
  if (first === undefined) {
    members.close();
    const { cluster, addresses } = side;
    return {
      ok: false,
      error: `no member of ${cluster} to read from: tried ${addresses.join(', ')}`,
    };
  }
  const partitionCount = first.client.getPartitionService().getPartitionCount();
  return { ok: true, value: { source: sourceOf(members, maps, partitionCount), members } };
};

const listenAll = async (
  member: Member,
  maps: readonly string[],
  hear: (change: Change) => void,
): Promise<boolean> => {
  try {
    await Promise.all(
      maps.map(async (name, map) => {
        // Of its own entries only: a listener for all would wait for every member of the cluster, the sick ones included.
        const request = library.MapAddEntryListenerCodec.encodeRequest(
          name,
          false,
          EVENT_FLAGS,
          true,
        );
        await ask(member, request, -1, (message) => {
          const event = eventIn(message);
          if (event !== null) hear({ ...event, map, partition: partitionOf(member, event.key) });
        });
      }),
    );
    return true;
  } catch {
    return false;
  }
};

const NOBODY = { ok: false, error: 'no member that can be read owns it' } as const;

/** Pages of keys, each from the member that owns the partition. */
export const pagesOf =
  (members: Members, maps: readonly string[]): Source['page'] =>
  async (map, partition, place) => {
    const owner = members.ownerOf(partition);
    if (owner === null) return NOBODY;
    const request = keysRequest(maps[map] ?? '', place, PAGE_KEYS);
    const answer = await tryAsk(owner, request, { partition, deadlineMs: READ_MS });
    return answer.ok ? { ok: true, value: pageIn(answer.value) } : answer;
  };

const sourceOf = (members: Members, maps: readonly string[], partitionCount: number): Source => ({
  partitionCount: () => partitionCount,
  readerOf: (partition) => members.ownerOf(partition)?.number ?? null,
  ownerOf: (partition) => members.ownerOf(partition)?.uuid.toString() ?? null,
  page: pagesOf(members, maps),
  entry: async ({ map, partition, key }) => {
    const owner = members.ownerOf(partition);
    if (owner === null) return NOBODY;
    const request = library.MapGetEntryViewCodec.encodeRequest(maps[map] ?? '', dataOf(key), 0);
    const answer = await tryAsk(owner, request, { partition, deadlineMs: READ_MS });
    return answer.ok ? { ok: true, value: entryIn(answer.value, Date.now()) } : answer;
  },
  close: members.close,
});
