/** The store in memory, with the semantics that the contract suite asks of every store. */
import type { Order } from '../../src/core/observation.ts';
import { withOrder } from '../../src/core/orders.ts';
import { StoreUnavailable } from '../../src/errors.ts';
import type { Row, StateStore, StateWrite, Watcher } from '../../src/ports.ts';

const EMPTY: Row = {
  version: 0,
  state: null,
  lease: null,
  watcher: null,
  pause: null,
  orders: [],
};

export class MemoryStore implements StateStore {
  readonly #rows = new Map<string, Row>();
  /** Set to make every call fail as an unreachable store does. */
  down = false;
  /** Called before each write; lets a test write in between. */
  beforeSave: ((write: StateWrite) => void) | null = null;

  row(fleet: string): Row {
    return this.#rows.get(fleet) ?? EMPTY;
  }

  put(fleet: string, change: Partial<Row>): void {
    const row = this.row(fleet);
    this.#rows.set(fleet, structuredClone({ ...row, ...change, version: row.version + 1 }));
  }

  #check(): void {
    if (this.down) throw new StoreUnavailable('the store is down');
  }

  async load(fleet: string): Promise<Row> {
    this.#check();
    // A copy was made when it was written, and nobody changes what is readonly.
    return await Promise.resolve(this.row(fleet));
  }

  async save(fleet: string, write: StateWrite): Promise<{ version: number } | 'conflict'> {
    this.#check();
    this.beforeSave?.(write);
    if (this.row(fleet).version !== write.expectedVersion) return await Promise.resolve('conflict');
    this.put(fleet, { state: write.state, lease: write.lease });
    return { version: this.row(fleet).version };
  }

  async register(fleet: string, watcher: Watcher): Promise<boolean> {
    this.#check();
    const known = this.row(fleet).watcher;
    if (known !== null && known.id !== watcher.id && known.sinceMs > watcher.sinceMs) {
      return await Promise.resolve(false);
    }
    this.put(fleet, { watcher });
    return true;
  }

  async addOrder(fleet: string, order: Order): Promise<void> {
    this.#check();
    const orders = withOrder(this.row(fleet).orders, order);
    if (orders !== null) this.put(fleet, { orders });
    await Promise.resolve();
  }

  async setPause(fleet: string, pause: Row['pause']): Promise<void> {
    this.#check();
    this.put(fleet, { pause });
    await Promise.resolve();
  }
}
