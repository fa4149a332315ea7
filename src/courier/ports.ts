/** What a courier needs from the world: two clusters, a row to tell in, and a journal. All bytes are raw: nothing is deserialised. */
import type { Reading } from '../core/observation.ts';
import type { CourierWord } from '../core/sides.ts';
import type { VaultWord } from '../core/vault.ts';

export type Bytes = Buffer;

/** How long an entry may live, as a cluster is told it. 0: for ever. */
export interface Life {
  readonly ttlMs: number;
  readonly maxIdleMs: number;
}

export interface Entry extends Life {
  readonly value: Bytes;
  /** Until it ends where it was read, if nobody touches it; `Infinity`: never. */
  readonly endsInMs: number;
}

/** Where the next page begins; opaque. */
export type PagePlace = Bytes;

export interface Page {
  readonly keys: readonly Bytes[];
  /** `null`: that was the last page. */
  readonly next: PagePlace | null;
}

/** A change that the old side told. Of a map by its place in the job's list. */
export interface Change {
  readonly map: number;
  readonly partition: number;
  readonly key: Bytes;
  /** `gone`: removed by somebody, not expired or lost. `ended`: expired. */
  readonly what: 'put' | 'gone' | 'ended';
}

/** The side that is read. Only members that listen for us are read, so that nothing changes unheard after it was read. */
export interface Source {
  readonly partitionCount: () => number;
  /**
   * Who can be read for this partition now: a number that stands for one unbroken connection to the member that says it owns
   * it. `null`: nobody. Another number than last time: it must be read again, for changes may have gone unheard.
   */
  readonly readerOf: (partition: number) => number | null;
  /** The process of that member, whatever the connection: it has had what it owns all along. `null`: nobody can say. */
  readonly ownerOf: (partition: number) => string | null;
  /** One page of keys. Never rejects, has a deadline of its own. */
  readonly page: (
    map: number,
    partition: number,
    place: PagePlace | null,
  ) => Promise<Reading<Page>>;
  /** `null`: there is no such entry. Never rejects, has a deadline of its own. */
  readonly entry: (place: Place) => Promise<Reading<Entry | null>>;
  /** Whoever read this partition of this map has done with it, whole or not: what is held for that may go. */
  readonly leave?: (map: number, partition: number) => void;
  readonly close: () => void;
}

export interface Place {
  readonly map: number;
  readonly partition: number;
  readonly key: Bytes;
}

export type Replaced = 'done' | 'absent' | 'other';

/** The side that is written to. Nothing here rejects; an error means that nobody knows whether it was done. */
export interface Target {
  /** @returns what is there already, and stays; `null` when it was put. */
  readonly putIfAbsent: (map: number, key: Bytes, entry: Entry) => Promise<Reading<Bytes | null>>;
  /** In one step for everybody else: replaced if `isOurs` says so of the value that is there. */
  readonly replaceIf: (
    map: number,
    key: Bytes,
    entry: Entry,
    isOurs: (value: Bytes) => boolean,
  ) => Promise<Reading<Replaced>>;
  /** The same for a removal. */
  readonly removeIf: (
    map: number,
    key: Bytes,
    isOurs: (value: Bytes) => boolean,
  ) => Promise<Reading<Replaced>>;
  readonly get: (map: number, key: Bytes) => Promise<Reading<Bytes | null>>;
  readonly partitionCount: () => number;
  /** One page of keys that are there, as of the old side. */
  readonly page: Source['page'];
  readonly close: () => void;
}

/** How far one courier's journal goes. */
export interface Segment {
  readonly holder: string;
  readonly items: number;
}

/** With this another courier goes on after a death. */
export interface Cursor {
  /** Oldest first; what was written to the new side is in these. */
  readonly segments: readonly Segment[];
  /** For each map one character a partition: `1` when it was carried. Empty before the first. */
  readonly carried: readonly string[];
  /** For each map and partition the member that it was read from, or would have been; empty: nobody could say. */
  readonly owners: readonly (readonly string[])[];
}

/** The way that is gone back. */
export interface Back {
  readonly job: number;
  readonly segments: readonly Segment[];
  /** Every member that it was carried to is read now: what is not there any more has ended, and was not lost. */
  readonly isWhole: boolean;
  /** It carried a generation of the vault: the other side may have that, or something newer, or nothing. */
  readonly isRestored?: true;
}

/** A courier's own row, as it stands. */
export interface Standing {
  readonly job: number;
  readonly holder: string;
  readonly word: CourierWord;
  readonly cursor: Cursor;
  /** It is past its time and waits for its successor, who need not watch it first. */
  readonly isResting: boolean;
  /** Instance ids of those that are written to. */
  readonly members: readonly string[];
  readonly isRestoring?: true;
  readonly back: Back | null;
}

export interface Wish {
  /** Jobs up to this one shall end. */
  readonly endJob: number;
}

/** Nothing here rejects; every write is conditional on the holder. */
export interface CourierRow {
  readonly read: () => Promise<
    Reading<{ readonly standing: Standing | null; readonly wish: Wish }>
  >;
  /** Takes the row from `before`, as it was read. `false`: somebody was faster, or it is alive after all. */
  readonly claim: (own: Standing, before: Standing | null) => Promise<Reading<boolean>>;
  /** `lost`: somebody else holds it now. */
  readonly tell: (own: Standing) => Promise<Reading<Wish | 'lost'>>;
}

/** What was written to the new side, so that a successor knows it. Nothing here rejects. */
export interface Journal {
  readonly append: (segment: string, item: number, bytes: Bytes) => Promise<Reading<null>>;
  /** `null`: there is no such item. */
  readonly read: (segment: string, item: number) => Promise<Reading<Bytes | null>>;
}

export interface VaultObject {
  /** Within the fleet's part of the vault. */
  readonly name: string;
  readonly bytes: number;
  readonly modifiedAtMs: number;
}

/** `isPassing`: nobody knows what it is now; in a moment it may be read. Otherwise it is nothing that can be used. */
export type Got =
  | { readonly ok: true; readonly value: Bytes }
  | { readonly ok: false; readonly error: string; readonly isPassing?: true };

/** A store of encrypted objects, for generations of the maps. Nothing here rejects, and everything has a deadline. */
export interface Vault {
  readonly list: () => Promise<Reading<readonly VaultObject[]>>;
  /** An error, too, when it is not encrypted with our key. */
  readonly get: (name: string) => Promise<Got>;
  readonly put: (name: string, bytes: Bytes) => Promise<Reading<null>>;
  readonly remove: (names: readonly string[]) => Promise<Reading<null>>;
}

/** The row of whoever takes a generation: one at a time. Nothing here rejects. */
export interface KeeperRow {
  /** Until `untilMs` at the latest. `taken`: somebody takes one just now. */
  readonly claim: (
    holder: string,
    nowMs: number,
    untilMs: number,
  ) => Promise<Reading<'taken' | { readonly before: VaultWord | null }>>;
  /** The word, and that it is over. */
  readonly tell: (holder: string, word: VaultWord) => Promise<Reading<null>>;
}

/** A schema of compact values, as it is kept beside them. */
export interface SchemaText {
  readonly typeName: string;
  readonly fields: readonly { readonly fieldName: string; readonly kind: number }[];
}

/** The side that a generation is taken from: read as it is, without hearing of changes. */
export interface KeptSource extends Source {
  /** Finds the schemas that an entry needs. An error: one of them could not be read. */
  readonly learn: (key: Bytes, value: Bytes) => Promise<Reading<null>>;
  /** All that were found so far. */
  readonly schemas: () => readonly SchemaText[];
}
