/**
 * A generation as a side that is read, so that it is carried like any other: each part stands for a partition, one page of it
 * is handed out after the other, and the entries of a page are kept until the next one is asked for. A part is in memory until
 * whoever reads it leaves it, so that there are never more of them than readers.
 */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../../ports.ts';
import type { Bytes, Entry, Source, Vault } from '../ports.ts';
import { readPart } from './find.ts';
import type { Manifest } from './manifest.ts';
import { readRecord } from './record.ts';

interface Opened {
  readonly bytes: Bytes;
  /** Of the page that was handed out last, by key. */
  readonly entries: Map<string, Entry>;
}

interface Generation {
  readonly name: string;
  readonly manifest: Manifest;
}

const PAGE_KEYS = 200;
/** It never changes: read once is read for good. */
const READER = 1;
const PLACE_BYTES = 4;

export const generationSource = (
  vault: Pick<Vault, 'get'>,
  { name, manifest }: Generation,
  { maps, clock }: { readonly maps: readonly string[]; readonly clock: Pick<Clock, 'nowMs'> },
): Source => {
  const opened = new Map<number, Opened>();
  // Never that of an earlier courier: what is not in a generation has not ended.
  const owner = randomUUID();
  const open = async (number: number): Promise<Opened | string> => {
    const read = await readPart(vault, { generation: name, number, part: manifest.parts[number] });
    if (!read.ok) return read.error;
    const part = { bytes: read.value, entries: new Map<string, Entry>() };
    opened.set(number, part);
    return part;
  };
  const isOf = (map: number, partition: number): boolean =>
    manifest.parts[partition]?.map === maps[map];
  return {
    partitionCount: () => manifest.parts.length,
    readerOf: () => READER,
    ownerOf: () => owner,
    page: async (map, partition, place) => {
      if (!isOf(map, partition)) return { ok: true, value: { keys: [], next: null } };
      const known = place === null ? undefined : opened.get(partition);
      const part = known ?? (await open(partition));
      if (typeof part === 'string') return { ok: false, error: part };
      return { ok: true, value: turn(part, place?.readUInt32LE(0) ?? 0, clock.nowMs()) };
    },
    entry: async ({ partition, key }) => {
      const part = opened.get(partition);
      if (part === undefined) return { ok: false, error: `part ${partition} was put aside` };
      return { ok: true, value: part.entries.get(key.toString('latin1')) ?? null };
    },
    leave: (map, partition) => {
      if (isOf(map, partition)) opened.delete(partition);
    },
    close: () => opened.clear(),
  };
};

const turn = ({ bytes, entries }: Opened, from: number, nowMs: number) => {
  entries.clear();
  const keys: Bytes[] = [];
  let at = from;
  while (keys.length < PAGE_KEYS) {
    const record = readRecord(bytes, at, nowMs);
    if (record === null) return { keys, next: null };
    keys.push(record.key);
    entries.set(record.key.toString('latin1'), record.entry);
    at = record.next;
  }
  const next = Buffer.alloc(PLACE_BYTES);
  next.writeUInt32LE(at);
  return { keys, next };
};
