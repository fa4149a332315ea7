/**
 * The seams of the lab: what its parts know of each other. The lab is a cloud region in one process
 * tree: a *network* of namespaces, a *hypervisor* that turns EC2 instances into hosts, a *cloud*
 * (AWS APIs with behaviour), a *balancer* and *clients*. The controller under test is never imported:
 * the cloud runs its built bundles.
 */

export type Zone = 'a' | 'b' | 'c';
export const ZONES: readonly Zone[] = ['a', 'b', 'c'];

/** The lab's address plan. Everything lives in namespaces of its own, so it can clash with nothing. */
export const PLAN = {
  region: 'eu-central-1',
  account: '123456789012',
  vpc: '10.77.0.0/16',
  /** Subnet of a zone; `.1` is its router. EC2 hands out `.4` and up. */
  subnet: (zone: Zone): string => `10.77.${zoneNumber(zone)}.0/24`,
  router: (zone: Zone): string => `10.77.${zoneNumber(zone)}.1`,
  /** The load balancer's network interface in a zone. */
  balancer: (zone: Zone): string => `10.77.${zoneNumber(zone)}.250`,
  /** The prober function's network interface in a zone (zones a and b). */
  prober: (zone: Zone): string => `10.77.${zoneNumber(zone)}.200`,
  /** The AWS endpoint, outside the VPC: reachable from the controller's namespace only. */
  endpoint: '10.99.0.1',
  endpointPort: 4566,
  /** The gateway endpoint for DynamoDB, in the routes of the functions in the VPC: that service, and no other. */
  dynamodbPort: 4567,
  /** The same for S3. */
  s3Port: 4568,
  controller: '10.99.0.2',
  /** The internet side of the load balancer, and the clients. */
  balancerPublic: '10.98.0.1',
  clients: '10.98.0.2',
  memberPort: 5701,
  applicationPort: 8080,
  /** Where a fleet keeps generations of its sessions, and the key that they are encrypted with. */
  vault: {
    bucket: 'lab-vault',
    key: 'arn:aws:kms:eu-central-1:123456789012:key/5d1f3f5e-0b1c-4c58-9f0e-1a2b3c4d5e6f',
  },
  /** A fleets file names it before the load balancer exists (cloud/known-ids.ts). */
  listener:
    'arn:aws:elasticloadbalancing:eu-central-1:123456789012:listener/app/api/6d7e6a54f75328bf/9023cc38a42ad24d',
} as const;

const zoneNumber = (zone: Zone): number => ZONES.indexOf(zone) + 1;

/** Names of network namespaces. A host's namespace is named after its instance id. */
export const NAMESPACES = {
  balancer: 'balancer',
  clients: 'clients',
  controller: 'controller',
  prober: (zone: Zone): string => `prober-${zone}`,
} as const;

export interface HostSpec {
  readonly instanceId: string;
  /** EC2's `PrivateIpAddress`. */
  readonly address: string;
  readonly zone: Zone;
  /** The Auto Scaling group that launched it, as EC2 tags it; `null` or absent: none. */
  readonly group?: string | null;
  /** EC2's user data: variables for the API server, `NAME=value` a line. `DISCOVER_GROUP` is for discovery alone. */
  readonly userData?: string;
}

export interface ScriptResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Turns instances into hosts: a network, mount and process namespace each, with an init that runs the member. */
export interface Hypervisor {
  /** Powers a host on and starts its member; resolves when the host is up (not the member). */
  powerOn(spec: HostSpec): Promise<void>;
  /**
   * `graceful`: the OS shuts down: SIGTERM to the service, SIGKILL after its stop time-out, then off; `cut`: power is gone at once, no FIN or RST.
   * Idempotent; resolves when the host is off.
   */
  powerOff(instanceId: string, how: 'graceful' | 'cut'): Promise<void>;
  isOn(instanceId: string): boolean;
  /** What the SSM agent does: runs a script with `bash` inside the host as its root. Rejects when the host is off or `signal` aborts. */
  run(
    instanceId: string,
    script: string,
    environment: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<ScriptResult>;
  /** Whether the host's SSM agent runs: a host can be told to have none. */
  hasAgent(instanceId: string): boolean;
}

export interface BalancerTarget {
  readonly instanceId: string;
  readonly address: string;
  readonly port: number;
}

export interface TargetGroupSpec {
  readonly arn: string;
  readonly targets: readonly BalancerTarget[];
  /** Still answered until their open requests are done, but given no new ones. */
  readonly draining: readonly string[];
  readonly healthCheck: {
    /** `null`: the target's own. */
    readonly port: number | null;
    readonly path: string;
    readonly intervalMs: number;
    readonly timeoutMs: number;
    readonly healthyThreshold: number;
    readonly unhealthyThreshold: number;
  };
  /** Cookie stickiness; `null` when off. */
  readonly stickinessMs: number | null;
}

export interface RuleSpec {
  /** Lower goes first; the default rule has `null`. */
  readonly priority: number | null;
  /** Requests whose header has this value; `null` matches all. */
  readonly header: { readonly name: string; readonly value: string } | null;
  readonly forward: readonly { readonly targetGroupArn: string; readonly weight: number }[];
}

export interface BalancerSpec {
  readonly targetGroups: readonly TargetGroupSpec[];
  readonly rules: readonly RuleSpec[];
}

export interface TargetHealth {
  readonly targetGroupArn: string;
  readonly instanceId: string;
  /** ELBv2's words. */
  readonly state: 'initial' | 'healthy' | 'unhealthy' | 'draining' | 'unused';
  readonly reason: string | null;
}

/** A load balancer process in its own namespace: real HTTP health checks, weights, stickiness, fail-open. */
export interface Balancer {
  configure(spec: BalancerSpec): void;
  health(): readonly TargetHealth[];
  stop(): Promise<void>;
}
