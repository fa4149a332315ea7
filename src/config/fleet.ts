/** What the rest of the program gets from a fleets file: checked, complete, with every default filled in. */
import type { Policy } from '../core/policy.ts';

export type HazelcastLine = '2.x' | '3.x' | '4.x' | '5.x';

export interface Fleet {
  /** Unique; also the value of the opt-in tag `quorate:fleet`. */
  readonly name: string;
  readonly kind: 'hazelcast';
  /** Auto Scaling group. */
  readonly group: string;
  readonly member: {
    /** Hazelcast's port, REST included. */
    readonly port: number;
    /** The systemd unit that runs the member on its host. */
    readonly service: string;
    /** Which endpoints it has, and how its canary is asked. */
    readonly version: HazelcastLine;
    /** Hazelcast's cluster name (group name before 4.0). */
    readonly cluster: string;
    /** The map that the canary reads; `null` when it is off. */
    readonly canary: string | null;
  };
  /** What users call, watched as a symptom; `null` when there is nothing to call. */
  readonly application: { readonly port: number; readonly path: string } | null;
  /** Where the JVM's memory is told; `null` when it is not. */
  readonly memory: {
    readonly port: number;
    readonly path: string;
    readonly format: 'prometheus' | 'actuator' | 'jolokia';
  } | null;
  /** CIDR blocks that observers may connect to. */
  readonly networks: readonly string[];
  readonly policy: Policy;
}

/** Names of the deployed parts, from the environment. */
export interface Settings {
  readonly table: string;
  readonly eventBus: string;
  /** Lambda names of the observers, one a zone. */
  readonly probers: readonly string[];
  /** What the names of the SSM documents begin with: `quorate-prod` of `quorate-prod-kill-member`. */
  readonly documents: string;
}
