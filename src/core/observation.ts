/**
 * What one tick sees: probes, views, inventory. Data only, and what a node says is only ever evidence.
 *
 * Times are milliseconds since the epoch on the controller's clock. Observers' clocks are never used.
 */
import type { CourierWord, OtherSide, Preview, Routing } from './sides.ts';
import type { VaultWord } from './vault.ts';

export type InstanceId = string;
/** IPv4 address as EC2 gives it. */
export type Address = string;

/** Why an answer was no good although something answered. */
export type WrongCause =
  /** The host's kernel refused the connection: nothing listens. */
  | 'refused'
  /** Connected, then closed or reset without a complete answer. */
  | 'closed'
  /** An HTTP status other than the expected one, redirects included. */
  | 'status'
  /** An answer that cannot be parsed. */
  | 'garbage'
  /** More bytes than the probe's limit. */
  | 'tooLarge';

/** Why nothing usable came within the deadline. It may be the node, or the way to it. */
export type SilentCause =
  /** No answer to the TCP handshake, or no route: may be our own network. */
  | 'connectTimeout'
  /** Connected, but no complete answer in time: a hang, a long pause, or byte by byte. */
  | 'answerTimeout';

/** One probe by one observer. Silence and a wrong answer are different evidence. */
export type Probe<T> =
  | { readonly answer: 'ok'; readonly value: T; readonly tookMs: number }
  | {
      readonly answer: 'wrong';
      readonly cause: WrongCause;
      readonly detail: string;
      readonly tookMs: number;
    }
  | { readonly answer: 'silent'; readonly cause: SilentCause; readonly tookMs: number };

/** `HEAD /hazelcast/health`: the member's own threads and state, never other members. */
export interface MemberHealth {
  /** `ACTIVE`, `PASSIVE`, `STARTING`, ... as the member spells it. */
  readonly nodeState: string;
  readonly clusterState: string;
  readonly clusterSize: number;
}

export interface ViewMember {
  readonly address: Address;
  /** Empty where a line of Hazelcast tells none (2.x). */
  readonly uuid: string;
}

/** `GET /hazelcast/rest/cluster`: whom a member lists, oldest (the master) first. */
export interface View {
  readonly members: readonly ViewMember[];
}

/**
 * One read of a key that the member itself owns, through its partition threads: the only probe that can name a member
 * whose threads are stuck while it answers everything else (facts: measured on 5.7). Any reply of the member, an error
 * included, proves that it works; only an OutOfMemoryError does not.
 */
export type Canary =
  | { readonly answer: 'ok'; readonly partition: number; readonly tookMs: number }
  | { readonly answer: 'outOfMemory'; readonly partition: number; readonly detail: string }
  /** Asked `forMs` ago and not answered yet. */
  | { readonly answer: 'silent'; readonly partition: number; readonly forMs: number }
  | { readonly answer: 'none'; readonly why: CanaryAbsence };

/** Why the canary says nothing of a member. */
export type CanaryAbsence =
  /** The fleets file switches it off, or the member's line of Hazelcast has none. */
  | 'off'
  /** The observer is not connected to the cluster (yet). */
  | 'notConnected'
  /** The member owns no partition: a lite member, one that just joined, an unused cluster. */
  | 'noPartition'
  /** Not asked again: one that was not answered is still queued on the member. */
  | 'resting';

/** Bytes used, and the limit; `null` where the JVM has none. */
export interface Pool {
  readonly usedBytes: number;
  readonly maxBytes: number | null;
}

/** A JVM's memory as its metrics tell it. `null`: not told. */
export interface Memory {
  /** Metaspace, or PermGen before Java 8. */
  readonly metaspace: Pool | null;
  /** The heap after the last collection: what is really kept. */
  readonly heapAfterGc: Pool | null;
}

/** What one observer saw of one node in one round. */
export interface Sight {
  readonly tcp: Probe<null>;
  readonly health: Probe<MemberHealth>;
  readonly view: Probe<View>;
  readonly canary: Canary;
  /** What users get. A symptom, never a verdict on the member. */
  readonly application: Probe<null>;
  /** `null`: the fleet has no metrics to read. */
  readonly memory: Probe<Memory> | null;
  /**
   * `GET /hazelcast/health/cluster-safe`, which waits for other members: a gate before the next kill, never a verdict.
   * `null`: not asked.
   */
  readonly safe: Probe<boolean> | null;
}

/** A peer witness: `via`, asked through one connection to it alone, for a key that `to` owns. */
export interface Crossing {
  readonly via: InstanceId;
  readonly to: InstanceId;
  /** `none`: could not be asked, which says nothing. */
  readonly answer: 'ok' | 'silent' | 'none';
}

/** What a round asks beyond the plain probes of every node. */
export interface Questions {
  /** Rotates the canary over each member's partitions, so that observers of one round ask for the same. */
  readonly turn: number;
  /** Members whose canary was not answered: the partition to ask for again, over a fresh connection to them alone. */
  readonly confirm: Readonly<Record<InstanceId, number>>;
  /** The last look: the canary is asked although an earlier one is still unanswered. */
  readonly isLast: boolean;
  readonly crossings: readonly { readonly via: Target; readonly to: Target }[];
  /** Ask every node for `cluster-safe`. */
  readonly safety: boolean;
}

/** A node by the names that AWS gives it. */
export interface Target {
  readonly instanceId: InstanceId;
  readonly address: Address;
}

/** One observer's round: sights by instance id, or why it saw nothing. */
export type Round =
  | {
      readonly observer: string;
      /** The observer's self-test: it reached the load balancer or at least one node. */
      readonly sighted: boolean;
      readonly sights: Readonly<Record<InstanceId, Sight>>;
      readonly crossings: readonly Crossing[];
    }
  | { readonly observer: string; readonly failed: string };

export type TargetState =
  | 'initial'
  | 'healthy'
  | 'unhealthy'
  | 'draining'
  | 'unused'
  | 'unavailable'
  /** Not registered in the target group, or a state that AWS added later. */
  | 'unknown';

/** One instance of the fleet's group, as AWS tells it. */
export interface Instance {
  readonly instanceId: InstanceId;
  readonly address: Address;
  readonly zone: string;
  /** EC2 state: `pending`, `running`, `shutting-down`, `terminated`, `stopping`, `stopped`. */
  readonly ec2State: string;
  /** Auto Scaling lifecycle: `InService`, `Pending:Wait`, `Terminating`, ... Unknown words are tolerated. */
  readonly lifecycle: string;
  readonly launchedAtMs: number;
  /** Carries `quorate:fleet=<this fleet>` (I11). */
  readonly tagged: boolean;
  readonly target: TargetState;
  /** The SSM agent reported recently; `null` when AWS did not say. */
  readonly agentOnline: boolean | null;
  /** What AWS has against it; empty when all is well, or when AWS did not say. */
  readonly impairments: readonly Impairment[];
}

/** AWS's own word that an instance is sick, or will go. */
export interface Impairment {
  readonly kind: 'systemStatus' | 'instanceStatus' | 'scheduledEvent' | 'spotNotice';
  /** AWS's code: `impaired`, `instance-retirement`, `marked-for-termination`, ... */
  readonly code: string;
  /** When AWS acts on it; `null` when it does not say. */
  readonly atMs: number | null;
}

/** Somebody else who changes the group right now, and may not be got in the way of (I5). */
export interface OtherActor {
  readonly kind: 'instanceRefresh' | 'suspendedProcess' | 'deployment';
  /** For people: which refresh, process or tag. */
  readonly detail: string;
}

export interface Inventory {
  readonly readAtMs: number;
  readonly groupTagged: boolean;
  readonly desired: number;
  /** The group's MaxSize. */
  readonly max: number;
  /** The group's MinSize. */
  readonly min: number;
  /** Auto Scaling processes that are suspended now, by us or by anybody. */
  readonly suspended: readonly string[];
  readonly otherActors: readonly OtherActor[];
  /** Instances of the group that EC2 has terminated and Auto Scaling no longer lists: who still lists them waits for nobody. */
  readonly departed: readonly InstanceId[];
  readonly instances: readonly Instance[];
  /** Private addresses of the load balancer: the observers' self-test. */
  readonly balancerAddresses: readonly Address[];
}

/** A value, or why it could not be read. An error is never an empty list. */
export type Reading<T> =
  | { readonly ok: true; readonly value: T }
  | {
      readonly ok: false;
      readonly error: string;
      /** It was read, and what it is of is not there. */
      readonly isGone?: true;
    };

/** What became of a command that a host was asked to run. */
export type CommandStatus =
  | { readonly status: 'pending' }
  | { readonly status: 'succeeded'; readonly detail: string }
  /** The host refused or failed: `detail` is its own last line. */
  | { readonly status: 'failed'; readonly detail: string }
  | { readonly status: 'unknown'; readonly detail: string };

/** The status of one command on one host. */
export type CommandResult = CommandStatus & {
  readonly commandId: string;
  readonly instanceId: InstanceId;
};

/** What a person asked for by hand. Decided by the loop like anything else, and once for each `id`. */
export interface Order {
  /** The person's request id: the same one again is the same order. */
  readonly id: string;
  /**
   * `failover`: to the other side, or rebuilt in place, although the tolerance is not over. `move`: the same of a cluster
   * that works, for which nothing is isolated. `abort`: undo the one under way.
   */
  readonly kind: 'evict' | 'replace' | 'failover' | 'move' | 'abort';
  /** `null`: it is about the whole fleet. */
  readonly instanceId: InstanceId | null;
  readonly by: string;
  readonly reason: string;
  readonly atMs: number;
}

/** Asked by a person; stops every act until it is lifted or `untilMs` has passed. */
export interface Pause {
  readonly by: string;
  readonly reason: string;
  readonly atMs: number;
  readonly untilMs: number | null;
}

/** What a tick sees beyond the side that carries the traffic. */
export interface MoveSight {
  /** `null`: the fleet has no standby. */
  readonly other: OtherSide | null;
  readonly routing: Reading<Routing>;
  /** Calls through the load balancer to the side in preview; empty when there is no preview. */
  readonly previews: readonly Preview[];
  /** The word of the courier, whichever job it is about; `null` inside: it never said anything. */
  readonly courier: Reading<CourierWord | null>;
}

/** Everything one tick knows. Two equal observations with equal state and policy give equal plans (I7). */
export interface Observation {
  /** When this tick was meant to begin. */
  readonly dueAtMs: number;
  /** Before the first probe was sent: the time that failures of this round are dated with. */
  readonly startedAtMs: number;
  /** After the last answer: the time of the decision. */
  readonly nowMs: number;
  readonly inventory: Reading<Inventory>;
  readonly rounds: readonly Round[];
  /** Of every command whose outcome is still open, as far as SSM tells. */
  readonly commands: readonly CommandResult[];
  readonly pause: Pause | null;
  /** Oldest first. */
  readonly orders: readonly Order[];
  /** What belongs to a move to the other side; `null` when nobody asked, because there is none under way or in sight. */
  readonly move: MoveSight | null;
  /** What the vault's keeper told last; `null` when the fleet has no vault, and inside when it never told anything. */
  readonly vault: Reading<VaultWord | null> | null;
}
