/**
 * Waits until the loop has decided an order. Whoever watches decides it at the next tick; when nobody does, this
 * invocation stands in and ticks itself, and goes on until the order is carried out or its own time is up, so that what
 * it began is not left half way for longer than it must. Asked again, it goes on from there.
 */
import type { OrderRecord } from '../core/model.ts';
import type { Order } from '../core/observation.ts';
import { StoreUnavailable } from '../errors.ts';
import { isLive } from '../lease.ts';
import { loadRow, type Watchable } from '../look-once.ts';
import type { Row } from '../ports.ts';
import { watch } from '../watch.ts';
import { type CommandReply, refusal } from './reply.ts';

export interface DecideContext {
  /** Unique for each invocation. */
  readonly id: string;
  /** When to answer, decided or not. */
  readonly untilMs: number;
  /** Ends the waiting early. */
  readonly signal?: AbortSignal;
}

const POLL_MS = 500;
/** A watcher that has just begun holds no lease before its first tick has ended: it is not pushed out for that. */
const STAND_IN_AFTER_MS = 3_000;

/** @throws StateUnreadable */
export const decide = async (
  fleet: Watchable,
  order: Order,
  context: DecideContext,
): Promise<CommandReply> => {
  const standIn = createStandIn(fleet, context);
  try {
    return await untilDecided(fleet, order, { ...context, standIn });
  } finally {
    await standIn.end();
  }
};

interface StandIn {
  readonly begin: () => void;
  readonly isOn: () => boolean;
  /** After the tick that is under way. @throws what the loop threw */
  readonly end: () => Promise<void>;
}

const createStandIn = (
  { name, policy, deps }: Watchable,
  { id, untilMs }: DecideContext,
): StandIn => {
  const ending = new AbortController();
  let running: Promise<void> | null = null;
  const failures: unknown[] = [];
  const run = async (): Promise<void> => {
    try {
      await watch(deps, { fleet: name, policy, id, untilMs, signal: ending.signal });
    } catch (error) {
      failures.push(error);
    }
    running = null;
  };
  return {
    begin: () => {
      running ??= run();
    },
    isOn: () => running !== null,
    end: async () => {
      ending.abort();
      await running;
      if (failures.length > 0) throw failures[0];
    },
  };
};

const untilDecided = async (
  fleet: Watchable,
  order: Order,
  { untilMs, signal, standIn }: DecideContext & { readonly standIn: StandIn },
): Promise<CommandReply> => {
  const { clock } = fleet.deps;
  let watchedAtMs = clock.nowMs();
  let decided: OrderRecord | null = null;
  const isOver = (): boolean => signal?.aborted === true || clock.nowMs() >= untilMs;
  while (!isOver()) {
    const row = await lookAtRow(fleet);
    decided = row?.state?.orders.find(({ id }) => id === order.id) ?? decided;
    const isWatched = row !== null && isLive(row.lease, clock.nowMs());
    const isOthers = isWatched && !standIn.isOn();
    if (decided !== null && (isOthers || !isUnderWay(row, decided))) break;
    if (isWatched) watchedAtMs = clock.nowMs();
    else if (clock.nowMs() - watchedAtMs >= STAND_IN_AFTER_MS) standIn.begin();
    await clock.sleep(POLL_MS, signal);
  }
  return replyOf(order, decided);
};

/** `null`: the store does not answer; it is asked again until the time is up. @throws StateUnreadable */
const lookAtRow = async (fleet: Watchable): Promise<Row | null> => {
  try {
    return await loadRow(fleet);
  } catch (error) {
    if (error instanceof StoreUnavailable) return null;
    throw error;
  }
};

const isUnderWay = (row: Row | null, { id, status, instanceId }: OrderRecord): boolean => {
  const state = row?.state ?? null;
  if (instanceId === null) return state?.failover?.orderId === id;
  const busy = state?.inFlight ?? state?.retirement;
  return status === 'accepted' && busy?.instanceId === instanceId;
};

const replyOf = ({ id }: Order, decided: OrderRecord | null): CommandReply => {
  if (decided === null) {
    return refusal('unknown', `not decided in time: ask again with the same request id, ${id}`);
  }
  const { status, detail } = decided;
  return status === 'refused'
    ? refusal('refused', detail)
    : { ok: true, answer: status, requestId: id, message: detail };
};
