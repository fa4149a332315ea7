/**
 * Reading what was stored. A row may be years old, written by a newer version, or edited by hand, so nothing of it is
 * believed before it is checked.
 */
import * as v from 'valibot';
import type { State } from '../core/model.ts';
import type { Order, Pause } from '../core/observation.ts';
import { StateUnreadable } from '../errors.ts';
import type { Row } from '../ports.ts';
import { OrdersSchema, PauseSchema, StateSchema } from './state-schema.ts';

const Columns = v.object({
  version: v.pipe(v.number(), v.integer(), v.minValue(1)),
  state: v.nullable(v.string()),
  leaseHolder: v.nullable(v.string()),
  leaseUntilMs: v.nullable(v.number()),
  watcherId: v.nullable(v.string()),
  watcherSinceMs: v.nullable(v.number()),
  pause: v.nullable(v.string()),
  orders: v.nullable(v.string()),
});

/** One fleet's row as both stores keep it: state, pause and orders are JSON. */
export type RowColumns = v.InferOutput<typeof Columns>;

export const EMPTY_ROW: Row = {
  version: 0,
  state: null,
  lease: null,
  watcher: null,
  pause: null,
  orders: [],
};

/** @throws StateUnreadable when anything in it is not what this version writes. */
export const rowOf = (fleet: string, columns: Record<keyof RowColumns, unknown>): Row => {
  const parsed = v.safeParse(Columns, columns);
  if (!parsed.success) throw unreadable(fleet, 'row', parsed.issues);
  const { version, state, pause, orders, ...names } = parsed.output;
  return {
    version,
    state: state === null ? null : stateOf(fleet, state),
    lease:
      names.leaseHolder === null || names.leaseUntilMs === null
        ? null
        : { holder: names.leaseHolder, untilMs: names.leaseUntilMs },
    watcher:
      names.watcherId === null || names.watcherSinceMs === null
        ? null
        : { id: names.watcherId, sinceMs: names.watcherSinceMs },
    pause: pause === null ? null : pauseOf(fleet, pause),
    orders: orders === null ? [] : ordersOf(fleet, orders),
  };
};

const stateOf = (fleet: string, text: string): State => {
  const value = jsonOf(fleet, 'state', text);
  const { schema } = v.parse(
    v.fallback(v.looseObject({ schema: v.number() }), { schema: 1 }),
    value,
  );
  if (schema > 1) {
    throw new StateUnreadable(
      `the state of fleet "${fleet}" has schema ${schema} and this version knows 1: deploy the newer version again; nothing was touched`,
    );
  }
  const parsed = v.safeParse(StateSchema, value);
  if (!parsed.success) throw unreadable(fleet, 'state', parsed.issues);
  return parsed.output;
};

const pauseOf = (fleet: string, text: string): Pause => {
  const parsed = v.safeParse(PauseSchema, jsonOf(fleet, 'pause', text));
  if (!parsed.success) throw unreadable(fleet, 'pause', parsed.issues);
  return parsed.output;
};

const ordersOf = (fleet: string, text: string): readonly Order[] => {
  const parsed = v.safeParse(OrdersSchema, jsonOf(fleet, 'list of orders', text));
  if (!parsed.success) throw unreadable(fleet, 'list of orders', parsed.issues);
  return parsed.output;
};

const jsonOf = (fleet: string, what: string, text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new StateUnreadable(
      `the ${what} of fleet "${fleet}" is not JSON: restore the row from a backup; nothing was touched`,
      { cause },
    );
  }
};

const unreadable = (
  fleet: string,
  what: string,
  issues: readonly v.BaseIssue<unknown>[],
): StateUnreadable => {
  const [first] = issues;
  const where =
    first === undefined ? '' : ` at ${v.getDotPath(first) ?? 'its root'}: ${first.message}`;
  return new StateUnreadable(
    `the ${what} of fleet "${fleet}" cannot be understood${where}; restore the row from a backup; nothing was touched`,
  );
};
