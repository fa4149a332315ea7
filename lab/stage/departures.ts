/** Who left the others' lists, and when. Pure but for its memory and the clock. */
import type { Lists } from './truth.ts';

export interface Departures {
  /** @param groups of the hosts that are on, by address: who is not in here is off */
  note(lists: Lists, groups: ReadonlyMap<string, string | null>): void;
  /** When the address was first in nobody's list any more; `null`: not yet, or never listed. */
  of(address: string): number | null;
}

export const createDepartures = (nowMs: () => number = Date.now): Departures => {
  /** By address once listed: its group, as far as it is known. */
  const known = new Map<string, string | null>();
  const goneAtMs = new Map<string, number>();

  const note: Departures['note'] = (lists, groups) => {
    const answers = [...lists].flatMap(([asked, list]) => (list === null ? [] : [{ asked, list }]));
    // Without any answer nothing is known.
    if (answers.length === 0) return;
    const listed = new Set(
      answers.flatMap(({ asked, list }) => list.filter((address) => address !== asked)),
    );
    for (const [address, group] of groups) if (known.has(address)) known.set(address, group);
    for (const address of listed) {
      known.set(address, groups.get(address) ?? known.get(address) ?? null);
      goneAtMs.delete(address);
    }
    for (const [address, group] of known) {
      if (listed.has(address) || goneAtMs.has(address)) continue;
      // Whoever is left alone is listed by nobody, and has not left: that takes one of its own side who does not list it.
      const isMissed = answers.some(
        ({ asked }) => asked !== address && (groups.get(asked) ?? null) === group,
      );
      if (isMissed || !groups.has(address)) goneAtMs.set(address, nowMs());
    }
  };
  return { note, of: (address) => goneAtMs.get(address) ?? null };
};
