/**
 * One slice of carrying a fleet's sessions from one side to the other: takes the row, hears of changes, carries everything
 * once, keeps both sides level, and ends when it is told to, or when its time is over and a successor has come.
 *
 *   hear of changes -> take the row -> read the journal -> passes, changes and the word, side by side -> end
 */
import type { Reading } from '../core/observation.ts';
import type { CourierWord } from '../core/sides.ts';
import type { Clock } from '../ports.ts';
import { backOf, recall } from './back.ts';
import { type Carrier, createCarrier } from './carrier.ts';
import { type Changes, createChanges } from './changes.ts';
import { claim, HELD_MS } from './claim.ts';
import { endThere, type HasEnded } from './ended.ts';
import { follow, readyWith } from './follow.ts';
import { createHands, type Hands } from './hands.ts';
import { type CourierJob, freshStatus, type Status } from './job.ts';
import { createLedger, type Ledger } from './ledger.ts';
import { createMarks, type Marks } from './marks.ts';
import { type Passing, pass } from './pass.ts';
import type { Change, CourierRow, Journal, Source, Standing, Target } from './ports.ts';
import { createRate } from './rate.ts';
import { createRecorder, type Recorder, readJournal } from './recorder.ts';
import { createSample, type Sample, sentenceOf } from './sample.ts';
import { createTeller, type Teller } from './teller.ts';

export interface CourierParts {
  readonly clock: Clock;
  readonly row: CourierRow;
  /** Each job has its own. */
  readonly journalOf: (job: number) => Journal;
  /** Resolves when every member that answers is connected and tells its changes. Never rejects. */
  readonly connect: (hear: (change: Change) => void) => Promise<Reading<Ends> | Nothing>;
  readonly random: () => number;
}

export interface Ends {
  readonly source: Source;
  readonly target: Target;
  /** For people, where it is no side: where the entries come from. */
  readonly origin?: string;
}

/** There is nothing to carry, and there will be nothing: to try again is in vain. */
export interface Nothing {
  readonly ok: false;
  readonly error: string;
  readonly isFinal: true;
}

/** What is in hand when it shall end. */
const DRAIN_MS = 10_000;
const PAUSE_MS = { changes: 20, passes: 200 };
/** Longer than most moves take; shorter where the shortest idle time asks for it. */
const REPASS_MS = { min: 20_000, max: 300_000 };
/** Partitions that nobody answers for are looked for all the time; once in a while that counts as a pass over them. */
const IN_VAIN_MS = 15_000;
/** Read again at once: what is urgent is not to wait for all that is old. */
const OLD_PARTS = 32;

/** Its last word, or why it carried nothing. */
export type Carried = CourierWord | { readonly stoodBack: string };

/** Never rejects. */
export const carry = async (parts: CourierParts, job: CourierJob): Promise<Carried> => {
  const changes = createChanges();
  const ends = await parts.connect((change) => changes.hear(change, parts.clock.nowMs()));
  try {
    const own = (before: Standing | null): Standing => ownStanding(job, before);
    const claimed = await claim({ ...parts, job: job.job, own });
    if (!claimed.claimed) return { stoodBack: claimed.why };
    const standing = own(claimed.before);
    if (!ends.ok) return await giveUp(parts.row, standing, ends);
    // Whoever held it till now stops by itself within this time.
    if (claimed.before !== null) await parts.clock.sleep(HELD_MS);
    const journal = parts.journalOf(job.job);
    const isUnheard = isLeftAlone(job, claimed.before);
    const slice = { ...parts, ...ends.value, changes, job, journal, isUnheard };
    return await carryOn(slice, standing);
  } finally {
    if (ends.ok) {
      ends.value.source.close();
      ends.value.target.close();
    }
  }
};

/** Something of this job was carried, and nobody has listened since. One that rests listens still; one that failed does not. */
const isLeftAlone = ({ job }: CourierJob, before: Standing | null): boolean => {
  if (before?.job !== job) return false;
  const { isResting, word, cursor } = before;
  return isResting ? word.phase === 'failed' && cursor.segments.length > 0 : true;
};

const giveUp = async (
  row: CourierRow,
  own: Standing,
  why: { readonly error: string } | Nothing,
): Promise<CourierWord> => {
  const phase = 'isFinal' in why ? 'ended' : 'failed';
  const word: CourierWord = { ...own.word, beat: own.word.beat + 1, phase, detail: why.error };
  await row.tell({ ...own, word, isResting: true });
  return word;
};

const ownStanding = (own: CourierJob, before: Standing | null): Standing => {
  const { job, holder, to: members } = own;
  const same = before?.job === job ? before : null;
  const word: CourierWord = same?.word ?? {
    job,
    beat: before?.word.beat ?? 0,
    phase: 'copying',
    passes: 0,
    lagMs: null,
    moved: 0,
    expired: 0,
    unreachable: 0,
    conflicts: 0,
    detail: 'begins',
  };
  const beat = word.beat + 1;
  const cursor = same?.cursor ?? { segments: [], carried: [], owners: [] };
  const fresh = { ...word, beat, phase: 'copying', lagMs: null } as const;
  const back = backOf(own, before);
  const more = own.isRestoring === true ? { isRestoring: true as const } : {};
  return { job, holder, word: fresh, cursor, isResting: false, members, back, ...more };
};

interface Slice extends CourierParts, Ends {
  readonly changes: Changes;
  readonly job: CourierJob;
  readonly journal: Journal;
  /** The last courier of this job is gone: nobody listened until this one did. */
  readonly isUnheard: boolean;
}

interface Work {
  readonly ledgers: readonly Ledger[];
  readonly marks: Marks;
  readonly carrier: Carrier;
  readonly hands: Hands;
  readonly recorder: Recorder;
  readonly sample: Sample;
  readonly teller: Teller;
  readonly status: Status;
  /** Where what is not on this side any more has ended, unheard; `null`: nothing went unheard. */
  readonly hasEnded: HasEnded | null;
}

const carryOn = async (slice: Slice, standing: Standing): Promise<CourierWord> => {
  const { clock } = slice;
  const work = workOf(slice, standing);
  const { teller } = work;
  const telling = teller.run();
  const read = await remember(slice, standing, work.ledgers);
  if (!read.ok) return await teller.end('failed', `its journal cannot be read: ${read.error}`);
  const isOver = (): boolean => teller.isOver();
  await Promise.all([telling, follows(slice, work, isOver), passes(slice, work, isOver)]);
  if (teller.why() === 'lost') {
    // The successor waits `HELD_MS`: what is in hand gets into the journal before it reads it.
    await work.recorder.flush();
    return teller.word();
  }
  if (teller.why() === 'time') return await teller.end('rest', 'its time was over');
  const untilMs = clock.nowMs() + DRAIN_MS;
  while (clock.nowMs() < untilMs && slice.changes.waiting(readyWith(slice.source)).ready > 0) {
    if (!(await followOnce(slice, work))) await clock.sleep(PAUSE_MS.changes);
  }
  return await teller.end('ended', slice.origin ?? 'both sides were level');
};

/** Whoever had a partition all along has not lost what is missing there: that has ended. */
const hasEndedOf = ({ source, isUnheard }: Slice, { back, cursor }: Standing): HasEnded | null => {
  if (back?.isWhole === true) return () => true;
  if (!isUnheard) return null;
  return (map, partition) => cursor.owners[map]?.[partition] === source.ownerOf(partition);
};

const remember = async (
  { journal, journalOf }: Slice,
  { back, cursor }: Standing,
  ledgers: readonly Ledger[],
): Promise<Reading<null>> => {
  const recalled = back === null ? null : await recall(journalOf(back.job), back, ledgers);
  return recalled?.ok === false ? recalled : await readJournal(journal, cursor.segments, ledgers);
};

const workOf = (slice: Slice, standing: Standing): Work => {
  const { clock, job, journal, random, source, target } = slice;
  const ledgers = job.maps.map(() => createLedger());
  const tally = { ...standing.word };
  const status = freshStatus(standing.word.passes, slice.origin ?? '');
  const recorder = createRecorder(journal, job.holder, standing.cursor.segments);
  const repassMs = (): number =>
    Math.max(REPASS_MS.min, Math.min(REPASS_MS.max, status.idleMinMs / 4));
  const marks = createMarks(source, job.maps.length, {
    before: standing.cursor,
    repassMs,
    nowMs: clock.nowMs(),
  });
  const sample = createSample(target, ledgers, random);
  const teller = createTeller({ ...slice, recorder, marks, tally, status, standing });
  const carrier = createCarrier({
    target,
    ledgers,
    note: recorder.note,
    kept: recorder.flush,
    tally,
    nowMs: () => clock.nowMs(),
    leastTtlMs: job.leastTtlMs,
    mayWrite: teller.mayWrite,
  });
  const hands = createHands();
  const hasEnded = hasEndedOf(slice, standing);
  return { ledgers, marks, carrier, hands, recorder, sample, teller, status, hasEnded };
};

const followOnce = async (slice: Slice, work: Work): Promise<boolean> =>
  (await work.teller.mayWrite()) &&
  (await follow({ ...slice, carrier: work.carrier, hands: work.hands }));

const follows = async (slice: Slice, work: Work, isOver: () => boolean): Promise<void> => {
  while (!isOver()) {
    if (!(await followOnce(slice, work))) await slice.clock.sleep(PAUSE_MS.changes);
  }
};

const passes = async (slice: Slice, work: Work, isOver: () => boolean): Promise<void> => {
  const { clock, job, source } = slice;
  const { marks, status, sample } = work;
  const passing: Passing = {
    source,
    carrier: work.carrier,
    hands: work.hands,
    rate: createRate(job.entriesPerS, clock),
    mayWrite: work.teller.mayWrite,
    saw: (map, key, { maxIdleMs }) => {
      if (maxIdleMs > 0) status.idleMinMs = Math.min(status.idleMinMs, maxIdleMs);
      sample.saw(map, key);
    },
    carried: (part, from, entries) => marks.carried(part, from, entries, clock.nowMs()),
    failed: (part, error) => {
      marks.failed(part, clock.nowMs());
      status.lastError = error;
    },
  };
  let passedAtMs = clock.nowMs();
  let { hasEnded } = work;
  while (!isOver()) {
    const { urgent, old } = marks.work(clock.nowMs());
    await pass(passing, urgent.length > 0 ? urgent : old.slice(0, OLD_PARTS));
    if (hasEnded !== null && (await endThere({ ...slice, ...work, hasEnded }))) hasEnded = null;
    if (urgent.length > 0) status.readBack = sentenceOf(await sample.readBack(clock.nowMs()));
    if (isOver()) return;
    const isInVain = marks.unreachable().partitions > 0 && clock.nowMs() - passedAtMs >= IN_VAIN_MS;
    if (urgent.length > 0 || isInVain || !status.isFirstOver) {
      status.passes += 1;
      passedAtMs = clock.nowMs();
    }
    if (!status.isFirstOver) {
      status.isFirstOver = true;
      work.teller.hurry();
    }
    await clock.sleep(PAUSE_MS.passes);
  }
};
