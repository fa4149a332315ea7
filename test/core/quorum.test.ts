import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { coreOf, type Listing, majorityOf } from '../../src/core/quorum.ts';

const listing = (address: string, ...lists: string[]): Listing => ({
  address,
  lists,
  uuid: `u-${address}`,
});

describe('majorityOf', () => {
  it.each([
    [1, 1],
    [2, 2],
    [3, 2],
    [4, 3],
    [5, 3],
    [6, 4],
  ])('of %i seats is %i', (seats, majority) => {
    expect(majorityOf(seats)).toBe(majority);
  });
});

describe('coreOf', () => {
  const cases: Record<string, { listings: Listing[]; oldest?: string; core: string[] }> = {
    'is everybody when all list each other': {
      listings: [
        listing('a', 'a', 'b', 'c'),
        listing('b', 'a', 'b', 'c'),
        listing('c', 'a', 'b', 'c'),
      ],
      core: ['a', 'b', 'c'],
    },
    'leaves out a victim that is listed but does not work': {
      listings: [listing('a', 'a', 'b', 'v'), listing('b', 'a', 'b', 'v')],
      core: ['a', 'b'],
    },
    'is the larger side of a split': {
      listings: [listing('a', 'a'), listing('b', 'b', 'c'), listing('c', 'b', 'c')],
      core: ['b', 'c'],
    },
    'prefers the side with the previous oldest member when sides are equal': {
      listings: [
        listing('a', 'a', 'b'),
        listing('b', 'a', 'b'),
        listing('c', 'c', 'd'),
        listing('d', 'c', 'd'),
      ],
      oldest: 'd',
      core: ['c', 'd'],
    },
    'falls back to the lowest uuid': {
      listings: [
        listing('c', 'c', 'd'),
        listing('d', 'c', 'd'),
        listing('a', 'a', 'b'),
        listing('b', 'a', 'b'),
      ],
      core: ['a', 'b'],
    },
    'does not count one-sided listing': {
      listings: [listing('a', 'a', 'b'), listing('b', 'b')],
      core: ['a'],
    },
    'shrinks a chain to a clique': {
      listings: [listing('a', 'a', 'b'), listing('b', 'a', 'b', 'c'), listing('c', 'b', 'c')],
      core: ['a', 'b'],
    },
    'ignores a node that does not list itself': { listings: [listing('a', 'b')], core: [] },
    'is empty without anybody': { listings: [], core: [] },
  };
  it.each(Object.entries(cases))('%s', (_name, { listings, oldest, core }) => {
    expect(coreOf(listings, oldest ?? null)).toEqual(core);
  });

  const nodes = ['a', 'b', 'c', 'd', 'e'];
  const arbitraryListings = fc
    .tuple(...nodes.map(() => fc.subarray(nodes)))
    .map((lists) => nodes.map((address, index) => listing(address, ...(lists[index] ?? []))));

  it('always holds members that list themselves and each other', () => {
    fc.assert(
      fc.property(arbitraryListings, (listings) => {
        const core = coreOf(listings, null);
        const lists = new Map(listings.map((each) => [each.address, each.lists]));
        return core.every((x) => core.every((y) => lists.get(x)?.includes(y)));
      }),
    );
  });

  it('does not depend on the order in which nodes are given', () => {
    fc.assert(
      fc.property(arbitraryListings, fc.constantFrom(...nodes), (listings, oldest) => {
        const forward = [...coreOf(listings, oldest)].sort();
        const backward = [...coreOf(listings.toReversed(), oldest)].sort();
        expect(backward).toEqual(forward);
      }),
    );
  });

  it('is as large as the largest clique when all views are equal or disjoint', () => {
    const partitions = fc
      .tuple(...nodes.map(() => fc.nat(2)))
      .map((sides) =>
        nodes.map((address, index) =>
          listing(address, ...nodes.filter((_other, other) => sides[other] === sides[index])),
        ),
      );
    fc.assert(
      fc.property(partitions, (listings) => {
        const largest = Math.max(...listings.map(({ lists }) => lists.length));
        expect(coreOf(listings, null)).toHaveLength(largest);
      }),
    );
  });
});
