/**
 * All reads of one tick. Every read has a deadline, and what cannot be read is data: a failed round,
 * an inventory error, an unknown command.
 */

import type { FailoverPhase } from './core/failover-ledger.ts';
import type { State } from './core/model.ts';
import { moveNeeds } from './core/move-needs.ts';
import type { CommandResult, Observation } from './core/observation.ts';
import { openCommands } from './core/open-commands.ts';
import { questionsFor } from './core/questions.ts';
import { otherSide } from './core/sides.ts';
import { type Context, targetsOf } from './eyes.ts';
import { seeMove } from './move-sight.ts';

/** The inventory is read this often, and freshly before each act. */
const INVENTORY_MAX_AGE_MS = 15_000;
/** While something is suspect or in flight, AWS is a witness whose word must be fresh. */
const INVENTORY_SUSPECT_AGE_MS = 3_000;
/** While users wait for nothing but the new side's targets to be well. */
const INVENTORY_VERIFY_AGE_MS = 1_000;
const COMMAND_DEADLINE_MS = 1_000;
/** One row; what it says is of minutes. */
const VAULT_DEADLINE_MS = 1_000;

export const observe = async (context: Context, state: State): Promise<Observation> => {
  const { deps, dueAtMs, pause, orders, eyes, policy } = context;
  const needs = context.needs ?? moveNeeds(state, orders);
  const reader = needs.move ? deps.move : null;
  const maxAgeMs = isAlert(state) ? INVENTORY_SUSPECT_AGE_MS : INVENTORY_MAX_AGE_MS;
  const isVerifying = state.failover !== null && VERIFYING.includes(state.failover.phase);
  const otherMaxAgeMs = isVerifying ? INVENTORY_VERIFY_AGE_MS : maxAgeMs;
  const begunAtMs = deps.clock.nowMs();
  const [inventory, other] = await Promise.all([
    eyes.inventory(context, state.active, maxAgeMs),
    reader === null ? null : eyes.inventory(context, otherSide(state.active), otherMaxAgeMs),
  ]);
  const startedAtMs = deps.clock.nowMs();
  const questions = questionsFor(state, inventory, startedAtMs);
  const { probeDeadlineMs } = policy;
  const [rounds, commands, move, vault] = await Promise.all([
    eyes.look(context, state.active, targetsOf(inventory, state), { probeDeadlineMs, questions }),
    readCommands(context, state),
    reader === null || other === null
      ? null
      : seeMove(context, state, { reader, needs, inventory: other, startedAtMs }),
    policy.vault === null || deps.move === null
      ? null
      : deps.move.vault(AbortSignal.timeout(VAULT_DEADLINE_MS)),
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
    move,
    vault,
  };
};

const VERIFYING: readonly FailoverPhase[] = ['verify', 'switch'];

const isAlert = (state: State): boolean =>
  state.inFlight !== null ||
  state.retirement !== null ||
  state.failover !== null ||
  state.loss !== null ||
  isSuspecting(state);

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
