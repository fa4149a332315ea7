/** Checks an order and adds it to the row, once: the same request again is the same order. */
import type { State } from '../core/model.ts';
import type { InstanceId, Order } from '../core/observation.ts';
import { INITIAL_STATE } from '../core/step.ts';
import { loadRow, type Watchable } from '../look-once.ts';
import type { Row } from '../ports.ts';
import { type Refusal, refusal } from './reply.ts';

const INVENTORY_DEADLINE_MS = 5_000;
const STORE_DEADLINE_MS = 5_000;

/**
 * @returns `null` when the row holds it, now or from before.
 * @throws StoreUnavailable, StateUnreadable
 */
export const placeOrder = async (fleet: Watchable, order: Order): Promise<Refusal | null> => {
  const row = await loadRow(fleet);
  const known = knownAs(row, order);
  if (known !== 'new') return known === 'same' ? null : takenId(order);
  const { instanceId } = order;
  const stranger =
    instanceId === null ? null : await strangeness(fleet, row.state ?? INITIAL_STATE, instanceId);
  if (stranger !== null) return stranger;
  await fleet.deps.store.addOrder(fleet.name, order, AbortSignal.timeout(STORE_DEADLINE_MS));
  // Somebody may have used the same id in the same second: what stands there counts.
  return knownAs(await loadRow(fleet), order) === 'other' ? takenId(order) : null;
};

/** By its waiting order, which says everything, or by the record of what was decided. */
const knownAs = ({ orders, state }: Row, order: Order): 'new' | 'same' | 'other' => {
  const waiting = orders.find(({ id }) => id === order.id);
  const decided = state?.orders.find(({ id }) => id === order.id);
  const known = waiting ?? decided;
  if (known === undefined) return 'new';
  const isSame =
    known.kind === order.kind &&
    known.instanceId === order.instanceId &&
    (waiting === undefined || waiting.reason === order.reason);
  return isSame ? 'same' : 'other';
};

const takenId = ({ id }: Order): Refusal =>
  refusal('refused', `request id ${id} stands for another order: take a new one`);

/** Ids come from AWS (I12): one that is not in the group now is never handed on. */
const strangeness = async (
  { name, deps }: Watchable,
  { active }: Pick<State, 'active'>,
  instanceId: InstanceId,
): Promise<Refusal | null> => {
  const signal = AbortSignal.timeout(INVENTORY_DEADLINE_MS);
  const inventory = await deps.inventory.read(active, signal);
  if (!inventory.ok) return refusal('unknown', `is it in the group? ${inventory.error}`);
  const ids = inventory.value.instances.map((instance) => instance.instanceId);
  return ids.includes(instanceId)
    ? null
    : refusal(
        'refused',
        `${instanceId} is not in the group of fleet ${name}, which has: ${ids.join(', ') || 'no instances'}`,
      );
};
