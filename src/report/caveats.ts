/** What a single look cannot know. Said with every report that rests on one, instead of being left out. */
import { isSighted } from '../core/detect.ts';
import { seconds } from '../core/seconds.ts';
import { isLive } from '../lease.ts';
import type { Look } from '../look-once.ts';

export const caveatsOf = ({ policy, row, before, observation }: Look): readonly string[] => {
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
    tookMs > policy.lateAfterMs + SLOW_PROBES * policy.probeDeadlineMs
      ? `looking took ${seconds(tookMs)}: the loop would not act on what is that old`
      : null,
  ];
  return caveats.filter((caveat) => caveat !== null);
};

/** As in core/guard.ts: observing is one probe deadline plus the calls around it. */
const SLOW_PROBES = 3;
