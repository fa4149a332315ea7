/** The courier's word, about once a second, and what is answered to it: go on, end, or somebody else holds the row. */
import type { CourierWord } from '../core/sides.ts';
import type { Clock } from '../ports.ts';
import type { Tally } from './carrier.ts';
import type { Changes } from './changes.ts';
import { HELD_MS } from './claim.ts';
import { readyWith } from './follow.ts';
import { type CourierJob, REST_MS, type Status } from './job.ts';
import type { Marks } from './marks.ts';
import type { CourierRow, Source, Standing } from './ports.ts';
import type { Recorder } from './recorder.ts';

export interface Teller {
  /** Tells until it is over. Never rejects. */
  readonly run: () => Promise<void>;
  /** There is news that somebody waits for: told now, or right after what is being told. */
  readonly hurry: () => void;
  readonly isOver: () => boolean;
  readonly why: () => Over | null;
  /** Resolves when the row is certainly ours; `false` when it is over. */
  readonly mayWrite: () => Promise<boolean>;
  readonly word: () => CourierWord;
  /** The last word. */
  readonly end: (phase: 'ended' | 'failed' | 'rest', detail: string) => Promise<CourierWord>;
}

/** `end`: it was told to. `lost`: somebody else holds the row. `time`: nobody came in time. */
type Over = 'end' | 'lost' | 'time';

interface Telling {
  readonly clock: Clock;
  readonly row: CourierRow;
  readonly source: Source;
  readonly changes: Changes;
  readonly job: CourierJob;
  readonly recorder: Recorder;
  readonly marks: Marks;
  readonly tally: Tally;
  readonly status: Status;
  readonly standing: Standing;
}

const TELL_MS = 1_000;
const WAIT_MS = 50;

export const createTeller = (telling: Telling): Teller => {
  const { clock, row, job, recorder, marks } = telling;
  let beat = telling.standing.word.beat;
  let over: Over | null = null;
  let heldAtMs = clock.nowMs();
  let last = telling.standing.word;
  const standingOf = (word: CourierWord, isResting: boolean): Standing => ({
    ...telling.standing,
    word,
    cursor: { segments: recorder.segments(), ...marks.text() },
    isResting,
  });
  /** Its time is over: it is silent, so that a successor is sent, and goes on until that one has taken the row. */
  const rest = async (): Promise<void> => {
    const read = await row.read();
    if (!read.ok) return;
    if (read.value.standing?.holder !== job.holder) over = 'lost';
    else if (read.value.wish.endJob >= job.job) over = 'end';
    else heldAtMs = clock.nowMs();
    if (clock.nowMs() > job.untilMs + REST_MS) over ??= 'time';
  };
  const tell = async (isResting: boolean): Promise<void> => {
    const askedAtMs = clock.nowMs();
    // Before the row says how long the journal is.
    const kept = await recorder.flush();
    telling.status.journalError = kept.ok ? '' : kept.error;
    beat += 1;
    last = wordOf(telling, beat);
    const told = await row.tell(standingOf(last, isResting));
    if (!told.ok) return;
    if (told.value === 'lost') over = 'lost';
    else if (told.value.endJob >= job.job) over = 'end';
    // Since it was asked: the answer may have been on its way for long. Without a journal nothing more is written.
    else if (kept.ok) heldAtMs = askedAtMs;
  };
  let pause = new AbortController();
  let isResting = false;
  const turn = async (): Promise<void> => {
    if (clock.nowMs() < job.untilMs) return await tell(false);
    if (isResting) return await rest();
    isResting = true;
    await tell(true);
  };
  const isGoing = (): boolean => over === null;
  const isHeld = (): boolean => clock.nowMs() - heldAtMs < HELD_MS;
  return {
    run: async () => {
      while (isGoing()) {
        pause = new AbortController();
        await turn();
        if (isGoing()) await clock.sleep(TELL_MS, pause.signal);
      }
    },
    hurry: () => pause.abort(),
    isOver: () => !isGoing(),
    why: () => over,
    mayWrite: async () => {
      while (isGoing() && !isHeld()) await clock.sleep(WAIT_MS);
      return isGoing() || over === 'end';
    },
    word: () => last,
    end: async (phase, detail) => {
      over ??= 'end';
      await recorder.flush();
      beat += 1;
      const word = wordOf(telling, beat);
      last = { ...word, phase: phase === 'rest' ? word.phase : phase, detail };
      // Nobody listens from here on: who comes later must know.
      await row.tell(standingOf(last, false));
      return last;
    },
  };
};

const wordOf = (telling: Telling, beat: number): CourierWord => {
  const { clock, job, tally, status, source, changes, marks } = telling;
  const { stuck, oldestMs } = changes.waiting(readyWith(source));
  const lacking = marks.unreachable();
  const nowMs = clock.nowMs();
  const lagMs =
    nowMs - Math.min(nowMs, oldestMs ?? nowMs, marks.work(nowMs).behindSinceMs ?? nowMs);
  return {
    job: job.job,
    beat,
    phase: status.isFirstOver ? 'level' : 'copying',
    passes: status.passes,
    lagMs: status.isFirstOver ? lagMs : null,
    moved: tally.moved,
    expired: tally.expired,
    unreachable: lacking.entries + stuck,
    conflicts: tally.conflicts,
    detail: detailOf(telling, lacking.partitions),
  };
};

const detailOf = ({ marks, status }: Telling, lacking: number): string => {
  const { carried, all } = marks.parts();
  const error = status.lastError === '' ? '' : ` (${status.lastError})`;
  return [
    status.origin,
    `${carried} of ${all} partitions carried`,
    lacking > 0 ? `${lacking} cannot be read${error}` : '',
    status.journalError === '' ? '' : `its journal cannot be written: ${status.journalError}`,
    status.readBack,
  ]
    .filter((part) => part !== '')
    .join('; ');
};
