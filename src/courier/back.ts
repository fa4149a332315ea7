/**
 * The way back: what an earlier job carried stands on both sides, and since then users changed it on the side that is read
 * now. With that job's ledger it is known what the other side has: it is replaced by what users made of it, and removed when
 * they logged out.
 */
import type { Reading } from '../core/observation.ts';
import type { CourierJob } from './job.ts';
import type { Ledger } from './ledger.ts';
import type { Back, Journal, Standing } from './ports.ts';
import { readJournal } from './recorder.ts';

/** What is gone back on, by the row as it was found. */
export const backOf = ({ job, undoes, from }: CourierJob, before: Standing | null): Back | null => {
  if (before === null || before.job === job) return before?.back ?? null;
  if (before.job !== undoes) return null;
  const { segments } = before.cursor;
  const isWhole = before.members.length > 0 && before.members.every((id) => from.includes(id));
  return { job: before.job, segments, isWhole };
};

/** What the earlier job wrote there was what it had read here, and so it is the other way round. */
export const recall = async (
  journal: Journal,
  { segments }: Back,
  ledgers: readonly Ledger[],
): Promise<Reading<null>> => await readJournal(journal, segments, ledgers.map(mirrored));

/** Takes in what stood on both sides, or may have. Whatever became of it later changed one of them: that shows there. */
const mirrored = (ledger: Ledger): Ledger => ({
  ...ledger,
  set: (key, written) => {
    if (written.fate === 'written' || written.fate === 'unsure') ledger.set(key, written);
  },
});
