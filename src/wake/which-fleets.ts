/**
 * Whom an alarm is about. Any of these names a fleet, in no order; an alarm may name several:
 * - a metric's dimension `Fleet`;
 * - a metric's dimension `AutoScalingGroupName` that is a fleet's group or its standby;
 * - an instance that the fleet knows (asked of the state rows, by wake.ts);
 * - the alarm's own name, or that of a composite alarm's child: `quorate-STAGE-FLEET`, or that and `-ANYTHING`.
 */
import type { Signs } from './wake-up.ts';

interface Named {
  readonly name: string;
  readonly group: string;
  readonly standby: { readonly group: string } | null;
}

/** @param prefix what the deployment's names begin with, for example `quorate-prod` */
export const fleetsNamed = <F extends Named>(
  { fleets, groups, alarms }: Omit<Signs, 'instanceIds'>,
  known: readonly F[],
  prefix: string,
): readonly F[] => {
  const byAlarm = alarms.map((alarm) => fleetOfAlarm(alarm, known, prefix));
  return known.filter(
    ({ name, group, standby }) =>
      fleets.includes(name) ||
      groups.includes(group) ||
      (standby !== null && groups.includes(standby.group)) ||
      byAlarm.includes(name),
  );
};

/** The longest name that fits: `quorate-prod-api-1-silent` is about `api-1` if there is one, else about `api`. */
const fleetOfAlarm = (alarm: string, known: readonly Named[], prefix: string): string | null => {
  const [longest] = known
    .map(({ name }) => name)
    .filter((name) => `${alarm}-`.startsWith(`${prefix}-${name}-`))
    .sort((a, b) => b.length - a.length);
  return longest ?? null;
};
