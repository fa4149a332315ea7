/** What happens to two sides in these tests, and what came of it. */
import type { FailoverPhase } from '../../src/core/failover-ledger.ts';
import type { Order } from '../../src/core/observation.ts';
import { T0 } from '../core/world.ts';
import type { MemoryStore } from '../fakes/memory-store.ts';
import { drive, type Played, type Script } from './drive.ts';
import type { TwoSides } from './two-sides.ts';

export const MINUTE_MS = 60_000;
export const FAULT_MS = T0 + 30_000;

/** The last members of the old side fall silent or die. */
export const strike =
  (count: number, process: 'hung' | 'dead') =>
  (world: TwoSides): void => {
    world.at(FAULT_MS, () => {
      for (const member of world.staying('blue').slice(-count)) member.process = process;
    });
  };

export const asks = (
  world: TwoSides,
  store: MemoryStore,
  kind: Order['kind'],
  id: string = kind,
): void => {
  const { orders } = store.row('api');
  const about = { id, kind, instanceId: null, by: 'ana', reason: 'a test' } as const;
  store.put('api', { orders: [...orders, { ...about, atMs: world.nowMs }] });
};

/** As soon as the failover is in that phase. */
export const onceIn = (
  phase: FailoverPhase,
  { world, store }: { readonly world: TwoSides; readonly store: MemoryStore },
  happen: () => void,
): void => {
  const look = (): void => {
    if (store.row('api').state?.failover?.phase === phase) happen();
    else world.at(world.nowMs + 500, look);
  };
  world.at(FAULT_MS, look);
};

/** A planned move. */
export const ordered = (world: TwoSides, store: MemoryStore): void => {
  world.at(FAULT_MS, () => {
    asks(world, store, 'move');
  });
};

/** As soon as users are on the new side. */
export const onceThere = (world: TwoSides, happen: () => void): void => {
  const look = (): void => {
    if (world.balancer.routing.side === 'green') happen();
    else world.at(world.nowMs + 50, look);
  };
  world.at(FAULT_MS, look);
};

export const play = async (script: Partial<Script>): Promise<Played> =>
  await drive({ untilMs: T0 + 12 * MINUTE_MS, happens: () => undefined, ...script });

/** Words of whatever came to nothing. */
export const undoneFor = ({ reports }: Played): readonly string[] => [
  ...new Set(reports.flatMap(({ failover }) => failover?.undoneFor ?? [])),
];
