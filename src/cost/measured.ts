/**
 * What a tick takes: measured in the lab (real SDK and wire protocol, three members, functions held to the share of a CPU
 * that Lambda gives for their memory), November 2026. How, and what cannot be measured there: docs/deploy.md, cost.
 */

/** A twelfth of a year of 365 days. */
export const MINUTES_A_MONTH = 43_800;

/** How long one minute's invocation of a watched fleet runs: until the next one has the lease. */
export const WATCH_S = 61.3;

/** Looking whether the lease is free already, and looking once more on the way out: loads in a minute beside the ticks'. */
export const HANDOVER_LOADS = 3.3;

/** The lease is renewed every 5 s (cycle.ts); each invocation registers once and gives the lease back once. */
export const RENEWALS_A_MINUTE = 12;
export const HANDOVER_WRITES = 2;

/** Sent once a minute, by two processes in turn: now and then both do. */
export const METRIC_CALLS_A_MINUTE = 1.1;
/** Sent all the time (report-metrics.ts). What is sent only in trouble costs cents. */
export const METRICS = 5;

/**
 * One invocation for a frugal fleet. In the lab 1.13 s; a third more for arm64, and 0.3 s for handshakes with eight endpoints
 * of AWS, which the lab does without.
 */
export const FRUGAL_TICK_S = 1.8;
/** A prober that was frozen for a minute takes twice as long. */
export const FRUGAL_ROUND_FACTOR = 2;
export const FRUGAL_LOADS = 2;
/** Register, commit with the lease, give the lease back. */
export const FRUGAL_WRITES = 3;
export const FRUGAL_METRICS = 1;
/** One heart-beat in five minutes (reporter.ts). */
export const FRUGAL_METRIC_CALLS_A_MINUTE = 0.2;

/** Lambda gives a whole CPU for this much memory. */
const MB_OF_A_CPU = 1_769;
/** CPU time of one round of probes on a CPU of the lab; Lambda's arm64 is taken for a third slower. */
const ROUND_CPU_MS = 4;
/** 4 ms with one canary read a node; the three more that a look asks take 1 ms (three members of 5.7). */
const ROUND_CPU_MS_OF_A_NODE = 5;
const SLOWER = 1.33;
/** What a round waits for, when all is well. */
const ROUND_WAIT_MS = 20;

/** Milliseconds that one round of probes is billed for. */
export const roundMs = (nodes: number, memoryMb: number): number => {
  const cpuMs = (ROUND_CPU_MS + ROUND_CPU_MS_OF_A_NODE * nodes) * SLOWER;
  return Math.ceil((cpuMs * MB_OF_A_CPU) / Math.min(memoryMb, MB_OF_A_CPU) + ROUND_WAIT_MS);
};

/** The row of a fleet, deflated. */
export const rowBytes = (nodes: number): number => 600 + 105 * nodes;

/** A tick's line in the log, with the 26 bytes that CloudWatch adds. */
export const lineBytes = (nodes: number): number => 280 + 36 * nodes;
