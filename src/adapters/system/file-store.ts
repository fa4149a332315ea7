/**
 * The state row in a local SQLite file, for `quorate watch` off Lambda. Same promises as the DynamoDB store: every
 * write is one atomic statement that raises `version`, and several processes may use the file at once.
 */
import { DatabaseSync } from 'node:sqlite';
import { withOrder } from '../../core/orders.ts';
import { StoreUnavailable } from '../../errors.ts';
import type { Row, StateStore, StateWrite, Watcher } from '../../ports.ts';
import { EMPTY_ROW, type RowColumns, rowOf } from '../state-row.ts';

/** Waiting for another process's write, which takes about a millisecond. It blocks this process. */
const BUSY_TIMEOUT_MS = 1_000;

const CREATE = `CREATE TABLE IF NOT EXISTS fleets (
  fleet TEXT PRIMARY KEY,
  version INTEGER NOT NULL,
  state TEXT,
  leaseHolder TEXT,
  leaseUntilMs INTEGER,
  watcherId TEXT,
  watcherSinceMs INTEGER,
  pause TEXT,
  orders TEXT
)`;

const LOAD = `SELECT version, state, leaseHolder, leaseUntilMs, watcherId, watcherSinceMs, pause, orders
  FROM fleets WHERE fleet = :fleet`;

const SAVE_FIRST = `INSERT INTO fleets (fleet, version, state, leaseHolder, leaseUntilMs)
  VALUES (:fleet, 1, :state, :leaseHolder, :leaseUntilMs)
  ON CONFLICT (fleet) DO NOTHING`;

const SAVE = `UPDATE fleets SET version = version + 1, state = :state,
  leaseHolder = :leaseHolder, leaseUntilMs = :leaseUntilMs
  WHERE fleet = :fleet AND version = :expectedVersion`;

const REGISTER = `INSERT INTO fleets (fleet, version, watcherId, watcherSinceMs)
  VALUES (:fleet, 1, :id, :sinceMs)
  ON CONFLICT (fleet) DO UPDATE
  SET version = version + 1, watcherId = excluded.watcherId, watcherSinceMs = excluded.watcherSinceMs
  WHERE watcherSinceMs IS NULL OR watcherSinceMs < excluded.watcherSinceMs
    OR (watcherSinceMs = excluded.watcherSinceMs AND watcherId <= excluded.watcherId)`;

const SET_PAUSE = `INSERT INTO fleets (fleet, version, pause) VALUES (:fleet, 1, :pause)
  ON CONFLICT (fleet) DO UPDATE SET version = version + 1, pause = excluded.pause`;

const SET_ORDERS = `INSERT INTO fleets (fleet, version, orders) VALUES (:fleet, 1, :orders)
  ON CONFLICT (fleet) DO UPDATE SET version = version + 1, orders = excluded.orders
  WHERE version = :expectedVersion`;

/** Other processes write once a second at most. */
const ORDER_TRIES = 5;

/** @param path of the file; it is created when missing, its folder is not. */
export const createFileStore = (path: string): StateStore & { close(): void } => {
  const opened = opener(path);
  const run = async (sql: string, values: Values): Promise<number> =>
    guarded(path, () => Number(opened.get().prepare(sql).run(values).changes));
  const load = async (fleet: string): Promise<Row> => {
    const row = guarded(path, () => opened.get().prepare(LOAD).get({ fleet }));
    return row === undefined ? EMPTY_ROW : rowOf(fleet, columnsOf(row));
  };
  return {
    load,
    save: async (fleet, write) => {
      const values = { fleet, ...valuesOf(write) };
      const { expectedVersion } = write;
      const changes =
        expectedVersion === 0
          ? await run(SAVE_FIRST, values)
          : await run(SAVE, { ...values, expectedVersion });
      return changes === 1 ? { version: expectedVersion + 1 } : 'conflict';
    },
    register: async (fleet, watcher: Watcher) =>
      (await run(REGISTER, { fleet, id: watcher.id, sinceMs: watcher.sinceMs })) === 1,
    setPause: async (fleet, pause) => {
      await run(SET_PAUSE, { fleet, pause: pause === null ? null : JSON.stringify(pause) });
    },
    addOrder: async (fleet, order) => {
      for (let tries = 0; tries < ORDER_TRIES; tries += 1) {
        const { version: expectedVersion, orders: known } = await load(fleet);
        const orders = withOrder(known, order);
        if (orders === null) return;
        const values = { fleet, orders: JSON.stringify(orders), expectedVersion };
        if ((await run(SET_ORDERS, values)) === 1) return;
      }
      throw new StoreUnavailable('the row is written all the time: ask again');
    },
    close: () => opened.close(),
  };
};

type Values = Readonly<Record<string, string | number | null>>;

const valuesOf = (write: StateWrite): Values => ({
  state: JSON.stringify(write.state),
  leaseHolder: write.lease?.holder ?? null,
  leaseUntilMs: write.lease?.untilMs ?? null,
});

/** Opened at first use and again after a failure, so that a full disk or a missing mount is an outage and not the end. */
const opener = (path: string) => {
  let open: DatabaseSync | null = null;
  return {
    get: (): DatabaseSync => {
      if (open === null) {
        const database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
        database.exec(CREATE);
        open = database;
      }
      return open;
    },
    close: (): void => {
      open?.close();
      open = null;
    },
  };
};

const guarded = <T>(path: string, work: () => T): T => {
  try {
    return work();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new StoreUnavailable(`the state file ${path} cannot be used: ${why}`, { cause });
  }
};

const columnsOf = (row: Record<string, unknown>): Record<keyof RowColumns, unknown> => ({
  version: row['version'],
  state: row['state'],
  leaseHolder: row['leaseHolder'],
  leaseUntilMs: row['leaseUntilMs'],
  watcherId: row['watcherId'],
  watcherSinceMs: row['watcherSinceMs'],
  pause: row['pause'],
  orders: row['orders'],
});
