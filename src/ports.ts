/** What one tick needs from the world: the smallest interfaces, so that real parts and simulated ones are told the same. */
import type { Act, Performed } from './core/acts.ts';
import type { Report, State } from './core/model.ts';
import type {
  Address,
  CommandResult,
  InstanceId,
  Inventory,
  Order,
  Pause,
  Questions,
  Reading,
  Round,
  Target,
} from './core/observation.ts';
import type { CourierWord, Preview, Routing, SideName } from './core/sides.ts';
import type { VaultWord } from './core/vault.ts';

export interface Clock {
  nowMs(): number;
  /** Resolves after `ms`, or at once when `signal` aborts. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface InventoryReader {
  /** Never rejects: what AWS refuses or loses is `{ ok: false }`. */
  read(side: SideName, signal: AbortSignal): Promise<Reading<Inventory>>;
}

/** What a move to the other side needs to see beyond the two groups. `null` in `Deps`: the fleet has no routing to change. */
export interface MoveReader {
  /** Where the load balancer sends users. Never rejects. */
  routing(signal: AbortSignal): Promise<Reading<Routing>>;
  /** The courier's own row. Never rejects. */
  courier(signal: AbortSignal): Promise<Reading<CourierWord | null>>;
  /** What the vault's keeper told last. Never rejects. */
  vault(signal: AbortSignal): Promise<Reading<VaultWord | null>>;
}

export interface LookRequest {
  readonly fleet: string;
  /** Whose nodes they are: both sides have a cluster name of their own. */
  readonly side: SideName;
  readonly nodes: readonly Target[];
  /** Addresses for the self-test. */
  readonly balancerAddresses: readonly Address[];
  /** Deadline of each probe, in ms. */
  readonly probeDeadlineMs: number;
  readonly questions: Questions;
}

/** A prober in one zone. */
export interface Observer {
  readonly name: string;
  /** Never rejects: an observer that does not answer gives a `failed` round. */
  look(request: LookRequest, signal: AbortSignal): Promise<Round>;
  /** One call of the application through the load balancer with the header that leads to the side in preview. Never rejects. */
  preview(request: PreviewRequest, signal: AbortSignal): Promise<Preview>;
}

export interface PreviewRequest {
  readonly fleet: string;
  readonly balancerAddresses: readonly Address[];
  readonly deadlineMs: number;
}

export interface Actuator {
  /**
   * Performs one act with one attempt, on the group and targets of `side`: the one that carries the traffic, unless the act
   * names another. Never rejects: a refusal is `failed`, a lost reply `unknown`.
   * `signal` aborts before the lease ends.
   */
  perform(act: Act, side: SideName, signal: AbortSignal): Promise<Performed>;
  /** What became of a command on each host that was asked. Never rejects. */
  commandResults(command: AskedHosts, signal: AbortSignal): Promise<readonly CommandResult[]>;
}

/** A command and the hosts that were asked to run it. */
export interface AskedHosts {
  readonly commandId: string;
  readonly instanceIds: readonly InstanceId[];
}

/** Held by the one invocation that may act; time on the holder's clock plus a margin. */
export interface Lease {
  readonly holder: string;
  readonly untilMs: number;
}

/** The newest invocation that asked to watch: the current holder hands over to it. */
export interface Watcher {
  readonly id: string;
  readonly sinceMs: number;
}

/** One fleet's row. Every write, by whomever, raises `version`; so a pause beats a plan made before it. */
export interface Row {
  readonly version: number;
  readonly state: State | null;
  readonly lease: Lease | null;
  readonly watcher: Watcher | null;
  readonly pause: Pause | null;
  /** What people asked for by hand, oldest first. */
  readonly orders: readonly Order[];
}

export interface StateStore {
  /**
   * The row, strongly consistent; `version` 0 when there is none yet.
   * @throws StoreUnavailable when it cannot be read, StateUnreadable when it is corrupt or from a newer schema.
   */
  load(fleet: string, signal?: AbortSignal): Promise<Row>;
  /**
   * Writes state and lease if the row still has `expectedVersion`.
   * @returns the new version, or `conflict` when somebody else wrote.
   * @throws StoreUnavailable when the outcome is not known.
   */
  save(
    fleet: string,
    write: StateWrite,
    signal?: AbortSignal,
  ): Promise<{ version: number } | 'conflict'>;
  /** Registers `watcher` as successor unless a newer one is registered. @returns whether it is now the newest. */
  register(fleet: string, watcher: Watcher, signal?: AbortSignal): Promise<boolean>;
  /** Sets or lifts the pause. @throws StoreUnavailable */
  setPause(fleet: string, pause: Pause | null, signal?: AbortSignal): Promise<void>;
  /** Adds an order; one with an id that is there already changes nothing. @throws StoreUnavailable */
  addOrder(fleet: string, order: Order, signal?: AbortSignal): Promise<void>;
}

export interface StateWrite {
  readonly expectedVersion: number;
  readonly state: State;
  /** `null` releases the lease. */
  readonly lease: Lease | null;
}

export interface Reporter {
  /** Tells the world. Never rejects and never changes a decision. */
  report(report: Report, signal: AbortSignal): Promise<void>;
}

export interface Deps {
  readonly clock: Clock;
  readonly inventory: InventoryReader;
  readonly move: MoveReader | null;
  readonly observers: readonly Observer[];
  readonly actuator: Actuator;
  readonly store: StateStore;
  readonly reporter: Reporter;
}
