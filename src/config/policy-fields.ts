/**
 * The policy as the fleets file spells it: each name is a field of `Policy` without the unit, and durations are text. The
 * texts here are what an editor shows; what a value means and where its default comes from stands in core/policy.ts.
 */
import type { Policy } from '../core/policy.ts';

/** A field of `Policy` that a fleets file may set. */
export type PolicyKey = Exclude<keyof Policy, 'mode'>;

export interface PolicyField {
  readonly key: PolicyKey;
  /** In the fleets file: the key without its unit. */
  readonly name: string;
  readonly isDuration: boolean;
  readonly help: string;
  /** Smallest value that makes sense: in ms, or a count. */
  readonly min: number;
}

const field = (key: PolicyKey, min: number, help: string): PolicyField => ({
  key,
  name: key.replace(/Ms$/, ''),
  isDuration: key.endsWith('Ms'),
  help,
  min,
});

/** Ticks and probes need time: below this the loop would only measure itself. */
const SHORTEST_TICK_MS = 250;
const SHORTEST_PROBE_MS = 50;

export const POLICY_FIELDS: readonly PolicyField[] = [
  field('tickEveryMs', SHORTEST_TICK_MS, 'Distance of two ticks.'),
  field(
    'suspectTickEveryMs',
    SHORTEST_TICK_MS,
    'Distance of two ticks while anything is suspect or in flight.',
  ),
  field('probeDeadlineMs', SHORTEST_PROBE_MS, 'Deadline of one probe.'),
  field('lastLookDeadlineMs', SHORTEST_PROBE_MS, 'Deadline of the last look before an act.'),
  field(
    'silenceToleranceMs',
    1,
    'How long a member may be silent. Set by the profile; it may be a long GC pause.',
  ),
  field('faultToleranceMs', 1, 'How long a member may give wrong answers. Set by the profile.'),
  field('startupGraceMs', 1, 'From launch until a node that never worked counts as failed.'),
  field('stableAfterMs', 0, 'How long the core must list a joiner before it takes a seat.'),
  field('lateAfterMs', 1, 'A tick that begins later than this does not act.'),
  field('blindGapMs', 1, 'After a longer gap between two ticks all timers restart.'),
  field('killDeadlineMs', 1, 'From the kill command until the next rung of the ladder.'),
  field('captureMs', 0, 'How long the host may gather evidence before the kill.'),
  field('replaceDeadlineMs', 1, 'From the Auto Scaling terminate until EC2 terminates with force.'),
  field(
    'replaceUnprovenDeadlineMs',
    1,
    'The same while the member is not proven out of the cluster.',
  ),
  field('terminateDeadlineMs', 1, 'From an EC2 terminate until it is tried again.'),
  field('seatKillsMax', 0, 'Kills per node seat within seatBudgetWindow.'),
  field('seatBudgetWindowMs', 1, 'Window of seatKillsMax.'),
  field('fleetKillsMax', 0, 'Kills per fleet within fleetBudgetWindow.'),
  field('fleetBudgetWindowMs', 1, 'Window of fleetKillsMax.'),
  field('cooldownMs', 0, 'Quiet time between two evictions.'),
];
