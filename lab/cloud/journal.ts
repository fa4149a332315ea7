/** Every API call of a run: the lab's record of who asked what, and what came back. */
import { appendFileSync } from 'node:fs';

export interface JournalEntry {
  readonly atMs: number;
  /** Function name, `lab`, or the access key of anybody else. */
  readonly who: string;
  readonly service: string;
  readonly action: string;
  /** Shortened for reading. */
  readonly parameters: string;
  /** HTTP status; `null` when the reply was lost on purpose. */
  readonly status: number | null;
  /** AWS error code. */
  readonly code: string | null;
  readonly ms: number;
  /** The injected fault that hit it, if any. */
  readonly fault: string | null;
}

export interface JournalQuery {
  readonly who?: string;
  readonly service?: string;
  readonly action?: string;
  readonly code?: string;
}

export interface Journal {
  record: (entry: JournalEntry) => void;
  /** Oldest first. */
  find: (query?: JournalQuery) => readonly JournalEntry[];
}

const PARAMETERS_LENGTH_MAX = 600;

export const shorten = (parameters: object): string => {
  const text = JSON.stringify(parameters);
  if (text.length <= PARAMETERS_LENGTH_MAX) return text;
  return `${text.slice(0, PARAMETERS_LENGTH_MAX)}... (${text.length})`;
};

/** @param file JSON lines, one a call; `null` keeps it in memory only. */
export const createJournal = (file: string | null): Journal => {
  const entries: JournalEntry[] = [];
  return {
    record: (entry) => {
      entries.push(entry);
      if (file !== null) appendFileSync(file, `${JSON.stringify(entry)}\n`);
    },
    find: (query = {}) => {
      const { who, service, action, code } = query;
      return entries.filter(
        (entry) =>
          (who ?? entry.who) === entry.who &&
          (service ?? entry.service) === entry.service &&
          (action ?? entry.action) === entry.action &&
          (code ?? entry.code) === entry.code,
      );
    },
  };
};
