/** What a loop sees with, and what it remembers of that between ticks. */
import type { SideMemory } from './core/model.ts';
import type { MoveNeeds } from './core/move-needs.ts';
import type {
  Address,
  Inventory,
  Observation,
  Order,
  Questions,
  Reading,
  Round,
  Target,
} from './core/observation.ts';
import type { Policy } from './core/policy.ts';
import type { SideName } from './core/sides.ts';
import type { Deps } from './ports.ts';

export interface Context {
  readonly fleet: string;
  readonly policy: Policy;
  readonly deps: Deps;
  readonly dueAtMs: number;
  readonly pause: Observation['pause'];
  readonly orders: readonly Order[];
  readonly eyes: Eyes;
  /** What is read of a move; absent: what the state needs. */
  readonly needs?: MoveNeeds;
}

const INVENTORY_DEADLINE_MS = 5_000;
/** A prober answers after one probe deadline; observers have margins of their own, this is the last resort. */
const LOOK_MARGIN_MS = 4_000;

interface Asked {
  readonly probeDeadlineMs: number;
  readonly questions: Questions;
}

/** What a loop remembers of its own eyes between ticks: the last inventory of each side. */
export class Eyes {
  readonly #inventories = new Map<SideName, Reading<Inventory>>();
  /** Sides of which nothing was read since the last act. */
  readonly #changed = new Set<SideName>();

  async inventory(
    { deps }: Context,
    side: SideName,
    maxAgeMs: number,
  ): Promise<Reading<Inventory>> {
    const known = this.#inventories.get(side);
    const nowMs = deps.clock.nowMs();
    const isFresh = known?.ok === true && nowMs - known.value.readAtMs < maxAgeMs;
    if (isFresh && !this.#changed.has(side)) return known;
    this.#changed.delete(side);
    const read = await deps.inventory.read(side, AbortSignal.timeout(INVENTORY_DEADLINE_MS));
    this.#inventories.set(side, read);
    return read;
  }

  /** No reading from before an act shows what came of it. */
  acted(): void {
    this.#changed.add('blue').add('green');
  }

  /** The last reading, however old. */
  known(side: SideName): Reading<Inventory> {
    return this.#inventories.get(side) ?? { ok: false, error: 'it was not read yet' };
  }

  /** Of the load balancer, which belongs to the side that it leads to. */
  balancerAddresses(): readonly Address[] {
    const known = [...this.#inventories.values()];
    return [...new Set(known.flatMap((one) => (one.ok ? one.value.balancerAddresses : [])))];
  }

  async look(
    { fleet, deps }: Context,
    side: SideName,
    nodes: readonly Target[],
    { probeDeadlineMs, questions }: Asked,
  ): Promise<readonly Round[]> {
    const balancerAddresses = this.balancerAddresses();
    const request = { fleet, side, nodes, balancerAddresses, probeDeadlineMs, questions };
    const signal = AbortSignal.timeout(probeDeadlineMs + LOOK_MARGIN_MS);
    return await Promise.all(deps.observers.map((observer) => observer.look(request, signal)));
  }
}

/** While AWS does not say who is there, those who were go on being watched: nothing is done, and no evidence lost. */
export const targetsOf = (
  inventory: Reading<Inventory>,
  { nodes }: Pick<SideMemory, 'nodes'>,
): readonly Target[] =>
  inventory.ok
    ? inventory.value.instances.map(({ instanceId, address }) => ({ instanceId, address }))
    : Object.entries(nodes).map(([instanceId, { address }]) => ({ instanceId, address }));
