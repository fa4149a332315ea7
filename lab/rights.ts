/** Over all scenarios: a right that the template gives and that nothing needs is one too many. */
import type { ScenarioResult } from './measure/result.ts';

/** Rights that no scenario needs, and why they are there all the same. */
const UNPLAYED: Readonly<Record<string, string>> = {
  'watch/See ec2:DescribeSpotInstanceRequests': 'the fleets of the lab have no spot instances',
  'invoke/Undelivered sqs:SendMessage': 'the scheduler of the lab loses no tick',
};

type Played = Pick<ScenarioResult, 'rights'>;

/**
 * @param unplayed reasons by right; one that is needed after all, or is not given any more, has no place there.
 * @returns what is wrong, in words; empty when every right is needed
 */
export const surplusRights = (
  results: readonly Played[],
  unplayed: Readonly<Record<string, string>> = UNPLAYED,
): readonly string[] => {
  const all = (kind: 'granted' | 'used'): ReadonlySet<string> =>
    new Set(results.flatMap(({ rights }) => rights?.[kind] ?? []));
  const granted = all('granted');
  const used = all('used');
  // With the controller off nothing is deployed, and nothing can be said.
  if (granted.size === 0) return [];
  const surplus = [...granted].filter((right) => !used.has(right) && !(right in unplayed));
  const needed = Object.keys(unplayed).filter((right) => used.has(right));
  const stale = Object.keys(unplayed).filter((right) => !granted.has(right));
  return [
    ...surplus.map((right) => `no scenario needs ${right}`),
    ...needed.map((right) => `a scenario needs ${right}, which is said to be unplayed`),
    ...stale.map((right) => `${right} is not given, but said to be unplayed`),
  ];
};
