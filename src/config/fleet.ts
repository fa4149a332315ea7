/** What the rest of the program gets from a fleets file: checked, complete, with every default filled in. */
import type { Policy } from '../core/policy.ts';

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
  };
  /** What users call, watched as a symptom; `null` when there is nothing to call. */
  readonly application: { readonly port: number; readonly path: string } | null;
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
  /** SSM document that kills a member. */
  readonly killDocument: string;
}
