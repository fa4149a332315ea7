/** What an observer and its client thread say to each other. Data only: it crosses a thread. */
import type { Address, CanaryAbsence } from '../../../core/observation.ts';

/** What the client thread needs to know of a fleet. */
export interface ClientSettings {
  readonly cluster: string;
  readonly port: number;
  readonly map: string;
}

/** What a thread is started with. */
export interface ThreadData {
  readonly settings: ClientSettings;
  /** Counts up as long as the thread is alive. Shared with whoever started it. */
  readonly pulse: Int32Array;
}

/** One read of a key, through a connection to one member and no other. */
export interface ClientQuestion {
  /** The member that is connected to. */
  readonly address: Address;
  /** The member that owns the key: the same one for a canary, another one for a peer witness. */
  readonly owner: Address;
  /** A connection that was not there before, instead of the one that is kept. */
  readonly isFresh: boolean;
  /** Asked for if the owner still owns it. */
  readonly partition: number | null;
  /** Chooses among the owner's partitions otherwise. */
  readonly turn: number;
}

/** How a question that was sent ended. */
export type Outcome =
  /** The member said something: a value, or an error other than that it is out of memory. */
  | { readonly outcome: 'replied'; readonly tookMs: number }
  | { readonly outcome: 'outOfMemory'; readonly detail: string }
  /** The connection went before an answer came. */
  | { readonly outcome: 'lost' };

export interface ToThread {
  readonly id: number;
  readonly question: ClientQuestion;
}

/** For each question one `asked` and later one `ended`, or one `absent`. */
export type FromThread = { readonly id: number } & (
  | { readonly says: 'asked'; readonly partition: number }
  | { readonly says: 'absent'; readonly why: CanaryAbsence }
  | { readonly says: 'ended'; readonly outcome: Outcome }
);
