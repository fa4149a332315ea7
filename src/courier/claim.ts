/**
 * Who may carry. One courier holds the row; another invocation of the same job takes it only from one that is silent, or past
 * its time and waiting for it; a newer job takes it from anybody; nobody begins a job that shall end, one that is begun is finished. Nobody's clock is
 * compared with another one.
 */
import type { Clock } from '../ports.ts';
import type { CourierRow, Standing } from './ports.ts';

/** A living one tells every second; one that could not for `HELD_MS` writes nothing any more, so that this is longer. */
export const SILENCE_MS = 5_000;
/** How long a courier that had no answer from its row believes that it still holds it. */
export const HELD_MS = 3_000;
const LOOK_MS = 500;

export type Claimed =
  | { readonly claimed: true; readonly before: Standing | null }
  | { readonly claimed: false; readonly why: string };

interface Claiming {
  readonly row: CourierRow;
  readonly clock: Pick<Clock, 'nowMs' | 'sleep'>;
  readonly job: number;
  /** The row that will be written, after whatever stood there. */
  readonly own: (before: Standing | null) => Standing;
}

/** Never rejects, and takes some seconds at most. */
export const claim = async ({ row, clock, job, own }: Claiming): Promise<Claimed> => {
  const untilMs = clock.nowMs() + SILENCE_MS;
  let first: Standing | null = null;
  for (;;) {
    const read = await row.read();
    if (!read.ok) return { claimed: false, why: `its row cannot be read: ${read.error}` };
    const { standing, wish } = read.value;
    // Whoever follows a dead one finishes what that one had in hand.
    const isBegun = standing?.job === job;
    const refused =
      refusalOf(job, standing) ?? (wish.endJob >= job && !isBegun ? `job ${job} shall end` : null);
    if (refused !== null) return { claimed: false, why: refused };
    const isSilent = clock.nowMs() >= untilMs;
    if (standing === null || standing.job < job || standing.isResting || isSilent) {
      const taken = await take(row, own, standing);
      // Told between reading and taking: that changes nothing about an older job.
      if (taken !== 'changed') return taken;
      if (isSilent) return { claimed: false, why: 'another one was faster' };
      continue;
    }
    first ??= standing;
    if (first.holder !== standing.holder || first.word.beat !== standing.word.beat) {
      return { claimed: false, why: `${standing.holder} is carrying already` };
    }
    await clock.sleep(LOOK_MS);
  }
};

const refusalOf = (job: number, standing: Standing | null): string | null => {
  if (standing === null || standing.job < job) return null;
  if (standing.job > job) return `job ${standing.job} is newer`;
  return standing.word.phase === 'ended' ? `job ${job} has ended` : null;
};

const take = async (
  row: CourierRow,
  own: (before: Standing | null) => Standing,
  before: Standing | null,
): Promise<Claimed | 'changed'> => {
  const taken = await row.claim(own(before), before);
  if (!taken.ok) return { claimed: false, why: `its row cannot be written: ${taken.error}` };
  return taken.value ? { claimed: true, before } : 'changed';
};
