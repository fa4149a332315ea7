/**
 * The nouns of Quorate: what is diagnosed, remembered and decided (what is seen: observation.ts). Data only; every value
 * here survives a JSON round trip, because state is stored and observations are recorded.
 *
 * Times are milliseconds since the epoch on the controller's clock. Observers' clocks are never used.
 */

import type { Act, ActOutcome } from './acts.ts';
import type { ClusterCondition, NodeCondition } from './conditions.ts';
import type { Failover } from './failover-ledger.ts';
import type { Cut, Fence, Kill, Loss, Resync, Retirement, Seat } from './ledger.ts';
import type { Address, InstanceId, Order } from './observation.ts';
import type { CourierWord, SideName } from './sides.ts';
import type { VaultMemory } from './vault.ts';

// --------------------------------------------------------------------------------------- diagnosed

/**
 * The kind of failure, which picks the tolerance: silence may be a long GC pause; a wrong answer (`fault`) is not, nor
 * are partition threads that do no work while everything else answers (`stuck`).
 */
export type Evidence = 'silence' | 'fault' | 'stuck';

export interface Diagnosis {
  readonly instanceId: InstanceId;
  readonly address: Address;
  readonly condition: NodeCondition;
  /** Present while the node misbehaves, acted on or not. */
  readonly suspicion: Suspicion | null;
  /** One clause for people: which evidence, from whom. */
  readonly because: string;
  /** Its host runs nothing for us: nobody gets through to it, or its agent is lost. Then only its peers can shut it out. */
  readonly hostSilent: boolean;
}

/** A running count of misbehaviour, from the first failed probe. */
export interface Suspicion {
  readonly evidence: Evidence;
  readonly sinceMs: number;
  /** When the tolerance for this evidence runs out. */
  readonly ripeAtMs: number;
  readonly cause: string;
}

export interface ClusterDiagnosis {
  readonly condition: ClusterCondition;
  readonly because: string;
  /** The largest set whose members work and list each other, by instance id. */
  readonly core: readonly InstanceId[];
}

// -------------------------------------------------------------------------------------- remembered

/** One observer's run of bad rounds with one node. A good answer now and then does not end it. */
export interface Streak {
  readonly sinceMs: number;
  /** The first *wrong answer* in it; `null` while there was only silence. */
  readonly faultSinceMs: number | null;
  /** Since when, without a break, all was well but the canary. */
  readonly stuckSinceMs: number | null;
  /** It got through to the host at least once: what it saw is the node's doing, not the way's. */
  readonly reached: boolean;
  /** Since when it has had nothing to complain of, after the last bad round. */
  readonly quietSinceMs: number | null;
  /** How long the process that is there now was seen to fail by its own doing: without the time from a bad round to a good one. */
  readonly failedMs: number;
  /** The same, less what good answers have paid back; the tolerance of a wrong answer at most. */
  readonly owedMs: number;
  /** Until when the last round saw it fail by its own doing; `null`: it did not. */
  readonly badUntilMs: number | null;
}

/** What is remembered of an observer's streak while it gets good answers: a member may answer now and then (docs/adr/0011). */
export interface Owed {
  readonly failedMs: number;
  /** How much of that since its first wrong answer; `null`: there was only silence. */
  readonly faultMs: number | null;
  /** Since when it has got good answers. */
  readonly sinceMs: number;
  /** How long it has to answer well from `atMs` on until all of it is forgotten. */
  readonly owedMs: number;
  readonly atMs: number;
}

export interface NodeMemory {
  readonly address: Address;
  readonly firstSeenMs: number;
  /** Answered well at least once. */
  readonly hasWorked: boolean;
  /** Since when every round has found it working. */
  readonly worksSinceMs: number | null;
  /** First failed probe since the last round in which everybody who reached it got good answers. */
  readonly failingSinceMs: number | null;
  /** By observer: its own run of rounds without a good answer. */
  readonly streaks: Readonly<Record<string, Streak>>;
  /** By observer: what such a run left, until good answers have outweighed it. */
  readonly owed: Readonly<Record<string, Owed>>;
  /** Since when the core has listed it without a break. */
  readonly listedSinceMs: number | null;
  /** The member list it gave in the last round, oldest first. Reads can be torn, so it does not count yet. */
  readonly lastView: readonly Address[] | null;
  /** The last member list that it gave in two consecutive rounds: the one that counts. */
  readonly view: readonly Address[] | null;
  /** How it named itself last, and since when; a process that starts again has another name. Empty: it does not say. */
  readonly uuid: string;
  readonly uuidSinceMs: number;
  /** The name under which it was in the core; `null`: it never was. */
  readonly coreUuid: string | null;
  /** Since when it has worked apart from the core. */
  readonly strayingSinceMs: number | null;
  /** The partition whose canary was not answered: asked for again. */
  readonly canaryPartition: number | null;
  /** It carried the fleet's tag when EC2 last told of it (I11). */
  readonly tagged: boolean;
  readonly condition: NodeCondition;
  readonly conditionSinceMs: number;
  /** The first of the inventory's readings in a row that left it out: one may be stale. */
  readonly missingSinceMs: number | null;
}

export const RUNGS = ['deregister', 'kill', 'fence', 'replace', 'terminate'] as const;
export type RungName = (typeof RUNGS)[number];

export interface Rung {
  readonly rung: RungName;
  readonly startedAtMs: number;
  readonly deadlineMs: number;
  readonly outcome: 'pending' | 'done' | 'failed' | 'unknown' | 'skipped';
  readonly detail: string;
  /** SSM command id of a kill. */
  readonly commandId: string | null;
}

/** The one eviction in flight (I1), as a state machine that any later invocation can pick up (I6). */
export interface Eviction {
  /** Fence number: hosts refuse a lower one for the same victim. */
  readonly fence: number;
  readonly instanceId: InstanceId;
  readonly address: Address;
  readonly condition: NodeCondition;
  readonly failingSinceMs: number;
  readonly startedAtMs: number;
  /** When the last look confirmed the verdict; from here only forward, as long as the look is fresh. */
  readonly confirmedAtMs: number | null;
  /** Gone from every core member's list. */
  readonly evictedAtMs: number | null;
  /** `order`, `retirement`: no look stands it down. */
  readonly begunBy: 'tolerance' | 'order' | 'retirement';
  readonly orderId: string | null;
  readonly rungs: readonly Rung[];
}

/** What became of a person's order, for whoever asks for it under its id. */
export interface OrderRecord {
  readonly id: string;
  readonly kind: Order['kind'];
  /** `null`: it is about the whole fleet. */
  readonly instanceId: InstanceId | null;
  readonly by: string;
  /** `accepted`: begun, and what follows is told like any other eviction. */
  readonly status: 'accepted' | 'refused' | 'done';
  /** For people: why not, or how it ended. */
  readonly detail: string;
  readonly atMs: number;
}

/** What is remembered of one side: its nodes, and the cluster that they form. */
export interface SideMemory {
  readonly lastTickMs: number;
  readonly nodes: Readonly<Record<InstanceId, NodeMemory>>;
  readonly seats: readonly Seat[];
  readonly core: readonly InstanceId[];
  readonly cluster: ClusterCondition;
  readonly clusterSinceMs: number;
  readonly resync: Resync | null;
  /** `null` while the core has a majority, or nobody can see. */
  readonly loss: Loss | null;
  /** For how long the majority was seen to be lost; also while there is one only with members that may be answering now and then. */
  readonly lostMs: number;
  readonly cuts: readonly Cut[];
  /** Since when the application has failed users somewhere although every member works. */
  readonly symptomsSinceMs: number | null;
  /** Since when no canary has been connected to any member that answers; `null`: one is, or there is none. */
  readonly muteSinceMs: number | null;
  /** How long newcomers took from launch until the core listed them, newest last (ms): the start-up grace is learned from them. */
  readonly boots: readonly number[];
}

/** The row: what is remembered of the side that carries the traffic, and everything that was begun. */
export interface State extends SideMemory {
  readonly schema: 1;
  /** The side that carries the traffic. */
  readonly active: SideName;
  readonly fence: number;
  readonly inFlight: Eviction | null;
  readonly kills: readonly Kill[];
  readonly retirement: Retirement | null;
  /** No retirement before this time: the last one could not get a spare. */
  readonly retireAfterMs: number;
  readonly fences: readonly Fence[];
  readonly failover: Failover | null;
  /** No failover by itself before this time: the last one came to nothing, or a person wanted none of it. */
  readonly failoverAfterMs: number;
  /** No move to the standby by itself before this time: the last one came to nothing, and the fleet is rebuilt in place. */
  readonly standbyAfterMs: number;
  /** `null`: nothing of a vault is known. */
  readonly vault: VaultMemory | null;
  /** Newest last. */
  readonly orders: readonly OrderRecord[];
}

// ----------------------------------------------------------------------------------------- decided

export type RailId = 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'I9' | 'I10' | 'I11' | 'I12';

/** A rail that holds an act back, and when to ask again (`null`: when something changes). */
export interface Hold {
  readonly rail: RailId;
  readonly instanceId: InstanceId | null;
  readonly reason: string;
  readonly untilMs: number | null;
}

export type Plan =
  | { readonly kind: 'watch'; readonly nextCheckAtMs: number }
  | { readonly kind: 'hold'; readonly holds: readonly Hold[]; readonly nextCheckAtMs: number }
  | {
      readonly kind: 'act';
      readonly acts: readonly Act[];
      /** Probe the victim once more first; stand down if it works (ladder, rung 0). */
      readonly lastLook: boolean;
      readonly reason: string;
      readonly nextCheckAtMs: number;
    };

/** What came of a plan, for `settle`. `untouched`: no act of this eviction can ever have been tried. */
export type Outcome =
  | {
      readonly kind: 'acted';
      readonly confirmed: boolean;
      readonly outcomes: readonly ActOutcome[];
    }
  /** The last look found the victim working. */
  | { readonly kind: 'stoodDown'; readonly reason: string; readonly untouched: boolean }
  /** A check just before the act said no: lost lease, target moved, nobody could look. Nothing was done. */
  | {
      readonly kind: 'prevented';
      readonly rail: RailId | 'lease';
      readonly reason: string;
      readonly untouched: boolean;
    };

/** One tick, told. */
export interface Report {
  readonly fleet: string;
  readonly atMs: number;
  readonly tookMs: number;
  readonly mode: 'shadow' | 'act';
  readonly cluster: ClusterDiagnosis;
  readonly seats: number;
  readonly nodes: readonly Diagnosis[];
  readonly changes: readonly Change[];
  /** Nodes whose application fails users: what the fault does, not where it sits. */
  readonly symptoms: readonly InstanceId[];
  /** Before this tick, and after it. */
  readonly inFlightBefore: Eviction | null;
  readonly inFlight: Eviction | null;
  readonly failoverBefore: Failover | null;
  readonly failover: Failover | null;
  /** The courier's word in this tick; `null`: it was not asked, or said nothing. */
  readonly carried: CourierWord | null;
  readonly vault: VaultMemory | null;
  readonly plan: Plan;
  readonly outcome: Outcome | null;
  /** The tick in one plain sentence. */
  readonly sentence: string;
}

/** A condition that changed in this tick; `instanceId` null: the cluster's. */
export interface Change {
  readonly instanceId: InstanceId | null;
  readonly from: NodeCondition | ClusterCondition | null;
  readonly to: NodeCondition | ClusterCondition;
  readonly because: string;
}
