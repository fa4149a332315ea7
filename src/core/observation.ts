/**
 * What one tick sees: probes, views, inventory. Data only, and what a node says is only ever evidence.
 *
 * Times are milliseconds since the epoch on the controller's clock. Observers' clocks are never used.
 */
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
  readonly uuid: string;
}

/** `GET /hazelcast/rest/cluster`: whom a member lists, oldest (the master) first. */
export interface View {
  readonly members: readonly ViewMember[];
}

/** What one observer saw of one node in one round. */
export interface Sight {
  readonly tcp: Probe<null>;
  readonly health: Probe<MemberHealth>;
  readonly view: Probe<View>;
  /** What users get. A symptom, never a verdict on the member. */
  readonly application: Probe<null>;
}

/** One observer's round: sights by instance id, or why it saw nothing. */
export type Round =
  | {
      readonly observer: string;
      /** The observer's self-test: it reached the load balancer or at least one node. */
      readonly sighted: boolean;
      readonly sights: Readonly<Record<InstanceId, Sight>>;
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
}

export interface Inventory {
  readonly readAtMs: number;
  readonly groupTagged: boolean;
  readonly desired: number;
  readonly instances: readonly Instance[];
  /** Private addresses of the load balancer: the observers' self-test. */
  readonly balancerAddresses: readonly Address[];
}

/** A value, or why it could not be read. An error is never an empty list. */
export type Reading<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: string };

/** What became of a command that a host was asked to run. */
export type CommandStatus =
  | { readonly status: 'pending' }
  | { readonly status: 'succeeded'; readonly detail: string }
  /** The host refused or failed: `detail` is its own last line. */
  | { readonly status: 'failed'; readonly detail: string }
  | { readonly status: 'unknown'; readonly detail: string };

/** Asked by a person; stops every act until it is lifted or `untilMs` has passed. */
export interface Pause {
  readonly by: string;
  readonly reason: string;
  readonly atMs: number;
  readonly untilMs: number | null;
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
  /** Status of the kill command in flight; `null` when there is none. */
  readonly command: CommandStatus | null;
  readonly pause: Pause | null;
}
