/**
 * All reads of one tick. Every read has a deadline, and what cannot be read is data: a failed round,
 * an inventory error, an unknown command.
 */

import type { State } from './core/model.ts';
import type {
  CommandResult,
  Inventory,
  Observation,
  Order,
  Questions,
  Reading,
  Round,
  Target,
} from './core/observation.ts';
import { openCommands } from './core/open-commands.ts';
import type { Policy } from './core/policy.ts';
import { questionsFor } from './core/questions.ts';
import type { Deps } from './ports.ts';

interface Context {
  readonly fleet: string;
  readonly policy: Policy;
  readonly deps: Deps;
  readonly dueAtMs: number;
  readonly pause: Observation['pause'];
  readonly orders: readonly Order[];
  readonly eyes: Eyes;
}

/** The inventory is read this often, and freshly before each act (design 2). */
const INVENTORY_MAX_AGE_MS = 15_000;
/** While something is suspect or in flight, AWS is a witness whose word must be fresh. */
const INVENTORY_SUSPECT_AGE_MS = 3_000;
const INVENTORY_DEADLINE_MS = 5_000;
/** A prober answers after one probe deadline; observers have margins of their own, this is the last resort. */
const LOOK_MARGIN_MS = 4_000;
const COMMAND_DEADLINE_MS = 1_000;

/** What a loop remembers of its own eyes between ticks: the last inventory. */
export class Eyes {
  #inventory: Reading<Inventory> | null = null;

  async inventory(context: Context, maxAgeMs: number): Promise<Reading<Inventory>> {
    const known = this.#inventory;
    const nowMs = context.deps.clock.nowMs();
    if (known?.ok === true && nowMs - known.value.readAtMs < maxAgeMs) return known;
    const read = await context.deps.inventory.read(AbortSignal.timeout(INVENTORY_DEADLINE_MS));
    this.#inventory = read;
    return read;
  }

  /** The last reading, however old. */
  known(): Reading<Inventory> {
    return this.#inventory ?? { ok: false, error: 'it was not read yet' };
  }

  async look(
    { fleet, deps }: Context,
    nodes: readonly Target[],
    probeDeadlineMs: number,
    questions: Questions,
  ): Promise<readonly Round[]> {
    const balancerAddresses = this.#inventory?.ok ? this.#inventory.value.balancerAddresses : [];
    const request = { fleet, nodes, balancerAddresses, probeDeadlineMs, questions };
    const signal = AbortSignal.timeout(probeDeadlineMs + LOOK_MARGIN_MS);
    return await Promise.all(deps.observers.map((observer) => observer.look(request, signal)));
  }
}

/** Reads the inventory anew, whatever its age: the look at AWS just before an act. */
export const refresh = async (context: Context): Promise<Reading<Inventory>> =>
  await context.eyes.inventory(context, 0);

export const observe = async (context: Context, state: State): Promise<Observation> => {
  const { deps, dueAtMs, pause, orders, eyes, policy } = context;
  const alert = state.inFlight !== null || state.retirement !== null || isSuspecting(state);
  const begunAtMs = deps.clock.nowMs();
  const inventory = await eyes.inventory(
    context,
    alert ? INVENTORY_SUSPECT_AGE_MS : INVENTORY_MAX_AGE_MS,
  );
  const startedAtMs = deps.clock.nowMs();
  const questions = questionsFor(state, inventory, startedAtMs);
  const [rounds, commands] = await Promise.all([
    eyes.look(context, targetsOf(inventory, state), policy.probeDeadlineMs, questions),
    readCommands(context, state),
  ]);
  return {
    // A slow answer of AWS makes the tick longer, and nothing that is probed after it older.
    dueAtMs: dueAtMs + startedAtMs - begunAtMs,
    startedAtMs,
    nowMs: deps.clock.nowMs(),
    inventory,
    rounds,
    commands,
    pause,
    orders,
  };
};

/** While AWS does not say who is there, those who were go on being watched: nothing is done, and no evidence lost. */
const targetsOf = (inventory: Reading<Inventory>, { nodes }: State): readonly Target[] =>
  inventory.ok
    ? inventory.value.instances.map(({ instanceId, address }) => ({ instanceId, address }))
    : Object.entries(nodes).map(([instanceId, { address }]) => ({ instanceId, address }));

const isSuspecting = ({ nodes }: State): boolean =>
  Object.values(nodes).some(
    ({ failingSinceMs, missingSinceMs, strayingSinceMs }) =>
      failingSinceMs !== null || missingSinceMs !== null || strayingSinceMs !== null,
  );

const readCommands = async ({ deps }: Context, state: State): Promise<readonly CommandResult[]> => {
  const signal = AbortSignal.timeout(COMMAND_DEADLINE_MS);
  const results = openCommands(state).map(
    async (asked) => await deps.actuator.commandResults(asked, signal),
  );
  return (await Promise.all(results)).flat();
};
