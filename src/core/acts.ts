/** What can be done to the world, and how it ended. Data only; every value survives a JSON round trip. */
import type { InstanceId, Target } from './observation.ts';
import type { SideName } from './sides.ts';

/** One call on the world. Ids come from AWS or the fleets file, never from a node (I12). */
export type Act = NodeAct | MoveAct;

/** One call about one node. */
export type NodeAct =
  /** Out of the load balancer; skipped when it is the last healthy target. */
  | { readonly kind: 'deregister'; readonly target: Target }
  /** Undo of `deregister` when the last look says the node works again. */
  | { readonly kind: 'register'; readonly target: Target }
  /** Ask the victim's host to kill the member. */
  | {
      readonly kind: 'kill';
      readonly target: Target;
      readonly fence: number;
      /** The host refuses after this time. */
      readonly notAfterMs: number;
      /** The host refuses to kill a process started later than this: it is not the one that misbehaved. */
      readonly startedBeforeMs: number;
    }
  /** Ask the core's hosts to refuse the victim's address until `untilMs`, or sooner when it is lifted. */
  | {
      readonly kind: 'fence';
      readonly target: Target;
      readonly hosts: readonly InstanceId[];
      readonly fence: number;
      readonly notAfterMs: number;
      readonly untilMs: number;
      /** Of the fleet: a host refuses to fence more than a minority. */
      readonly seats: number;
    }
  /** Undo of `fence`. */
  | {
      readonly kind: 'lift';
      readonly target: Target;
      readonly hosts: readonly InstanceId[];
      readonly fence: number;
      readonly notAfterMs: number;
      readonly seats: number;
    }
  /** Ask the host to stop the member in good order within `stopMs`. */
  | {
      readonly kind: 'stop';
      readonly target: Target;
      readonly fence: number;
      readonly notAfterMs: number;
      readonly stopMs: number;
    }
  /** Out of the group's service but not of the cluster: Auto Scaling drains it and launches a spare in its place. */
  | { readonly kind: 'enterStandby'; readonly target: Target }
  /** Undo of `enterStandby`; it makes the desired capacity one larger. */
  | { readonly kind: 'exitStandby'; readonly target: Target }
  /** Set the group's desired capacity back after `exitStandby`. */
  | { readonly kind: 'resize'; readonly target: Target; readonly desired: number }
  /** Terminate in the Auto Scaling group; with `shrink` its place goes with it: a spare that is not needed. */
  | { readonly kind: 'replace'; readonly target: Target; readonly shrink: boolean }
  /** EC2 terminate with force, skipping the OS shutdown. */
  | { readonly kind: 'terminate'; readonly target: Target };

/** One call on the world that moves a fleet to another side, or undoes a part of that. Every one may come twice. */
export type MoveAct =
  /** The group's size: minimum and desired capacity. */
  | {
      readonly kind: 'scale';
      readonly side: SideName;
      readonly min: number;
      readonly desired: number;
    }
  | { readonly kind: 'suspend'; readonly side: SideName; readonly processes: readonly string[] }
  | { readonly kind: 'unsuspend'; readonly side: SideName; readonly processes: readonly string[] }
  /** A rule that leads calls with our header to this side; the load balancer begins to check its targets with it. */
  | { readonly kind: 'preview'; readonly side: SideName }
  | { readonly kind: 'endPreview'; readonly side: SideName }
  /** All users to this side. Where that takes two changes, a second one of these goes on from half way. */
  | { readonly kind: 'switch'; readonly side: SideName }
  /** Start a courier, or another one after it died: from members that can be read to members of the new side. */
  | {
      readonly kind: 'carry';
      readonly side: SideName;
      readonly job: number;
      readonly from: readonly Target[];
      readonly to: readonly Target[];
      /** The job whose way is gone back; `null`: none. */
      readonly undoes: number | null;
    }
  /** An instance that stands by on a side that goes: its group's size does not reach it. */
  | { readonly kind: 'dismiss'; readonly side: SideName; readonly node: Target }
  /** The same from the last whole generation of the vault, when no member can be read. */
  | {
      readonly kind: 'restore';
      readonly side: SideName;
      readonly job: number;
      readonly to: readonly Target[];
    }
  /** A generation of the vault is taken from these members. */
  | { readonly kind: 'keep'; readonly side: SideName; readonly nodes: readonly Target[] }
  /** The courier finishes what it has in hand, and ends. */
  | { readonly kind: 'endCarry'; readonly side: SideName; readonly job: number };

/** How one call on the world ended. */
export interface Performed {
  readonly kind: Act['kind'];
  readonly startedAtMs: number;
  readonly finishedAtMs: number;
  /**
   * `deferred`: AWS said "not now" (throttled), nothing happened, ask again. `unknown`: the reply was
   * lost, the world will tell. `skipped`: a precondition failed on the spot.
   */
  readonly outcome: 'done' | 'failed' | 'deferred' | 'unknown' | 'skipped';
  readonly detail: string;
  readonly commandId: string | null;
}

/** The same, with the fence number and the hosts that an order to peers was for. */
export interface ActOutcome extends Performed {
  readonly fence: number | null;
  readonly hosts: readonly InstanceId[];
}
