/**
 * Every number that a decision depends on. Defaults carry their reason; `validatePolicy` checks them
 * against each other, because time-outs that do not fit together were half of the incident.
 */

export interface Policy {
  /** `shadow`: decide and tell, act on nothing. New fleets start there (I5). */
  readonly mode: 'shadow' | 'act';
  /**
   * What counts for more when the members do not become safe in time after a loss (I4). `data`: the next kill waits for
   * as long as it takes. `mitigation`: it goes on after `safetyDeadlineMs`, because users wait.
   */
  readonly prefer: 'data' | 'mitigation';
  /**
   * A majority that is lost. `tell`: the way out is decided and told, and begins when a person orders it. `act`: it begins by
   * itself.
   */
  readonly failover: 'tell' | 'act';
  /** The fleets file names a second group to move to. */
  readonly standby: boolean;
  /**
   * How the new side is asked for a good answer before users go there. `balancer`: through the load balancer, by calls with a
   * header of ours. `nodes`: where it knows no such rule, each of its nodes is called.
   */
  readonly verifyBy: 'balancer' | 'nodes';
  /** The fleets file names maps that are carried to it. */
  readonly sessions: boolean;
  /** How often a generation of them is kept outside of the cluster, and how old one may be to be used; `null`: never. */
  readonly vault: { readonly everyMs: number; readonly maxAgeMs: number } | null;
  /** Normal distance of two ticks. */
  readonly tickEveryMs: number;
  /** Distance of two ticks while anything is suspect or in flight. */
  readonly suspectTickEveryMs: number;
  /**
   * Deadline of one probe. Healthy members answer in 1-4 ms. A JVM that is running out of Metaspace takes 0.1-0.95 s
   * for some seconds before it falls silent (measured), and fails its users all the while; a deadline of a second
   * calls that well. A hiccup fails a round, and a round is no verdict: the tolerance is.
   */
  readonly probeDeadlineMs: number;
  /** Deadline of the last look: one that works again answers at once. */
  readonly lastLookDeadlineMs: number;
  /** How long a member may be silent (it may be a long GC pause). */
  readonly silenceToleranceMs: number;
  /** How long a member may give wrong answers. */
  readonly faultToleranceMs: number;
  /** From launch until a node that never worked counts as failed. */
  readonly startupGraceMs: number;
  /** How long the core must list a joiner before it takes a seat. */
  readonly stableAfterMs: number;
  /** A tick that begins later than this after it was due does not act (I2). */
  readonly lateAfterMs: number;
  /** After a gap between ticks longer than this, all timers restart (I2). */
  readonly blindGapMs: number;
  /** Rung 2: from SendCommand until the next rung. */
  readonly killDeadlineMs: number;
  /** Rung 2: how long the host may spend on evidence before the kill, at most a second: users wait for it. */
  readonly captureMs: number;
  /** Rung 3: from SendCommand of the kill until its peers are asked to shut the victim out. */
  readonly fenceAfterMs: number;
  /** Rung 3: from asking the peers until all of it is undone. */
  readonly fenceDeadlineMs: number;
  /** Rung 3: after this long the peers let go by themselves. It is renewed while the victim may live. */
  readonly fenceMs: number;
  /** I4: how long the next kill waits until the members are safe again. */
  readonly safetyDeadlineMs: number;
  /** Rung 0: how long a spare may take until it works in the core. */
  readonly spareDeadlineMs: number;
  /** Rung 0: how long a retiring node is left to answer the calls that it has, at most. */
  readonly drainMs: number;
  /** Rung 0: how long the member may take to stop in good order. */
  readonly stopDeadlineMs: number;
  /** Rung 0: quiet time after a retirement that could not get a spare. */
  readonly retireBackoffMs: number;
  /** Rung 4: from the Auto Scaling terminate until EC2 terminate with force. */
  readonly replaceDeadlineMs: number;
  /** The same, when the member was not proven out of the cluster: it still hurts. */
  readonly replaceUnprovenDeadlineMs: number;
  /** Rung 4: from EC2 terminate until it is tried again. */
  readonly terminateDeadlineMs: number;
  /** How long an eviction waits for the members to drop a victim whose instance is gone. */
  readonly ghostPatienceMs: number;
  /** How long there must be no majority, beyond doubt, until a failover begins. */
  readonly confirmMs: number;
  /** Failover: from asking for instances until all of them run. */
  readonly launchDeadlineMs: number;
  /** Failover: how long the courier may take for all sessions, once. */
  readonly copyDeadlineMs: number;
  /** Failover: how long both sides may take to become level. */
  readonly levelDeadlineMs: number;
  /** Failover: how far the new side may be behind when users go there. */
  readonly lagMaxMs: number;
  /** Failover: from asking through the load balancer until the new side answers well. */
  readonly verifyDeadlineMs: number;
  /** Failover: from changing the load balancer until it shows that. */
  readonly switchDeadlineMs: number;
  /** Failover: how long the old side may take to go. */
  readonly goDeadlineMs: number;
  /** Failover: a courier that has told nothing for this long is dead. */
  readonly courierSilenceMs: number;
  /** Quiet time after a failover that came to nothing. */
  readonly failoverBackoffMs: number;
  /** Kills per seat within `seatBudgetWindowMs` (I9). */
  readonly seatKillsMax: number;
  readonly seatBudgetWindowMs: number;
  /** Kills per fleet within `fleetBudgetWindowMs` (I9). */
  readonly fleetKillsMax: number;
  readonly fleetBudgetWindowMs: number;
  /** Quiet time between two evictions (I9). */
  readonly cooldownMs: number;
}

export type Profile = 'careful' | 'balanced' | 'eager';

/** Tolerances by profile: silence / wrong answer. */
export const PROFILES: Readonly<
  Record<Profile, Pick<Policy, 'silenceToleranceMs' | 'faultToleranceMs'>>
> = {
  careful: { silenceToleranceMs: 30_000, faultToleranceMs: 15_000 },
  balanced: { silenceToleranceMs: 10_000, faultToleranceMs: 5_000 },
  eager: { silenceToleranceMs: 4_000, faultToleranceMs: 3_000 },
};

export const DEFAULT_POLICY: Policy = {
  mode: 'shadow',
  prefer: 'mitigation',
  failover: 'tell',
  standby: false,
  verifyBy: 'balancer',
  sessions: false,
  vault: null,
  tickEveryMs: 2_500,
  suspectTickEveryMs: 1_000,
  probeDeadlineMs: 500,
  lastLookDeadlineMs: 500,
  ...PROFILES.balanced,
  startupGraceMs: 300_000,
  stableAfterMs: 10_000,
  lateAfterMs: 2_000,
  // Below the tolerance of silence: what nobody saw must not count as seen. A slow tick takes 5 s.
  blindGapMs: 8_000,
  // SSM needs about 1.5 s to dispatch and 1.5 s to report; twice that, then the next rung.
  killDeadlineMs: 6_000,
  // A host that executes has proven it by then: 1.5 s to dispatch, 0.5 s of evidence, 0.4 s until its peers drop it (measured).
  fenceAfterMs: 4_000,
  // Twice what SSM needs to dispatch and to report.
  fenceDeadlineMs: 6_000,
  // The most that a host accepts. An address may be given to another instance.
  fenceMs: 600_000,
  // Copies of a few hundred MB are made in seconds; a second sick member keeps the others from ever being safe.
  safetyDeadlineMs: 30_000,
  spareDeadlineMs: 600_000,
  drainMs: 15_000,
  // A graceful shutdown moves the member's partitions away first.
  stopDeadlineMs: 120_000,
  retireBackoffMs: 600_000,
  // Sockets and a thread dump of a JVM that answers take 0.2-0.3 s; one that does not answer never gives one.
  captureMs: 500,
  // Deregistration delay (300 s by default) and lifecycle hooks are waited for once the member is harmless.
  replaceDeadlineMs: 600_000,
  replaceUnprovenDeadlineMs: 10_000,
  terminateDeadlineMs: 60_000,
  // Twice the 300 s that Hazelcast's heart-beat time-out was by default up to 3.8.
  ghostPatienceMs: 600_000,
  // On top of the tolerances. Whoever comes back from a pause of the whole zone does so in seconds.
  confirmMs: 10_000,
  // An instance runs 10-60 s after it was asked for; capacity that is short does not come back in minutes.
  launchDeadlineMs: 300_000,
  // A million entries take about a minute (goal: 15,000 in a second).
  copyDeadlineMs: 900_000,
  levelDeadlineMs: 120_000,
  lagMaxMs: 1_000,
  // Two health checks of the load balancer's slowest usual setting (30 s) and a new rule.
  verifyDeadlineMs: 120_000,
  switchDeadlineMs: 30_000,
  goDeadlineMs: 900_000,
  // It tells once a second; a cold start in a VPC takes seconds.
  courierSilenceMs: 20_000,
  failoverBackoffMs: 600_000,
  seatKillsMax: 1,
  seatBudgetWindowMs: 600_000,
  fleetKillsMax: 3,
  fleetBudgetWindowMs: 3_600_000,
  cooldownMs: 30_000,
};

/** infra/documents/fence-peer.sh refuses more. */
const FENCE_MAX_MS = 600_000;

/** @returns one sentence for each pair of settings that cannot work together; empty when all is well. */
export const policyProblems = (policy: Policy): readonly string[] => {
  const problems: string[] = [];
  for (const [name, value] of Object.entries(policy)) {
    if (typeof value === 'number' && !(Number.isFinite(value) && value >= 0)) {
      problems.push(`${name} must be a number of at least 0, not ${value}`);
    }
  }
  const needs = (ok: boolean, sentence: string): void => {
    if (!ok) problems.push(sentence);
  };
  needs(
    policy.suspectTickEveryMs <= policy.tickEveryMs,
    'suspectTickEveryMs must not exceed tickEveryMs: suspicion makes ticks denser, not rarer',
  );
  needs(
    policy.probeDeadlineMs < policy.faultToleranceMs,
    'probeDeadlineMs must be below faultToleranceMs: one slow probe would use up the tolerance',
  );
  needs(
    policy.lastLookDeadlineMs <= policy.probeDeadlineMs,
    'lastLookDeadlineMs must not exceed probeDeadlineMs: the round before it has waited already',
  );
  needs(
    policy.faultToleranceMs <= policy.silenceToleranceMs,
    'faultToleranceMs must not exceed silenceToleranceMs: silence is the weaker evidence',
  );
  needs(
    policy.blindGapMs > policy.tickEveryMs + policy.lateAfterMs,
    'blindGapMs must exceed tickEveryMs + lateAfterMs: every normal tick would restart all timers',
  );
  needs(
    policy.fenceAfterMs > policy.captureMs,
    'fenceAfterMs must exceed captureMs: the host would still be capturing',
  );
  needs(
    policy.fenceMs <= FENCE_MAX_MS,
    'fenceMs must not exceed 10 minutes: hosts refuse to shut an address out for longer',
  );
  needs(
    policy.fenceMs >= 4 * policy.fenceDeadlineMs,
    'fenceMs must be at least 4 x fenceDeadlineMs: it could not be renewed in time',
  );
  needs(
    policy.killDeadlineMs > policy.captureMs,
    'killDeadlineMs must exceed captureMs: the host would still be capturing',
  );
  return problems;
};
