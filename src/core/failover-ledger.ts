/**
 * What is remembered of a move to the other side, or of a rebuilding in place: a state machine in the row, so that any later
 * invocation takes it up where the last one died (I6), and everything that was changed is changed back (I8).
 */
import type { SideMemory } from './model.ts';
import type { Target } from './observation.ts';
import type { SideName } from './sides.ts';

/**
 * In order. `launch`: the new side gets its instances. `form`: they find each other, and nobody else. `copy`: the courier
 * carries all sessions once. `isolate`: sick members of the old side are killed, so that their copies become readable.
 * `level`: both sides are kept level. `restore`: instead of these three, the vault's last generation is put into the new side.
 * `verify`: a call through the load balancer reaches the new side and is answered. `switch`: users go there. `drain`: calls of
 * the old side end. `retire`: the old side goes. `undo`: from any of them back.
 *
 * A rebuilding in place knows `replace`, `form` and `settle` only.
 */
export const FAILOVER_PHASES = [
  'launch',
  'replace',
  'form',
  'copy',
  'isolate',
  'level',
  'restore',
  'verify',
  'switch',
  'drain',
  'retire',
  'settle',
  'undo',
] as const;
export type FailoverPhase = (typeof FAILOVER_PHASES)[number];

/** One thing that was changed, as it was before; struck out once the world shows it again. */
export type Changed =
  | { readonly what: 'processes'; readonly side: SideName; readonly processes: readonly string[] }
  | {
      readonly what: 'size';
      readonly side: SideName;
      readonly min: number;
      readonly desired: number;
      /** Its members were given sessions that go on elsewhere: nobody of them stays, those who stand there again are new. */
      readonly isStale?: true;
    }
  /** It stood by when users left its side (rung 0): its group's size does not reach it. */
  | { readonly what: 'standby'; readonly side: SideName; readonly node: Target }
  | { readonly what: 'preview'; readonly side: SideName }
  | {
      readonly what: 'courier';
      readonly job: number;
      /** It began with the vault: nobody was left to read on the side that users left. */
      readonly isRestoring?: true;
      /** Its row says that the job shall end: whoever has not begun yet never will. */
      readonly isToldToEnd?: true;
    };

export interface Failover {
  /** Also the courier's job number. */
  readonly fence: number;
  /** The job whose way is gone back: what users did on the new side since goes along. */
  readonly undoes: number | null;
  readonly path: 'move' | 'rebuild';
  readonly because: string;
  /** For people, told before anything is done: what is expected to be lost. */
  readonly expected: string;
  readonly begunBy: 'loss' | 'order';
  /** Asked for of a cluster that works, and only for as long as it does. */
  readonly isPlanned: boolean;
  readonly orderId: string | null;
  readonly from: SideName;
  /** The same in a rebuilding. */
  readonly to: SideName;
  /** How many members the new cluster shall have. */
  readonly size: number;
  readonly startedAtMs: number;
  readonly phase: FailoverPhase;
  readonly phaseSinceMs: number;
  /** Why it is undone; `null` while it goes forward. */
  readonly undoneFor: string | null;
  /** It is undone for another reason than the standby: that one is tried again. */
  readonly isStandbyFit?: true;
  /** A person's `abort` before users were known to have moved: should they have, they move back. `null`: none. */
  readonly abortedFor: string | null;
  /** Oldest first; undone from the end. */
  readonly changed: readonly Changed[];
  /** The courier's last word that was new, and when it was heard. */
  readonly courier: {
    readonly beat: number;
    readonly heardAtMs: number;
    /** It was asked for then and has said nothing yet: what stands in its row is the word of a dead one. */
    readonly isAwaited?: true;
  } | null;
  /** When the sick members of the old side were last asked to be killed; 0: never. */
  readonly isolatedAtMs: number;
  /** The load balancer was asked to switch: from then on it alone says where users are. */
  readonly isSwitchAsked: boolean;
  /** The new side in a move; in a rebuilding it is the fleet itself. */
  readonly side: SideMemory | null;
}
