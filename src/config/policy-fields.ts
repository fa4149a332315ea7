/**
 * The policy as the fleets file spells it: each name is a field of `Policy` without the unit, and durations are text. The
 * texts here are what an editor shows; what a value means and where its default comes from stands in core/policy.ts.
 */
import type { Policy } from '../core/policy.ts';

/** A field of `Policy` that a fleets file may set. */
export type PolicyKey = Exclude<
  keyof Policy,
  'mode' | 'prefer' | 'failover' | 'standby' | 'verifyBy' | 'sessions' | 'vault'
>;

export interface PolicyField {
  readonly key: PolicyKey;
  /** In the fleets file: the key without its unit. */
  readonly name: string;
  readonly isDuration: boolean;
  readonly help: string;
  /** What makes sense: in ms, or a count. */
  readonly min: number;
  readonly max: number;
}

type Range = readonly [min: number, max: number];

const field = (key: PolicyKey, [min, max]: Range, help: string): PolicyField => ({
  key,
  name: key.replace(/Ms$/, ''),
  isDuration: key.endsWith('Ms'),
  help,
  min,
  max,
});

/** Denser, the loop would only measure itself; rarer than once a minute, nobody starts it. */
const TICK: Range = [250, 60_000];
/** What probers keep to (adapters/hazelcast/look.ts). */
const PROBE: Range = [100, 5_000];
/** The kill document's own pattern allows four digits, and its time-out 30 s for everything. */
const CAPTURE: Range = [0, 5_000];
const DAY_MS = 86_400_000;
const DURATION: Range = [1, DAY_MS];
const DURATION_OR_NONE: Range = [0, DAY_MS];
const COUNT: Range = [0, 1_000];

export const POLICY_FIELDS: readonly PolicyField[] = [
  field('tickEveryMs', TICK, 'Distance of two ticks.'),
  field(
    'suspectTickEveryMs',
    TICK,
    'Distance of two ticks while anything is suspect or in flight.',
  ),
  field('probeDeadlineMs', PROBE, 'Deadline of one probe.'),
  field('lastLookDeadlineMs', PROBE, 'Deadline of the last look before an act.'),
  field(
    'silenceToleranceMs',
    DURATION,
    'How long a member may be silent. Set by the profile; it may be a long GC pause.',
  ),
  field(
    'faultToleranceMs',
    DURATION,
    'How long a member may give wrong answers. Set by the profile.',
  ),
  field('startupGraceMs', DURATION, 'From launch until a node that never worked counts as failed.'),
  field(
    'stableAfterMs',
    DURATION_OR_NONE,
    'How long the core must list a joiner before it takes a seat.',
  ),
  field('lateAfterMs', DURATION, 'A tick that begins later than this does not act.'),
  field('blindGapMs', DURATION, 'After a longer gap between two ticks all timers restart.'),
  field('killDeadlineMs', DURATION, 'From the kill command until the next rung of the ladder.'),
  field('captureMs', CAPTURE, 'How long the host may gather evidence before the kill.'),
  field(
    'fenceAfterMs',
    DURATION,
    'From the kill command until peers are asked to shut the victim out.',
  ),
  field('fenceDeadlineMs', DURATION, 'From asking the peers until it is undone.'),
  field('fenceMs', DURATION, 'After this long peers let a fenced address in again by themselves.'),
  field(
    'safetyDeadlineMs',
    DURATION,
    'How long the next kill waits until all copies are made again.',
  ),
  field('spareDeadlineMs', DURATION, 'How long a spare may take until it works in the core.'),
  field(
    'drainMs',
    DURATION_OR_NONE,
    'How long a retiring node is left to answer the calls it has, at most.',
  ),
  field('stopDeadlineMs', DURATION, 'How long a member may take to stop in good order.'),
  field('retireBackoffMs', DURATION, 'Quiet time after a retirement that could not get a spare.'),
  field(
    'replaceDeadlineMs',
    DURATION,
    'From the Auto Scaling terminate until EC2 terminates with force.',
  ),
  field(
    'replaceUnprovenDeadlineMs',
    DURATION,
    'The same while the member is not proven out of the cluster.',
  ),
  field('terminateDeadlineMs', DURATION, 'From an EC2 terminate until it is tried again.'),
  field(
    'ghostPatienceMs',
    DURATION,
    'How long an eviction waits for the members to drop a victim whose instance is gone.',
  ),
  field(
    'confirmMs',
    DURATION_OR_NONE,
    'How long there must be no majority, beyond doubt, until a failover begins.',
  ),
  field('launchDeadlineMs', DURATION, 'Failover: from asking for instances until all of them run.'),
  field(
    'copyDeadlineMs',
    DURATION,
    'Failover: how long the courier may take for all sessions, once.',
  ),
  field('levelDeadlineMs', DURATION, 'Failover: how long both sides may take to become level.'),
  field('lagMaxMs', DURATION, 'Failover: how far the new side may be behind when users go there.'),
  field(
    'verifyDeadlineMs',
    DURATION,
    'Failover: from asking through the load balancer until the new side answers well.',
  ),
  field(
    'switchDeadlineMs',
    DURATION,
    'Failover: from changing the load balancer until it shows that.',
  ),
  field('goDeadlineMs', DURATION, 'Failover: how long the old side may take to go.'),
  field(
    'courierSilenceMs',
    DURATION,
    'Failover: a courier that has told nothing for this long is dead.',
  ),
  field('failoverBackoffMs', DURATION, 'Quiet time after a failover that came to nothing.'),
  field('seatKillsMax', COUNT, 'Kills per node seat within seatBudgetWindow.'),
  field('seatBudgetWindowMs', DURATION, 'Window of seatKillsMax.'),
  field('fleetKillsMax', COUNT, 'Kills per fleet within fleetBudgetWindow.'),
  field('fleetBudgetWindowMs', DURATION, 'Window of fleetKillsMax.'),
  field('cooldownMs', DURATION_OR_NONE, 'Quiet time between two evictions.'),
];
