/**
 * The way back: what an earlier job carried stands on both sides, and since then users changed it on the side that is read
 * now. With that job's ledger it is known what the other side has: it is replaced by what users made of it, and removed when
 * they logged out. What came from the vault was never read there: it is written there where it is missing, and replaced or removed
 * only where the other side still has the very bytes of the generation.
 */
import type { Reading } from '../core/observation.ts';
import type { CourierJob } from './job.ts';
import type { Ledger, Written } from './ledger.ts';
import type { Back, Journal, Standing } from './ports.ts';
import { readJournal } from './recorder.ts';

/** What is gone back on, by the row as it was found. */
export const backOf = ({ job, undoes, from }: CourierJob, before: Standing | null): Back | null => {
  if (before === null || before.job === job) return before?.back ?? null;
  if (before.job !== undoes) return null;
  const { segments } = before.cursor;
  const isWhole = before.members.length > 0 && before.members.every((id) => from.includes(id));
  const more = before.isRestoring === true ? { isRestored: true as const } : {};
  return { job: before.job, segments, isWhole, ...more };
};

/** What the earlier job wrote there was what it had read here, and so it is the other way round. */
export const recall = async (
  journal: Journal,
  { segments, isRestored }: Back,
  ledgers: readonly Ledger[],
): Promise<Reading<null>> => {
  const mirror = isRestored === true ? ofVault : ofSide;
  const mirrors = ledgers.map((ledger) => mirrored(ledger, mirror));
  return await readJournal(journal, segments, mirrors);
};

/** Takes in what stood on both sides, or may have. Whatever became of it later changed one of them: that shows there. */
const mirrored = (ledger: Ledger, mirror: (written: Written) => Written | null): Ledger => ({
  ...ledger,
  set: (key, written) => {
    const own = mirror(written);
    if (own !== null) ledger.set(key, own);
  },
});

const ofSide = (written: Written): Written | null =>
  written.fate === 'written' || written.fate === 'unsure' ? written : null;

/** What was about to be written, and perhaps never was, is not missing on this side because somebody logged out. */
const ofVault = (written: Written): Written | null =>
  written.fate === 'written' ? { ...written, fate: 'unsure' } : null;
