/** What a scenario is: whom it strikes, how, and what is expected of a controller. */
import type { Call, Census } from '../clients/call.ts';
import type { ClientsOptions } from '../clients/clients.ts';
import type { WorldOptions } from '../cloud/world.ts';
import type { Line } from '../lines.ts';
import type { Stage } from '../stage/stage.ts';

/** A node of the fleet, by the names that AWS gives it. */
export interface Node {
  readonly instanceId: string;
  readonly address: string;
}

/** Who is who when the fault strikes. */
export interface Cast {
  /** Whom it strikes; where nobody is struck, whom it is about. */
  readonly victim: Node;
  /** All whom it strikes, the victim first. */
  readonly victims: readonly Node[];
  readonly isMaster: boolean;
  /** The others, oldest first. */
  readonly peers: readonly Node[];
}

/** What an expectation looks at when the run is over. */
export interface Played extends Cast {
  readonly stage: Stage;
  /** Instances launched since the fault, by id. */
  readonly launched: readonly string[];
  /** What the controller said from the fault on, a sentence a tick. */
  readonly sentences: readonly string[];
  readonly faultAtMs: number;
  /** All calls of users. */
  readonly userCalls: readonly Call[];
  /** What users say in the end. */
  readonly census: Census;
}

/** Kinds of evidence that a fault gives; each has its tolerance (measure/tolerances.ts). */
export type Evidence =
  /** No answer: it may be a long pause. */
  | 'silence'
  /** A wrong answer, or a canary that fails. */
  | 'fault'
  /** What a probe meets is up to chance. */
  | 'either'
  /** AWS itself says so. */
  | 'notice';

/** Users' calls succeed again within the tolerance and this, by way of a kill. */
export const KILL_GOAL_MS = 6_000;
/** The same where the victim's host does nothing, and its peers must fence it. */
export const FENCE_GOAL_MS = 8_000;
/** A lost majority is confirmed for 10 s; a new cluster is whole 30 s later, above its boot. */
export const QUORUM_GOAL_MS = 40_000;
/** The same when everything is gone, from the fault on. */
export const TOTAL_LOSS_GOAL_MS = 45_000;

export interface Scenario {
  readonly name: string;
  /** A headline. */
  readonly title: string;
  /** What happens and why it hurts, for somebody who has never seen it. */
  readonly story: string;
  /** Which of the profile's tolerances counts. */
  readonly evidence: Evidence;
  /** How long above the tolerance a cure may take; absent: whether it comes is the question, not when. */
  readonly goalMs?: number;
  /** Within which time of the fault the fleet must be whole again, above a newcomer's boot; absent: no time is promised. */
  readonly wholeGoalMs?: number;
  /** The fault alone takes the member out of the others' lists. */
  readonly removesItself: boolean;
  /** The oldest member is the master. `nobody`: there is no victim, and the second oldest is who it is about. */
  readonly strikes: 'member' | 'master' | 'nobody';
  /** How many, from that one on; 1 when absent. */
  readonly victims?: number;
  /** A second side to move to; absent: there is none. */
  readonly standby?: NonNullable<WorldOptions['standby']>;
  /** What the fleets file says counts for more; the default when absent. */
  readonly prefer?: 'data';
  /** Sessions are kept outside of the cluster, too. */
  readonly hasVault?: true;
  /** How many users call how often; the lab's usual ones when absent. */
  readonly load?: Pick<ClientsOptions, 'users' | 'perSecond'>;
  /**
   * After the fault members that are left tell which sessions they hold: those must survive, and only those. Users whose
   * sessions are gone log in again as they should: later, not all at once.
   */
  readonly countsCopies?: true;
  /** Line of Hazelcast; the newest when absent. */
  readonly line?: Line;
  /** Nodes at the start; 3 when absent. */
  readonly size?: number;
  /** Nodes that make the fleet whole in the end; those of the start when absent. */
  readonly sizeAfter?: number;
  /** Hazelcast's heart-beat time-out where the story is about waiting for it; else the run's. */
  readonly heartbeatS?: number;
  /** How long it must be watched with nobody there to see how it ends, where that is longer than the lab's usual minute. */
  readonly offCapS?: number;
  /** A controller must leave everybody alone. */
  readonly mustSpare?: true;
  /** The victim serves its users all the time: whoever removes it is wrong, at any time. */
  readonly serves?: true;
  /** It may end as it began: nobody has to be replaced. */
  readonly mayStay?: true;
  /**
   * Who logged out may have a session again, whatever a controller does: from outside of the cluster, or because nobody but a
   * member on a wrong cluster was told.
   */
  readonly bringsBack?: true;
  /** No call of a user may fail. */
  readonly mustNotFail?: true;
  /** The fault itself logs users out, whatever a controller does. */
  readonly logsOut?: true;
  /** Whoever the victim answers is on a wrong cluster: from the fault on its answers are counted as failures. */
  readonly misleads?: true;
  /** What is under way when the fault strikes; it may change who is who. */
  readonly prelude?: (stage: Stage) => Promise<void>;
  /** What else goes wrong, from before the fault on: the cloud, the hosts' agents, the controller itself. */
  readonly disturb?: (stage: Stage, cast: Cast) => Promise<void>;
  /** Calls, as `service:Action`, that somebody may lack the right to; elsewhere a denied call fails the run. */
  readonly mayBeDenied?: readonly string[];
  /** Resolves when the fault is there. @returns since when, in ms since the epoch */
  readonly strike: (stage: Stage, cast: Cast) => Promise<number>;
  /** The fault is over by itself: how long after it began, and what ends it. */
  readonly passes?: {
    readonly afterMs: number;
    readonly end: (stage: Stage, cast: Cast) => Promise<void>;
  };
  /** How long a controller may take for the whole cure, in ms, where that is more than the lab's usual 150 s. */
  readonly cureCapMs?: number;
  /** What else must have come, once the fleet is whole, before the run is over. */
  readonly isOver?: (stage: Stage) => boolean;
  /** How long it is watched at least, where what might go wrong comes later than the cure. */
  readonly watchMs?: number;
  /** What is expected of a controller beyond the cure. @returns what is wrong, in words; empty when all is well */
  readonly expect?: (played: Played) => readonly string[] | Promise<readonly string[]>;
}

/** Scenarios of one theme. */
export interface Theme {
  readonly title: string;
  readonly scenarios: readonly Scenario[];
}

/** The moment before a fault is the moment it began. */
export const at = async (fault: Promise<unknown>): Promise<number> => {
  const beganAtMs = Date.now();
  await fault;
  return beganAtMs;
};
