/**
 * The core of a cluster and its majority.
 *
 * The core is the largest set of nodes that work and list *each other*. In a healthy cluster all
 * views are equal and the answer is trivial; after a split every side lists itself only; while
 * views are being published they differ for a moment. So: build the graph of mutual listing among
 * working nodes, and shrink each connected part to a clique by dropping its least connected node.
 * That is exact for equal and for split views, and errs to the small side otherwise.
 */
import type { Address } from './observation.ts';

/** A working node with the members that it lists, oldest first. */
export interface Listing {
  readonly address: Address;
  readonly lists: readonly Address[];
  /** Lowest wins the last tie. */
  readonly uuid: string;
}

/** More than half of the seats. 3 -> 2, 4 -> 3, 5 -> 3. */
export const majorityOf = (seats: number): number => Math.floor(seats / 2) + 1;

/**
 * @param previousOldest the oldest member of the previous core: of two equal sets, the one that holds it wins.
 * @returns addresses of the core, in the given order; empty when nobody works.
 */
export const coreOf = (
  listings: readonly Listing[],
  previousOldest: Address | null,
): readonly Address[] => {
  const mutual = mutualListing(listings);
  const candidates = components(listings, mutual).map((part) => shrinkToClique(part, mutual));
  const [best] = candidates.sort(
    (a, b) =>
      b.length - a.length ||
      Number(holds(b, previousOldest)) - Number(holds(a, previousOldest)) ||
      compareText(lowestUuid(a), lowestUuid(b)),
  );
  return (best ?? []).map(({ address }) => address);
};

type Mutual = ReadonlyMap<Address, ReadonlySet<Address>>;

const mutualListing = (listings: readonly Listing[]): Mutual => {
  const listed = new Map(listings.map((each) => [each.address, new Set(each.lists)]));
  return new Map(
    listings.map(({ address, lists }) => [
      address,
      new Set(lists.filter((other) => listed.get(other)?.has(address) === true)),
    ]),
  );
};

/** A node that does not even list itself stands for nothing: it is left out. */
const components = (listings: readonly Listing[], mutual: Mutual): Listing[][] => {
  const byAddress = new Map(listings.map((each) => [each.address, each]));
  const seen = new Set<Address>();
  const parts: Listing[][] = [];
  for (const start of listings) {
    if (seen.has(start.address) || mutual.get(start.address)?.has(start.address) !== true) continue;
    const part: Listing[] = [];
    const queue = [start.address];
    seen.add(start.address);
    for (let address = queue.shift(); address !== undefined; address = queue.shift()) {
      const listing = byAddress.get(address);
      if (listing !== undefined) part.push(listing);
      for (const next of mutual.get(address) ?? []) {
        if (seen.has(next)) continue;
        seen.add(next);
        queue.push(next);
      }
    }
    parts.push(part);
  }
  return parts;
};

const shrinkToClique = (part: readonly Listing[], mutual: Mutual): readonly Listing[] => {
  const links = (each: Listing): number =>
    part.filter((other) => mutual.get(each.address)?.has(other.address) === true).length;
  // Who leaves out others that list it is the odd one: what it says costs itself its place, not them.
  const omits = (each: Listing): number =>
    part.filter(
      (other) => other.lists.includes(each.address) && !each.lists.includes(other.address),
    ).length;
  const [weakest] = [...part].sort(
    (a, b) =>
      links(a) - links(b) ||
      omits(b) - omits(a) ||
      compareText(b.uuid, a.uuid) ||
      compareText(b.address, a.address),
  );
  if (weakest === undefined || links(weakest) === part.length) return part;
  return shrinkToClique(
    part.filter((each) => each !== weakest),
    mutual,
  );
};

const holds = (part: readonly Listing[], address: Address | null): boolean =>
  part.some((each) => each.address === address);

const lowestUuid = (part: readonly Listing[]): string =>
  part.map(({ uuid }) => uuid).sort(compareText)[0] ?? '';

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
