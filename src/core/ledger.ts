/**
 * What is remembered beside the one eviction in flight: what was changed and must be changed back (I8), and what is under way
 * between members.
 */
import type { Address, InstanceId } from './observation.ts';

/** One host that was asked to refuse a victim's address, or to let go of that. */
export interface FencedHost {
  readonly instanceId: InstanceId;
  readonly wanted: 'fence' | 'lift';
  readonly status: 'asked' | 'done' | 'failed';
  readonly askedAtMs: number;
  /** SSM's; `null` while the call's answer is not known. */
  readonly commandId: string | null;
  readonly detail: string;
}

/** What was changed on peers' hosts for one victim. It stands in the ledger until every host has let go of it (I8). */
export interface Fence {
  readonly fence: number;
  readonly instanceId: InstanceId;
  readonly address: Address;
  /** The victim was the master: all of its peers or none (fence.ts). */
  readonly isMaster: boolean;
  /** When the hosts let go by themselves. */
  readonly untilMs: number;
  readonly hosts: readonly FencedHost[];
}

/** A member that still works is replaced in good order: a spare first, then it goes. */
export interface Retirement {
  readonly fence: number;
  readonly instanceId: InstanceId;
  readonly address: Address;
  readonly because: string;
  readonly orderId: string | null;
  readonly startedAtMs: number;
  /** The group's desired capacity while the member stands by: what it must come back to after the undo. */
  readonly desired: number;
  /** Instances that were there before the spare. */
  readonly veterans: readonly InstanceId[];
  readonly phase: 'spare' | 'safe' | 'drain' | 'stop' | 'undo';
  readonly phaseSinceMs: number;
  /** Whether the act of this phase was accepted; of `undo`: whether the way back into service may have been. */
  readonly isAsked: boolean;
  readonly commandId: string | null;
}

/** Since a member was lost its data has fewer copies than it should; until the members say otherwise (I4). */
export interface Resync {
  readonly sinceMs: number;
  /** Rounds in a row in which every member of the core was safe. */
  readonly safeRounds: number;
}

/** A link that is cut for one direction, as peers see it. */
export interface Cut {
  readonly via: InstanceId;
  readonly to: InstanceId;
  readonly sinceMs: number;
  readonly seenAtMs: number;
}

/** A past kill, for the budget (I9). */
export interface Kill {
  readonly atMs: number;
  readonly seat: number | null;
  readonly instanceId: InstanceId;
}

/** One place of the quorum base. The base grows when a joiner is stable and shrinks only on a deliberate scale-in. */
export interface Seat {
  readonly seat: number;
  /** `null` after its holder was evicted, until a newcomer is stable. */
  readonly instanceId: InstanceId | null;
}

/** There is no majority. */
export interface Loss {
  readonly sinceMs: number;
  /** Since when that is beyond doubt: those who could still make one up are sick, gone, or too late. `null`: they may. */
  readonly sureSinceMs: number | null;
}
