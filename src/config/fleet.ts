/** What the rest of the program gets from a fleets file: checked, complete, with every default filled in. */
import type { Policy } from '../core/policy.ts';
import type { SideName } from '../core/sides.ts';

export type HazelcastLine = '2.x' | '3.x' | '4.x' | '5.x';

/**
 * What leads users to one of the sides. Of an Application Load Balancer all of it was played with real members; the others
 * stand behind the same port, are tested against the wire alone, and are told as unproven.
 */
export type FleetRouting =
  | {
      readonly kind: 'application';
      /** The load balancer's listener, whose default action is changed, or one of its rules. */
      readonly arn: string;
      /** The listener's port, where calls for verifying go, and whether it wants TLS. */
      readonly port: number;
      readonly isSecure: boolean;
    }
  /** A listener of a Network Load Balancer. */
  | { readonly kind: 'network'; readonly arn: string }
  /** A Classic Load Balancer, attached to the Auto Scaling group of one of the sides. */
  | { readonly kind: 'classic'; readonly balancer: string }
  /** Weighted records of Route 53, whose set identifiers are `blue` and `green`. */
  | {
      readonly kind: 'record';
      readonly zone: string;
      readonly name: string;
      readonly type: 'A' | 'AAAA' | 'CNAME';
    };

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
  /** Where it may move to, `green`; `null` when it can only be rebuilt in place. Its cluster never has the same name. */
  readonly standby: { readonly group: string; readonly cluster: string } | null;
  /** What leads users to one of the sides; never `null` beside a standby. */
  readonly routing: FleetRouting | null;
  /** What the courier carries to the other side; `null`: nothing. */
  readonly sessions: {
    readonly maps: readonly string[];
    readonly entriesPerS: number;
    /** An entry that ends sooner than this is not carried. */
    readonly leastTtlMs: number;
    /** Where generations of them are kept outside of the cluster; `null`: nowhere. */
    readonly vault: {
      readonly bucket: string;
      /** ARN of the KMS key that they are encrypted with. */
      readonly key: string;
      readonly everyMs: number;
      /** An older one is not used. */
      readonly maxAgeMs: number;
    } | null;
  } | null;
  /** Who is told of a failover beside the event bus: an address, and the name of the secret that it knows us by. */
  readonly announce: { readonly webhook: string; readonly secret: string } | null;
  /** CIDR blocks that observers may connect to. */
  readonly networks: readonly string[];
  readonly policy: Policy;
}

/** The fleet as it is on one side: with the group and the cluster name of that side. `null`: it has no such side. */
export const fleetOn = (fleet: Fleet, side: SideName): Fleet | null => {
  if (side === 'blue') return fleet;
  const { standby, member } = fleet;
  return standby === null
    ? null
    : { ...fleet, group: standby.group, member: { ...member, cluster: standby.cluster } };
};

/** For people, where `fleetOn` gives nothing: the file was changed while the fleet was on its other side. */
export const noSuchSide = ({ name }: Fleet, side: SideName): string =>
  `fleet "${name}" has no ${side} side: give it back its \`standby\` in the fleets file`;

/** Names of the deployed parts, from the environment. */
export interface Settings {
  readonly table: string;
  /** The courier function; empty where no fleet has sessions to carry. */
  readonly courier: string;
  readonly eventBus: string;
  /** Lambda names of the observers, one a zone. */
  readonly probers: readonly string[];
  /** What the names of the SSM documents begin with: `quorate-prod` of `quorate-prod-kill-member`. */
  readonly documents: string;
}
