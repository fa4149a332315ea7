/** What a single look cannot know. Said with every report that rests on one, instead of being left out. */
import { isSighted } from '../core/detect.ts';
import type { State } from '../core/model.ts';
import { seconds } from '../core/seconds.ts';
import { isLive } from '../lease.ts';
import type { Look } from '../look-once.ts';

export const caveatsOf = ({
  policy,
  row,
  before,
  observation,
  stepped,
}: Look): readonly string[] => {
  const { rounds, inventory, startedAtMs, nowMs } = observation;
  const blind = rounds.filter((round) => !isSighted(round)).map(({ observer }) => observer);
  const ageMs = startedAtMs - before.lastTickMs;
  const tookMs = nowMs - startedAtMs;
  const caveats: (string | null)[] = [
    row.state === null ? 'nobody has watched this fleet yet: nothing is remembered' : null,
    row.state !== null && ageMs > policy.blindGapMs
      ? `the last tick was ${seconds(ageMs)} ago: tolerances begin anew`
      : null,
    isLive(row.lease, nowMs) ? null : 'nobody watches now: what is due waits for the next minute',
    inventory.ok ? null : `AWS does not say who is there: ${inventory.error}`,
    blind.length === 0 ? null : `${blind.join(' and ')} saw nothing`,
    muteCaveat(stepped.state),
    tookMs > policy.lateAfterMs + SLOW_PROBES * policy.probeDeadlineMs
      ? `looking took ${seconds(tookMs)}: the loop would not act on what is that old`
      : null,
  ];
  return caveats.filter((caveat) => caveat !== null);
};

/** Of the last tick, as far as its row tells. */
export const muteCaveat = ({
  muteSinceMs,
  lastTickMs,
}: Pick<State, 'muteSinceMs' | 'lastTickMs'>): string | null => {
  const lastedMs = muteSinceMs === null ? 0 : lastTickMs - muteSinceMs;
  return lastedMs < CONNECTING_MS
    ? null
    : `stuck members cannot be named: for ${seconds(lastedMs)} no canary has got a connection to any member; set member.cluster in the fleets file to the cluster name that the members have, or member.canary to off`;
};

/** A canary that could not connect tries again within 30 s (hazelcast/client/lines.ts). */
const CONNECTING_MS = 30_000;

/** As in core/guard.ts: observing is one probe deadline plus the calls around it. */
const SLOW_PROBES = 3;
