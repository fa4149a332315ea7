/**
 * The view matrix: whom does each working member list. A view counts after two consecutive equal
 * rounds, because a read may fall into the middle of a membership change.
 */
import { isSighted } from './detect.ts';
import type { NodeMemory } from './model.ts';
import type { Address, InstanceId, Round, View } from './observation.ts';

/** The view that this round gives for a node; `null` when no observer got one, or two differ. */
export const roundView = (instanceId: InstanceId, rounds: readonly Round[]): View | null => {
  const views = rounds.filter(isSighted).flatMap((round): View[] => {
    const view = round.sights[instanceId]?.view;
    return view?.answer === 'ok' ? [view.value] : [];
  });
  const [first] = views;
  if (first === undefined) return null;
  return views.every((view) => sameAddresses(addressesOf(view), addressesOf(first))) ? first : null;
};

/** The two view fields of a node's memory after a round. */
export const rememberView = (
  memory: Pick<NodeMemory, 'lastView' | 'view'>,
  view: View | null,
): Pick<NodeMemory, 'lastView' | 'view'> => {
  if (view === null) return { lastView: null, view: memory.view };
  const addresses = addressesOf(view);
  const confirmed = memory.lastView !== null && sameAddresses(memory.lastView, addresses);
  return { lastView: addresses, view: confirmed ? addresses : memory.view };
};

/** Whether the list that counts is the one that it gave last. */
export const isSettled = ({ lastView, view }: Pick<NodeMemory, 'lastView' | 'view'>): boolean =>
  lastView !== null && view !== null && sameAddresses(lastView, view);

export const addressesOf = (view: View): readonly Address[] =>
  view.members.map(({ address }) => address);

const sameAddresses = (a: readonly Address[], b: readonly Address[]): boolean =>
  a.length === b.length && a.every((address, index) => address === b[index]);
