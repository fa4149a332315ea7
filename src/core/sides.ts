/**
 * A fleet has one place to live, and may have a second one to move to: blue is the group of the fleets file, green its
 * standby. One of them carries the traffic; they swap roles with every move, and nobody moves back by itself (I10).
 */
import type { Inventory, Reading, Round } from './observation.ts';

export type SideName = 'blue' | 'green';

export const otherSide = (side: SideName): SideName => (side === 'blue' ? 'green' : 'blue');

/** What one tick sees of the side that does not carry the traffic. */
export interface OtherSide {
  readonly inventory: Reading<Inventory>;
  readonly rounds: readonly Round[];
}

/** Where the load balancer sends users, as it says itself. */
export interface Routing {
  /** `null`: to neither side alone; somebody else has changed it. */
  readonly side: SideName | null;
  /** The side that the rule for verifying leads to; `null` while there is none. */
  readonly preview: SideName | null;
  /** A change that takes two steps has come half way: users are led to nobody. Never, where one step is all. */
  readonly isHalf?: true;
}

/** How one call through the load balancer to the side in preview ended, by observer. */
export interface Preview {
  readonly observer: string;
  readonly answer: 'ok' | 'wrong' | 'silent';
  /** For people: the status, or what went wrong. */
  readonly detail: string;
}

/** What a courier tells of one job, in a row of its own. */
export interface CourierWord {
  /** The failover's fence number. */
  readonly job: number;
  /** Grows with every word: a courier that stopped telling is dead. Its clock is never used. */
  readonly beat: number;
  readonly phase: 'copying' | 'level' | 'ended' | 'failed';
  /** Whole passes over all maps. */
  readonly passes: number;
  /** Age of the oldest change that is not carried yet; `null` before the first pass is over. */
  readonly lagMs: number | null;
  readonly moved: number;
  /** Near their end anyway, or over it: not carried. */
  readonly expired: number;
  /** On partitions that nobody answered for. */
  readonly unreachable: number;
  /** Changed on the new side meanwhile: left as they are there. */
  readonly conflicts: number;
  /** For people: what it does, or why it failed. */
  readonly detail: string;
}
