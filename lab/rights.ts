/** Over all scenarios: a right that the template gives and that nothing needs is one too many. */
import type { ScenarioResult } from './measure/result.ts';

/** Rights, or whole policies by name, that no scenario needs, and why they are there all the same. */
const UNPLAYED: Readonly<Record<string, string>> = {
  query:
    'people ask by hand; test/contract/refusals.test.ts asks everything, and judges its rights as here',
  routing: 'the same, for fleets with a standby',
  'watch/Deregister elasticloadbalancing:RegisterTargets':
    'the undo of an eviction that is not wanted any more; test/contract/cloud-rights.test.ts calls it',
  'watch/Replace autoscaling:ExitStandby':
    'the undo of a retirement without a spare; test/contract/cloud-rights.test.ts calls it',
  'watch/Replace autoscaling:SetDesiredCapacity':
    'the same undo, where nobody came that could be taken out; test/contract/cloud-rights.test.ts calls it',
  'watch/See ec2:DescribeSpotInstanceRequests': 'the fleets of the lab have no spot instances',
  'carry/Keep0 s3:DeleteObject':
    'the third generation makes the first one too many; test/contract/vault.test.ts calls it',
  'invoke/Undelivered sqs:SendMessage': 'the scheduler of the lab loses no tick',
};

type Played = Pick<ScenarioResult, 'rights'>;

/**
 * @param unplayed reasons by right or policy; one that is needed after all, or is not given any more, has no place there.
 * @returns what is wrong, in words; empty when every right is needed
 */
export const surplusRights = (
  results: readonly Played[],
  unplayed: Readonly<Record<string, string>> = UNPLAYED,
): readonly string[] => {
  const all = (kind: 'granted' | 'used'): readonly string[] => [
    ...new Set(results.flatMap(({ rights }) => rights?.[kind] ?? [])),
  ];
  const granted = all('granted');
  const used = new Set(all('used'));
  // With the controller off nothing is deployed, and nothing can be said.
  if (granted.length === 0) return [];
  const excused = Object.keys(unplayed).map((name) => ({
    name,
    rights: granted.filter((right) => right === name || right.startsWith(`${name}/`)),
  }));
  const isExcused = (right: string): boolean =>
    excused.some(({ rights }) => rights.includes(right));
  const surplus = granted.filter((right) => !used.has(right) && !isExcused(right));
  const stale = excused.filter(({ rights }) => rights.length === 0);
  const needed = excused.filter(
    ({ rights }) => rights.length > 0 && rights.every((right) => used.has(right)),
  );
  return [
    ...surplus.map((right) => `no scenario needs ${right}`),
    ...needed.map(({ name }) => `scenarios need ${name}, which is said to be unplayed`),
    ...stale.map(({ name }) => `${name} is not given, but said to be unplayed`),
  ];
};
