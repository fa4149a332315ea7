/**
 * What the look just before an act says: only a clear failure lets the eviction go on. A good answer to one observer and
 * none to another is no clear anything.
 */
import { isSighted, observersOf, verdictOf } from './detect.ts';
import type { Eviction, State } from './model.ts';
import type { InstanceId, Round } from './observation.ts';
import { peersSay } from './peers.ts';
import { addressesOf } from './views.ts';

export const lastLook = (
  { nodes, core }: Pick<State, 'nodes' | 'core'>,
  { instanceId, condition }: Pick<Eviction, 'instanceId' | 'condition'>,
  rounds: readonly Round[],
): 'works' | 'fails' | 'unclear' => {
  const { verdict, voices } = verdictOf(instanceId, rounds);
  const others = core.filter((id) => id !== instanceId);
  if (verdict === 'works' && condition === 'Island') {
    const addresses = others.flatMap((id) => nodes[id]?.address ?? []);
    return listsOneOf(instanceId, rounds, addresses) ? 'works' : 'fails';
  }
  const worksForUs = nodes[instanceId]?.failingSinceMs === null;
  if (verdict === 'works' && condition === 'Zombie' && worksForUs) {
    const peers = peersSay(instanceId, rounds, others);
    return peers === 'unreached' ? 'fails' : peers === 'reached' ? 'works' : 'unclear';
  }
  if (verdict === 'works') return 'works';
  return verdict === 'fails' && observersOf(voices, 'works').length === 0 ? 'fails' : 'unclear';
};

/** Whether it is among the others again, in the eyes of anybody who looked. */
const listsOneOf = (
  instanceId: InstanceId,
  rounds: readonly Round[],
  addresses: readonly string[],
): boolean =>
  rounds.filter(isSighted).some(({ sights }) => {
    const view = sights[instanceId]?.view;
    return (
      view?.answer === 'ok' && addressesOf(view.value).some((each) => addresses.includes(each))
    );
  });
