/**
 * The ground truth of the cluster, seen by the lab itself: every member is asked directly, from the
 * router, for its own list of members. The controller's words play no part in it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { PLAN } from '../parts.ts';
import { createDepartures } from './departures.ts';
import { addressesIn } from './member-list.ts';

const LOOK_EVERY_MS = 200;
/** A healthy member answers in 1-4 ms. */
const ANSWER_WITHIN_MS = 500;

/** Addresses that a member lists, oldest first; `null` when it did not answer. */
export type Lists = ReadonlyMap<string, readonly string[] | null>;

export interface Truth {
  /** The last look: lists by address of the member asked. */
  lists(): Lists;
  /**
   * Members that answer and list exactly each other, oldest first; empty when they do not agree.
   * @param group those of one Auto Scaling group; of all, when not said
   */
  cluster(group?: string | null): readonly string[];
  /** When an address was first in nobody's list any more; `null`: not yet. Only for addresses once listed. */
  goneAtMs(address: string): number | null;
  stop(): Promise<void>;
}

/** A host that is on. */
export interface Asked {
  readonly address: string;
  /** Its Auto Scaling group. */
  readonly group: string | null;
}

/** @param hosts asked for at each look */
export const watchTruth = (hosts: () => readonly Asked[]): Truth => {
  let lists: Lists = new Map();
  let groups: ReadonlyMap<string, string | null> = new Map();
  const departures = createDepartures();
  const stopping = new AbortController();
  const loop = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const asked = hosts();
      const answers = await Promise.all(asked.map(({ address }) => listOf(address)));
      lists = new Map(asked.map(({ address }, index) => [address, answers[index] ?? null]));
      groups = new Map(asked.map(({ address, group }) => [address, group]));
      departures.note(lists, groups);
      await sleep(LOOK_EVERY_MS, undefined, { signal: stopping.signal }).catch(() => {});
    }
  };
  const looping = loop();
  return {
    lists: () => lists,
    cluster: (group) =>
      agreed(
        group === undefined
          ? lists
          : new Map([...lists].filter(([address]) => groups.get(address) === group)),
      ),
    goneAtMs: (address) => departures.of(address),
    stop: async () => {
      stopping.abort();
      await looping;
    },
  };
};

const agreed = (lists: Lists): readonly string[] => {
  const answers = [...lists].filter(
    (entry): entry is [string, readonly string[]] => entry[1] !== null,
  );
  const [first] = answers;
  if (first === undefined) return [];
  const members = first[1];
  const same = answers.every(([, list]) => list.join() === members.join());
  return same && answers.length === members.length ? members : [];
};

const listOf = async (address: string): Promise<readonly string[] | null> => {
  try {
    const response = await fetch(`http://${address}:${PLAN.memberPort}/hazelcast/rest/cluster`, {
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    return addressesIn(await response.text());
  } catch {
    return null;
  }
};
