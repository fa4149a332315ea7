/** Whether somebody watches. Only the lease can say so: an invocation that died tells nobody. */
import type { Lease } from './ports.ts';

/** Two machines' clocks may differ by this much; a lease is over only after it. */
const CLOCK_SKEW_MS = 1_000;

export const isLive = (lease: Lease | null, nowMs: number): lease is Lease =>
  lease !== null && nowMs < lease.untilMs + CLOCK_SKEW_MS;
