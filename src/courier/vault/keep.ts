/**
 * Takes one generation: reads every partition of every map from the member that owns it, and puts the entries away. What
 * changes meanwhile may be in it as it was or as it became; what it has is never older than its beginning.
 *
 *   take the row -> read and put away -> manifest -> delete what is old -> tell
 */
import type { Reading } from '../../core/observation.ts';
import type { VaultWord } from '../../core/vault.ts';
import type { Clock } from '../../ports.ts';
import { inParallel } from '../parallel.ts';
import type { Bytes, KeeperRow, KeptSource, PagePlace, Vault } from '../ports.ts';
import { createRate, type Rate } from '../rate.ts';
import { generationName, surplusOf } from './generations.ts';
import { type Manifest, manifestName } from './manifest.ts';
import { createWriter, type Parts, type Writer } from './writer.ts';

export interface KeepParts {
  readonly clock: Clock;
  readonly row: KeeperRow;
  readonly vault: Vault;
  /** Resolves when every member that answers is connected. Never rejects. */
  readonly connect: () => Promise<Reading<KeptSource>>;
}

export interface KeepJob {
  readonly holder: string;
  readonly maps: readonly string[];
  readonly entriesPerS: number;
  readonly leastTtlMs: number;
  /** On the clock: then it gives up. */
  readonly untilMs: number;
}

/** Users are served meanwhile: narrower than a courier's. */
const WIDTH = { partitions: 4, keys: 16 };
/** A partition on its way from one member to another has no owner for a moment. */
const AGAIN_MS = 500;
/** Nobody answers for it: the next generation may have it again, this one must not lack it. */
const PATIENCE_MS = 30_000;

const NOTHING: VaultWord = { takenAtMs: null, entries: 0, bytes: 0, tookMs: 0, error: null };

/** Its word, or why it took none. Never rejects. */
export const keep = async (
  parts: KeepParts,
  job: KeepJob,
): Promise<VaultWord | { readonly stoodBack: string }> => {
  const { clock, row, connect } = parts;
  const beganAtMs = clock.nowMs();
  const claimed = await row.claim(job.holder, beganAtMs, job.untilMs);
  if (!claimed.ok) return { stoodBack: `its row cannot be written: ${claimed.error}` };
  if (claimed.value === 'taken') return { stoodBack: 'a generation is being taken already' };
  const source = await connect();
  const taken = source.ok ? await take(parts, job, source.value, beganAtMs) : source;
  if (source.ok) source.value.close();
  const word = taken.ok
    ? taken.value
    : { ...(claimed.value.before ?? NOTHING), error: taken.error };
  await row.tell(job.holder, word);
  return word;
};

interface Taking extends KeepParts, KeepJob {
  readonly source: KeptSource;
  readonly rate: Rate;
}

const take = async (
  parts: KeepParts,
  job: KeepJob,
  source: KeptSource,
  beganAtMs: number,
): Promise<Reading<VaultWord>> => {
  const { clock, vault } = parts;
  const name = generationName(beganAtMs, job.holder);
  const written: Parts = { all: [] };
  const taking = { ...parts, ...job, source, rate: createRate(job.entriesPerS, clock) };
  for (const [map, each] of job.maps.entries()) {
    const writer = createWriter(vault, name, { map: each, parts: written });
    const error = await takeMap(taking, map, writer);
    const done = await writer.end();
    if (error !== null) return { ok: false, error };
    if (!done.ok) return done;
  }
  const manifest: Manifest = {
    schema: 1,
    beganAtMs,
    parts: written.all,
    schemas: source.schemas(),
  };
  const put = await vault.put(manifestName(name), Buffer.from(JSON.stringify(manifest)));
  if (!put.ok) return put;
  const cleared = await clear(vault, clock.nowMs());
  return {
    ok: true,
    value: {
      takenAtMs: beganAtMs,
      entries: sum(written.all.map(({ entries }) => entries)),
      bytes: sum(written.all.map(({ bytes }) => bytes)),
      tookMs: clock.nowMs() - beganAtMs,
      error: cleared.ok ? null : `what is old was not deleted: ${cleared.error}`,
    },
  };
};

const sum = (numbers: readonly number[]): number => numbers.reduce((all, each) => all + each, 0);

const clear = async (vault: Vault, nowMs: number): Promise<Reading<null>> => {
  const listed = await vault.list();
  return listed.ok ? await vault.remove(surplusOf(listed.value, nowMs)) : listed;
};

/** @returns what went wrong, or `null` */
const takeMap = async (taking: Taking, map: number, writer: Writer): Promise<string | null> => {
  const { source, clock, untilMs } = taking;
  const partitions = Array.from({ length: source.partitionCount() }, (_, n) => n);
  let error: string | null = null;
  await inParallel(partitions, WIDTH.partitions, async (partition) => {
    const giveUpAtMs = Math.min(untilMs, clock.nowMs() + PATIENCE_MS);
    while (error === null) {
      const done = await takePartition(taking, { map, partition }, writer);
      if (done.ok) return;
      // What was read of it is in there twice then, which is once too often and not wrong.
      if (!done.isPassing || clock.nowMs() >= giveUpAtMs) error = done.error;
      else await clock.sleep(AGAIN_MS);
    }
  });
  return error;
};

type Done =
  | { readonly ok: true }
  | { readonly ok: false; readonly error: string; readonly isPassing: boolean };

interface Place {
  readonly map: number;
  readonly partition: number;
}

const takePartition = async (taking: Taking, place: Place, writer: Writer): Promise<Done> => {
  const { source, rate, clock, untilMs } = taking;
  let at: PagePlace | null = null;
  do {
    if (clock.nowMs() >= untilMs) return { ok: false, error: 'its time is over', isPassing: false };
    const page = await source.page(place.map, place.partition, at);
    if (!page.ok) return { ...page, isPassing: true };
    await rate.take(page.value.keys.length);
    const done = await takeKeys(taking, place, { keys: page.value.keys, writer });
    if (!done.ok) return done;
    at = page.value.next;
  } while (at !== null);
  return { ok: true };
};

const takeKeys = async (
  { source, clock, leastTtlMs }: Taking,
  place: Place,
  { keys, writer }: { readonly keys: readonly Bytes[]; readonly writer: Writer },
): Promise<Done> => {
  let done: Done = { ok: true };
  await inParallel(keys, WIDTH.keys, async (key) => {
    if (!done.ok) return;
    const entry = await source.entry({ ...place, key });
    if (!entry.ok) done = { ...entry, isPassing: true };
    if (!entry.ok || entry.value === null || entry.value.endsInMs < leastTtlMs) return;
    const learnt = await source.learn(key, entry.value.value);
    if (!learnt.ok) done = { ...learnt, isPassing: true };
    if (!learnt.ok) return;
    const added = await writer.add(key, entry.value, clock.nowMs());
    if (!added.ok) done = { ...added, isPassing: false };
  });
  return done;
};
